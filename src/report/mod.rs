//! What is said of a result. Pure: values in, text out.

pub mod check;
mod conditions;
pub mod difference;
pub mod documents;
pub mod enforced;
pub mod explain;
pub mod judged;
pub mod merged;
pub mod policy;
pub mod pruned;
pub mod ruling;
mod sarif;
pub mod summary;
pub mod trail;
pub mod unshown;
pub mod validated;
