//! Files, settings and secrets.

mod workflows;
