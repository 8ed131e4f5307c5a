//! IAM as a stand-in has it: who an access key belongs to, and which policies hold for whom.
//!
//! It is handed what was read, and asks nobody. Whatever is not known for certain to be somebody's gets nothing, but for keys that belong
//! to nobody at all, which stand-ins take for those of the account's root
//! (<https://docs.localstack.cloud/aws/capabilities/config/credentials>).

mod asker;
mod changes;
mod keys;
mod read;
mod sessions;
mod state;
#[cfg(test)]
mod tests;

pub(super) use asker::Asker;
pub use changes::{Changed, SERVICES, changed};
pub use read::{Identities, Identity, Key, Part, Read, Resources, policy, unreadable};
pub use sessions::Form;
pub use state::{Iam, UnknownKeys};
