//! CloudTrail's events, in any of the forms in which they are delivered, looked up, exported and queried; and recordings that are
//! to be read like them, each distinct call once.
//!
//! All cores decompress, cut, and look into events ([`work`]); what was seen before costs a lookup ([`distinct`]). The result
//! does not depend on the order of files, nor on which worker was first.

mod batch;
mod before;
mod blocks;
mod calls;
mod counting;
mod cutting;
mod distinct;
mod elsewhere;
mod events;
mod files;
#[doc(hidden)]
pub mod fuzzing;
mod ids;
mod input;
mod kind;
mod lines;
mod only;
mod parts;
mod row;
mod shared;
mod skim;
mod split;
#[cfg(test)]
mod split_tests;
mod table;
mod tails;
#[cfg(test)]
mod tests;
mod told;
mod work;

pub use before::has_before;
pub use elsewhere::{Elsewhere, Found, FoundAll, Stored};
pub use input::Options;
pub use only::Only;
pub use split::Fault;
pub use told::{Progress, Told};

pub(crate) use calls::Trail;
pub(crate) use files::{Content, is_delivered, is_other, list};
pub(crate) use input::Input;
pub(crate) use kind::Kind;
