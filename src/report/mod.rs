//! What is said of a result. Pure: values in, text out.

pub mod check;
mod conditions;
pub mod cut;
pub mod difference;
pub mod documents;
pub mod enforced;
pub mod explain;
pub mod judged;
pub mod merged;
pub mod nearest;
pub mod page;
pub mod policy;
pub mod ruling;
mod sarif;
pub mod summary;
pub mod trail;
pub mod unshown;
pub mod validated;
