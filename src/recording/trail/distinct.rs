//! Calls, each once: how often it was made, when first and when last. What they are lies in a file without a name once it is
//! more than a little; in memory there are some dozens of bytes for each.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::io;

use aws_lc_rs::digest::{SHA256, digest};

use crate::recognize::cloudtrail::PassedOver;
use crate::recording::trail::tails::{Reader, Tails};

/// So much of what the calls are is kept in memory where nothing else is said, in bytes.
const IN_MEMORY: usize = 4 << 20;
/// Digests of records that are remembered; past that they are forgotten together, and the work is done once more.
const MOST_DIGESTS: usize = 1 << 18;
/// Events of which it is remembered that they have a twin.
const MOST_TWINS: usize = 1 << 17;
/// No time was told.
const NEVER: u64 = u64::MAX;

/// What tells calls apart, the same in every run.
pub(super) type Key = [u8; 16];

/// How often and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counted {
    /// How often.
    pub(crate) count: u64,
    /// When first, in milliseconds since 1970; as far as it is known.
    pub(crate) first: Option<u64>,
    /// When last.
    pub(crate) last: Option<u64>,
}

impl Counted {
    /// Once, then.
    pub(super) fn once(time: Option<u64>) -> Counted {
        Counted { count: 1, first: time, last: time }
    }
}

/// What a record is, of which a like one was seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// The call of this number.
    Call(u32),
    /// No call, for this reason.
    PassedOver(PassedOver),
}

/// A call, as it is stored.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    key: Key,
    number: usize,
    /// The tail stands at its end.
    line: Vec<u8>,
    behind: usize,
    is_own: bool,
    tells: Option<u64>,
}

impl Stored {
    /// A call of the recording of this number. `line` ends with its tail, which begins `behind` the time: what stands there on its line in
    /// a recording, without the end. `is_own`: whether the account that called has the record in its own trail; `tells`: what tells whose its
    /// key is, if it does.
    pub(super) fn new(
        number: usize,
        mut line: Vec<u8>,
        behind: usize,
        is_own: bool,
        tells: Option<u64>,
    ) -> Stored {
        // What is before the tail is needed no longer, and makes room for what else is to be told apart.
        let number_of = (number as u64).to_le_bytes();
        let from = behind.saturating_sub(number_of.len());
        line.splice(from..behind, number_of);
        let behind = from + number_of.len();
        let mut key = Key::default();
        let length = key.len();
        key.copy_from_slice(&digest(&SHA256, &line[from..]).as_ref()[..length]);
        Stored { key, number, line, behind, is_own, tells }
    }

    fn tail(&self) -> &[u8] {
        &self.line[self.behind..]
    }
}

#[derive(Debug)]
struct Place {
    key: Key,
    offset: u64,
    length: u32,
    number: u32,
    count: u64,
    first: u64,
    last: u64,
    is_own: bool,
}

/// The calls so far.
#[derive(Debug)]
pub(super) struct Distinct {
    digests: HashMap<u128, Slot, BuildHasherDefault<AsItIs>>,
    known: HashMap<Key, u32, BuildHasherDefault<AsItIs>>,
    places: Vec<Place>,
    twins: HashMap<u64, u32, BuildHasherDefault<AsItIs>>,
    /// The calls that tell whose keys are, by what they tell.
    telling: HashMap<u64, u32, BuildHasherDefault<AsItIs>>,
    tails: Tails,
}

impl Default for Distinct {
    fn default() -> Distinct {
        Distinct::within(IN_MEMORY)
    }
}

impl Distinct {
    /// No call yet. So many bytes of what they are are kept in memory.
    pub(super) fn within(memory: usize) -> Distinct {
        Distinct {
            digests: HashMap::default(),
            known: HashMap::default(),
            places: Vec::new(),
            twins: HashMap::default(),
            telling: HashMap::default(),
            tails: Tails::within(memory),
        }
    }

    /// What a record of this digest is, if a like one was seen.
    pub(super) fn of_digest(&self, digest: u128) -> Option<Slot> {
        self.digests.get(&digest).copied()
    }

    /// From now on it is known what a record of this digest is.
    pub(super) fn know(&mut self, digest: u128, slot: Slot) {
        if self.digests.len() >= MOST_DIGESTS {
            self.digests.clear();
        }
        self.digests.insert(digest, slot);
    }

    /// Takes in what a call is, if it is new; and gives its number.
    ///
    /// # Errors
    ///
    /// When it cannot be written to disk.
    pub(super) fn insert(&mut self, stored: &Stored) -> io::Result<u32> {
        let key = stored.key;
        let index = match self.known.get(&key) {
            Some(index) => *index,
            None => self.store(key, stored)?,
        };
        if let Some(tells) = stored.tells {
            // The same one whatever the order.
            let telling = self.telling.entry(tells).or_insert(index);
            if self.places[index as usize].key < self.places[*telling as usize].key {
                *telling = index;
            }
        }
        Ok(index)
    }

    fn store(&mut self, key: Key, stored: &Stored) -> io::Result<u32> {
        let full = || io::Error::other("there are more distinct calls than can be counted");
        let index = u32::try_from(self.places.len()).map_err(|_| full())?;
        let length = u32::try_from(stored.tail().len()).map_err(|_| full())?;
        let offset = self.tails.push(stored.tail())?;
        self.places.push(Place {
            key,
            offset,
            length,
            number: u32::try_from(stored.number).map_err(|_| full())?,
            count: 0,
            first: NEVER,
            last: 0,
            is_own: stored.is_own,
        });
        self.known.insert(key, index);
        Ok(index)
    }

    /// Counts a call.
    pub(super) fn count(&mut self, index: u32, counted: Counted) {
        let place = &mut self.places[index as usize];
        place.count = place.count.saturating_add(counted.count);
        place.first = place.first.min(counted.first.unwrap_or(NEVER));
        place.last = place.last.max(counted.last.unwrap_or(0));
    }

    /// Whether an event that others have in common counts for this call: it does once. Where its records tell it in different
    /// ways, that counts which is of the caller's own account.
    pub(super) fn counts_of_twins(&mut self, shared: u64, index: u32) -> bool {
        if self.twins.len() >= MOST_TWINS {
            self.twins.clear();
        }
        let Some(other) = self.twins.insert(shared, index) else { return true };
        let rank = |index: u32| {
            let place = &self.places[index as usize];
            (!place.is_own, place.key)
        };
        if other != index && rank(index) < rank(other) {
            let other = &mut self.places[other as usize];
            other.count = other.count.saturating_sub(1);
            return true;
        }
        self.twins.insert(shared, other);
        false
    }

    /// How many calls there are.
    pub(super) fn len(&self) -> usize {
        self.places.iter().filter(|place| place.count > 0).count()
    }

    /// Gives back what is needed for counting alone.
    pub(super) fn end(&mut self) {
        self.digests = HashMap::default();
        self.known = HashMap::default();
        self.twins = HashMap::default();
    }

    /// The calls in the order in which they were first made; of one moment, in an order that depends on nothing but what they
    /// are.
    pub(super) fn in_order(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.places.len() as u32).collect();
        order.retain(|index| self.places[*index as usize].count > 0);
        order.sort_unstable_by_key(|index| {
            let place = &self.places[*index as usize];
            (place.number, place.first, place.key)
        });
        order
    }

    /// How long what stands behind a call's time is, in bytes.
    pub(super) fn length(&self, index: u32) -> usize {
        self.places[index as usize].length as usize
    }

    /// Those of them that tell whose a key is.
    pub(super) fn telling(&self) -> Vec<u32> {
        let mut telling: Vec<u32> = self.telling.values().copied().collect();
        telling.sort_unstable_by_key(|index| self.places[*index as usize].key);
        telling
    }

    /// Reads calls; several can at once.
    pub(super) fn reader(&self) -> Calls<'_> {
        Calls { places: &self.places, tails: Reader::of(&self.tails) }
    }
}

/// Reads calls.
pub(super) struct Calls<'a> {
    places: &'a [Place],
    tails: Reader<'a>,
}

impl Calls<'_> {
    /// The recording that a call is of, how often it was made, and its tail.
    ///
    /// # Errors
    ///
    /// When it cannot be read from disk.
    pub(super) fn get(&mut self, index: u32) -> io::Result<(usize, Counted, &[u8])> {
        let place = &self.places[index as usize];
        let tail = self.tails.get(place.offset, place.length as usize)?;
        let known = place.first != NEVER;
        let counted = Counted {
            count: place.count,
            first: known.then_some(place.first),
            last: known.then_some(place.last),
        };
        Ok((place.number as usize, counted, tail))
    }
}

/// Takes digests, which are as good as random, as they are.
#[derive(Debug, Default)]
pub(super) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..part.len()].copy_from_slice(part);
            self.0 = self.0.rotate_left(5) ^ u64::from_le_bytes(word);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 ^= number;
    }

    fn write_u128(&mut self, number: u128) {
        self.0 ^= number as u64;
    }
}
