//! Files, settings and secrets.
