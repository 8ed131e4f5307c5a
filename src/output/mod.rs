//! What is written and printed: files that are replaced whole, the policy's among them, and the console.

pub mod closed;
pub mod console;
pub mod data_directory;
pub mod file;
pub mod held;
pub mod links;
pub mod lock;
pub mod overwriting;
pub mod patience;
pub mod per_principal;
