//! What an answer says when a call is denied: which action on which resource, and why
//! (docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html). Anybody can say such a sentence; what it may add to
//! a policy is judged here.

mod because;
mod fitting;
mod judge;
pub(super) mod said;
mod sentence;
#[cfg(test)]
mod tests;

pub use because::Because;
pub(super) use judge::{Kept, add};
pub use said::{Denial, NotAdded, Upshot};
