//! The live view of a recording: [`frame`] lays out what is known as styled lines (pure), and
//! [`terminal`] puts them on the screen and gives the screen back.

pub mod frame;
pub mod terminal;
