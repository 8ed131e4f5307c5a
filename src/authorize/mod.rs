//! What a call needs: from a [`Call`](crate::call::Call) to its [`Requirement`]s.

mod requirement;

pub use requirement::{Certainty, Conditions, Reason, Requirement};
