//! What was read, what was passed over and what was wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use crate::recognize::cloudtrail::PassedOver;
use crate::recording::trail::split::Fault;

/// Sentences that are kept of what is wrong; the rest is counted.
const MOST_SENTENCES: usize = 10;

/// What was read of CloudTrail, and what became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// Files that events were looked for in.
    pub files: u64,
    /// Digest and Insights files, by their names or places.
    pub others: u64,
    /// Files in folders that hold neither events nor recorded calls.
    pub foreign: u64,
    /// The first of them.
    pub first_foreign: BTreeSet<String>,
    /// Events that were read.
    pub events: u64,
    /// Events of other times, accounts or regions than those that count.
    pub left_out: u64,
    /// Events that were read before, by their id.
    pub doubles: u64,
    /// Events that others tell, too: of another account or of a VPC endpoint.
    pub twins: u64,
    /// Calls that differ.
    pub distinct: u64,
    /// Events that are no call, by reason.
    pub passed_over: BTreeMap<PassedOver, u64>,
    /// How often what was wrong.
    pub faults: BTreeMap<Fault, u64>,
    /// The first of the faults, in the order of the files: which file, at which byte of its text, and what is wrong.
    pub first_faults: BTreeMap<(usize, u64), (String, Fault)>,
    /// Files that could not be read to the end, and why.
    pub unreadable: BTreeMap<String, String>,
    /// Calls that services made, of which the input does not tell whether with the caller's permissions.
    pub undecided: u64,
}

impl Fault {
    /// What is wrong, after a file and a place.
    pub fn words(self) -> &'static str {
        match self {
            Fault::TooLong => "a value of more than 1 MB, as no event is",
            Fault::TooDeep => "objects within objects that are deeper than any event's",
            Fault::Broken => "a value that is broken off",
            Fault::CutOff => "the text ends within a value",
            Fault::NoJson => "text that is no JSON",
            Fault::NoEvent => "no CloudTrail event",
            Fault::NoTime => "an event without a valid eventTime",
            Fault::Compressed => "the compressed data is damaged or cut off",
        }
    }
}

impl Told {
    /// Counts what is wrong at a place.
    pub(super) fn fault(&mut self, file: usize, name: &str, position: u64, fault: Fault) {
        *self.faults.entry(fault).or_default() += 1;
        let at = (file, position);
        let is_among = self.first_faults.len() < MOST_SENTENCES
            || self.first_faults.last_key_value().is_some_and(|(last, _)| at < *last);
        if is_among {
            self.first_faults.insert(at, (name.to_owned(), fault));
            if self.first_faults.len() > MOST_SENTENCES {
                self.first_faults.pop_last();
            }
        }
    }

    /// A file of a folder holds neither events nor recorded calls.
    pub(crate) fn add_foreign(&mut self, name: String) {
        self.foreign += 1;
        self.first_foreign.insert(name);
        if self.first_foreign.len() > MOST_SENTENCES {
            self.first_foreign.pop_last();
        }
    }

    /// Whether there is anything to be said: files with events, or files that have none.
    pub fn says_something(&self) -> bool {
        self.files + self.others + self.foreign + self.wrong() > 0
    }

    /// How often something was wrong.
    pub fn wrong(&self) -> u64 {
        self.faults.values().sum::<u64>() + self.unreadable.len() as u64
    }
}

/// How far reading is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Files that were read to their end.
    pub files: u64,
    /// All files.
    pub of_files: u64,
    /// Bytes that were read, as they lie in the files.
    pub bytes: u64,
    /// All of them.
    pub of_bytes: u64,
    /// Events that were read.
    pub events: u64,
}
