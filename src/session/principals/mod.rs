//! Whose calls they are: kept by principal, a role's sessions together, and known also of calls that came before the
//! answer that tells.

mod callers;
pub mod directory;
mod file_name;
mod principal;
mod selection;
#[cfg(test)]
mod tests;

pub use callers::{Callers, Keys, Share};
pub use file_name::file_name;
pub use principal::{Placed, Principal};
pub use selection::Selection;
