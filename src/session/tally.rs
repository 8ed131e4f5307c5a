//! Names that the network chose, counted in bounded memory.

use std::collections::HashMap;

use crate::text::beginning;

/// How many different entries are counted by name; what comes beyond is counted together.
pub(crate) const COUNTED_BY_NAME: usize = 1000;
/// Names that the network chose are kept up to this length.
pub(crate) const LONGEST_NAME: usize = 100;
/// Sentences of ours that say what failed are longer.
pub(crate) const LONGEST_SENTENCE: usize = 400;

/// Counts by service, operation and detail, in bounded memory.
#[derive(Debug, Default)]
pub struct Tally {
    total: u64,
    /// In the order of first sight.
    names: Vec<([Box<str>; 3], u64)>,
    index: HashMap<[Box<str>; 3], usize>,
}

impl Tally {
    /// How many there were.
    pub fn total(&self) -> u64 {
        self.total
    }

    pub(crate) fn add(&mut self, name: [&str; 3]) {
        self.add_cut(name, LONGEST_NAME);
    }

    pub(crate) fn add_cut(&mut self, name: [&str; 3], longest: usize) {
        self.add_times(name, longest, 1);
    }

    pub(crate) fn add_times(&mut self, name: [&str; 3], longest: usize, times: u64) {
        self.total += times;
        let name = name.map(|name| beginning(name, longest));
        if let Some(index) = self.index.get(&name) {
            self.names[*index].1 += times;
        } else if self.names.len() < COUNTED_BY_NAME {
            self.index.insert(name.clone(), self.names.len());
            self.names.push((name, times));
        }
    }

    /// Those that are counted by name, in the order of first sight.
    pub fn entries(&self) -> impl Iterator<Item = (&[Box<str>; 3], u64)> {
        self.names.iter().map(|(name, count)| (name, *count))
    }
}
