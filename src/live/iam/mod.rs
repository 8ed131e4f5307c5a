//! IAM as the stand-in has it, kept current: read before anything begins, and again by a thread of its own whenever a call has
//! changed it. Calls that come meanwhile wait.

mod asking;
mod identities;
mod keeping;
mod reader;
mod resources;
pub(crate) mod upkeep;

pub use asking::ReadError;
pub use keeping::keep_current;
pub use reader::Reader;
pub use upkeep::Upkeep;
