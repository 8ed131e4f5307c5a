//! What is read and is no file: named streams of bytes, given by whoever can reach them.

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;

use crate::recording::trail::only::Only;

/// Something that lies elsewhere and is read like a file.
pub trait Stored: fmt::Debug + Send + Sync {
    /// Opens it at its beginning.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    fn open(&self) -> io::Result<Box<dyn Read + '_>>;

    /// How many bytes it has, as far as that is known.
    fn size(&self) -> u64;
}

/// What was found elsewhere.
#[derive(Debug, Clone)]
pub struct Found {
    /// What it is called.
    pub name: String,
    /// It.
    pub stored: Arc<dyn Stored>,
    /// It is known to hold events.
    pub is_of_events: bool,
}

/// What was found at one place.
#[derive(Debug, Clone, Default)]
pub struct FoundAll {
    /// In the order of their names.
    pub found: Vec<Found>,
    /// How many hold no events by their names: digests, Insights.
    pub others: u64,
}

/// Whoever can reach what is no file.
pub trait Elsewhere {
    /// Whether a name is an address of such a place, and no file's.
    fn is_address(&self, name: &str) -> bool;

    /// Everything at an address that may hold what is asked for.
    ///
    /// # Errors
    ///
    /// A sentence with what to do, when it cannot be found out.
    fn at(&self, address: &str, only: &Only) -> Result<FoundAll, String>;
}
