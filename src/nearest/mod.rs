//! Which managed policies allow what was recorded, and what they allow beside.

mod actions;
mod bits;
mod candidates;
mod error;
mod excess;
mod pairs;
mod rank;

pub use candidates::{Candidate, Candidates, Known, Listed};
pub use error::NotNear;
pub use excess::Excess;
pub use rank::{Lack, Near, Nearest, Together, lacking, nearest};
