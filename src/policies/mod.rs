//! Policies' files: read whole, with a sentence of what is wrong with them.

mod error;
mod file;
pub mod levels;

pub use error::PoliciesError;
pub use file::{PolicyFile, once, text_of};
pub use levels::LevelFiles;
