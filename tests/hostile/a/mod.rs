//! What may enter the policy: only what the program asked of AWS, and AWS answered.

#[cfg(unix)]
mod client_id;
#[cfg(target_os = "linux")]
mod neighbours;
