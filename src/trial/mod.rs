//! A role that lives for one experiment: it is made with a policy and nothing else, a command runs with its credentials, and everything
//! that was made is taken away again, whatever happens.

mod clean_up;
mod documents;
mod error;
mod expiry;
mod handout;
mod journal;
mod learn;
mod made;
mod names;
mod own_policy;
mod patience;
mod plan;
mod policy;
mod session;
mod verdicts;
mod who;

pub use clean_up::{CleanedUp, Which, clean_up};
pub use error::TrialError;
pub use handout::Handout;
pub use journal::Journals;
pub use learn::{Learned, Learning, Next};
pub use made::{Made, Wanted};
pub use own_policy::{OwnPolicy, own_policy};
pub use plan::plan;
pub use policy::Tried;
pub use session::{Kind, Sessions};
pub use verdicts::{Ruled, Verdict, rule};
