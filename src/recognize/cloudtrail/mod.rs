//! A CloudTrail record → [`Call`](crate::call::Call). Pure: the text of one record goes in, values come out.
//!
//! [`Record::parse`] looks at the outermost members alone and copies nothing; [`Record::digest`] tells records apart by all
//! that decides what they are; [`Record::seen`] does the work, once for each that is different.
//!
//! What the members are: docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html

mod called;
mod digest;
mod forwarded;
mod glance;
mod identity;
mod members;
mod passed_over;
mod raw;
mod record;
mod resources;
mod seen;
mod seer;
mod spelling;
#[cfg(test)]
mod tests;
mod unwanted;

pub use digest::{Digested, Digester, Digests};
pub use forwarded::{Forwarded, Sessions, Via};
pub use glance::{Glance, Glancer};
pub use passed_over::PassedOver;
pub use record::{Member, NoRecord, Record};
pub use seen::{Seen, SeenCall};
pub use seer::Seer;
