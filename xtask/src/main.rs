//! Regenerates data.
fn main() {}
