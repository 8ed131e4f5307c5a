//! What is written and printed: files that are replaced whole, the policy's among them, and the console.

pub mod appended;
pub mod closed;
pub mod color;
pub mod console;
pub mod data_directory;
pub mod decisions;
pub mod error;
pub mod finished;
pub mod held;
#[cfg(unix)]
pub mod ignored;
pub mod keeper;
pub mod links;
pub mod lock;
pub mod overwriting;
pub mod path;
pub mod patience;
pub mod per_principal;
pub mod print;
pub mod progress;
pub mod stream;
pub mod summary;
pub mod target;
