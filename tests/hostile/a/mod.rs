//! What may enter the policy: only what the program asked of AWS, and AWS answered.

mod names;
