//! Leastwise records the AWS calls that a program makes, maps each to the IAM actions and
//! resources that it needs, and writes the least-privilege policy.
//!
//! The rooms, in the order in which a call walks through them: [`capture`] (sockets), or [`recording`] (files of calls) →
//! [`live`] (the thread and the clock) → [`session`] ([`recognize`] → [`authorize`] → [`policy`]) → [`output`] (files),
//! [`report`] (what is said), [`view`] (the live terminal). What is between sockets and files is pure.
//! `ARCHITECTURE.md` has the picture.

pub mod authorize;
pub mod aws;
pub mod call;
pub mod capture;
pub mod catalog;
mod child;
mod cli;
pub mod clients;
mod commands;
mod demo;
pub mod enforce;
pub mod evaluate;
mod failure;
pub mod judge;
pub mod live;
pub mod made;
pub mod managed;
pub mod nearest;
pub mod output;
pub mod ownership;
mod pem;
pub mod policies;
pub mod policy;
pub mod reading;
pub mod recognize;
pub mod recording;
pub mod refuse;
pub mod remote;
pub mod render;
mod replace;
pub mod report;
mod rules;
pub mod session;
pub mod text;
pub mod trial;
pub mod view;
pub mod web;
pub mod wildcard;

pub use cli::command;
#[doc(hidden)]
pub use commands::fuzzing;
pub use commands::run;
