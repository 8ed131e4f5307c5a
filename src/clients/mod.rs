//! What leads a program here: its environment, the certificates that it trusts, AWS's configuration file.

pub mod aws_config;
pub mod containers;
pub mod environment;
pub mod error;
pub mod exports;
pub mod java;
pub mod listening;
pub mod run_folder;
pub mod stand_ins;
pub mod trust;
mod wget;
