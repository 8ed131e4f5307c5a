//! The tests of the whole: the binary as a user starts it, and the library as a caller does. They are one program, so that it is
//! linked once; `cargo test --test integration proxy::` runs those of one module. What measures the process itself is run in one of its own
//! (`support::alone`), and `scripts/test` runs what measures time or memory last, with nothing beside it.

// Only functions marked as tests may unwrap by themselves; here everything is a test. What one measures it prints.
#![allow(clippy::pedantic, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]

// What they share.
mod chance;
mod common;
mod corpus;
mod refused_programs;
mod requests;
mod support;

mod append;
mod authorize;
mod authorize_all;
mod authorize_items;
mod authorize_likeness;
mod authorize_roles;
mod ca;
mod catalog;
mod ci;
mod clients;
mod clients_alone;
mod clients_proxy;
mod cloudtrail;
mod companions;
mod csm_hostile;
mod csm_load;
mod data_plane;
mod demo;
mod documents;
mod enforce;
mod env_command;
mod evaluation;
mod explain;
mod formats;
mod forms;
mod fuzz_targets;
mod grouping;
mod held;
mod hints;
mod hostile;
mod iam_loop;
mod judge;
mod kill9;
mod listen;
mod made;
mod nearest;
mod next_run;
mod pages;
mod pages_browser;
mod policy;
mod proxy;
mod proxy_secrets;
mod recognition;
mod refusals;
mod refusals_clients;
mod rooms;
mod rules;
mod run;
mod set_ini;
mod simulate;
mod sizes;
mod stable;
mod stand_in_iam;
mod start_page;
mod trail_engines;
#[cfg(unix)]
mod trial;
mod view_terminal;
mod view_tmux;
#[cfg(unix)]
mod web;
