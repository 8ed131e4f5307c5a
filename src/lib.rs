//! Leastwise records the AWS calls that a program makes, maps each to the IAM actions and
//! resources that it needs, and writes the least-privilege policy.
//!
//! The rooms, in the order in which a call walks through them: `capture` (sockets) →
//! [`recognize`] → [`authorize`] → [`policy`] → [`render`] / [`view`]. The middle rooms are pure.

pub mod authorize;
pub mod call;
pub mod capture;
pub mod catalog;
pub mod child;
pub mod cli;
pub mod commands;
pub mod policy;
pub mod reading;
pub mod recognize;
pub mod render;
pub mod text;
pub mod view;
pub mod wildcard;
