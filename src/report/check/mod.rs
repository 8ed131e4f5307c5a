//! Policies held against what was recorded: the result in every form that people and their tools read.

pub mod json;
pub mod markdown;
pub mod outcome;
pub mod plain;
pub mod sarif;
