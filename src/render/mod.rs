//! A policy as text.

pub mod json;
