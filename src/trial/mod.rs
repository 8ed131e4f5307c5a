//! A role that lives for one experiment: it is made with a policy and nothing else, a command runs with its credentials, and everything
//! that was made is taken away again, whatever happens.

mod clean_up;
mod documents;
mod error;
mod experiment;
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
mod said;
mod session;
mod verdicts;
mod who;

pub use clean_up::{CleanedUp, Which, clean_up};
pub use error::TrialError;
pub use experiment::{Environment, Experiment, Outcome, WITHOUT, by_role};
pub use journal::Journals;
pub use learn::{Learned, Learning, Next};
pub use made::Wanted;
pub use own_policy::{OwnPolicy, own_policy};
pub use patience::Interrupted;
pub use plan::plan;
pub use policy::Tried;
pub use said::cleaned;
pub use session::Kind;
