//! Files, settings and secrets.

mod authority;
mod workflows;
