//! What the next run of the same program does not have again: resources that this one made, and names that it made up.
//!
//! AWS chooses the ids of a VPC or a key, and a program makes names of hashes and times; a policy that names them fits one
//! run. Here they become their type in its place, [held](hold) by what does not change.

mod arns;
pub mod form;
mod grant;
pub mod hold;
mod known;
mod records;
pub mod run;
#[cfg(test)]
mod tests;
