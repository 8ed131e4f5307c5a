//! The `leastwise` binary.

fn main() {}
