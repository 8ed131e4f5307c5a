//! The live view of a recording: [`frame`] lays out what is known as a screen, and does what keys ask (pure), and
//! [`terminal`] puts screens on the terminal and gives it back.
//!
//! What was weighed: ratatui's core and widgets add 0.17 MB to the binary (measured with the release profile, at `opt-level` z) and
//! twenty crates to the build, six of them for procedural macros only; they bring buffers, what differs between two, blocks, scroll
//! bars and layout. Its backend for crossterm would add another 0.11 MB and crossterm's reader of events, which spins when a
//! terminal hangs up; and its terminal has neither our rescue, nor suspending, nor drawing that nobody waits for. So those stay ours.
//! Keys are taken out of the terminal's bytes by `vte`, the parser of Alacritty.
//!
//! The command of `run --view` is on a pseudo-terminal by `pty-process` (rustix underneath, which we have), and `vt100` shows what it
//! writes: together with `vte` 0.1 MB. `portable-pty` would also know Windows, but brings nix, winapi and serial ports; so on
//! Windows `run --view` refuses.

pub mod frame;
pub mod terminal;
