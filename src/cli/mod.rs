//! The command line: clap definitions. What is parsed here is valid in itself; what the machine
//! has to say about it (ports, files) is checked once by `commands`.

mod anonymous;
mod as_run;
mod declared;
mod enforce;
pub(crate) mod error;
mod exit_codes;
mod gate;
mod iamlive;
pub(crate) mod iamlive_words;
mod judge;
mod levels;
pub(crate) mod manual;
mod moments;
mod nearest;
mod pages;
pub(crate) mod proxyless;
mod report;
pub(crate) mod settings_file;
mod shared;
mod summarize;
mod taken_back;
mod trying;
pub(crate) mod usage;
mod values;
mod version;

pub(crate) use anonymous::Anonymous;
pub(crate) use declared::{
    Ca, CaAction, Cli, Command, Demo, Explain, Listen, Policy, Rotate, Run, SettingsFile,
};
pub(crate) use enforce::{Enforce, Unclear, UnknownKeys};
pub(crate) use gate::{Check, Diff, Gate, Prune, RunCheck, Said};
pub(crate) use iamlive::Iamlive;
pub(crate) use judge::{Findings, Kind, Validate};
pub(crate) use levels::{PolicyLevels, Simulate};
pub(crate) use nearest::Nearest;
pub(crate) use pages::{Completions, Env, Man};
pub(crate) use report::{Page, Report};
pub(crate) use shared::{PolicyOptions, Proxy, Reading, Shared};
pub(crate) use summarize::Summarize;
pub use taken_back::command;
pub(crate) use trying::Try;
pub(crate) use values::{Color, Fit, Format, Generated, Hints, Possible, Resources};
