//! Policies that somebody wrote: read, judged by IAM's logic, held against what is needed, cut down, compared.

pub mod audit;
pub mod difference;
pub mod document;
pub mod grammar;
mod grants;
pub mod known;
pub mod levels;
pub mod prune;
pub mod verdict;
