//! AWS asked what it makes of a policy, and what can be said of one without AWS.
//!
//! What is to be asked (`questions`), what came of it (`opinions`) and what we ourselves find (`own`) are values; `simulating` and
//! `analyzing` ask, over whoever answers.

mod analyzing;
mod error;
mod findings;
mod keys;
mod opinions;
mod own;
mod questions;
mod simulating;

pub use analyzing::{Analyzer, COSTS, no_new_access, validate};
pub use error::JudgeError;
pub use findings::{Finding, PolicyType, Severity, Validated};
pub use opinions::{Answer, Judged, NotAsked, Opinion, Standing};
pub use questions::{Identity, is_user};
pub use simulating::{Simulate, Simulating, judge, simulate};
