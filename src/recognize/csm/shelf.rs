//! Things that wait, by key and by age, in bounded memory.

use std::collections::{BTreeMap, HashMap, VecDeque, vec_deque};
use std::hash::{BuildHasherDefault, DefaultHasher};

use crate::call::Timestamp;

/// What belongs together: client, service and operation, hashed (a 64-bit hash, so that a key's size does not
/// depend on what somebody sends).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Key(pub(super) u64);

/// Things that wait. Finding those of a key is a hash lookup; taking the oldest is a step in a
/// sorted map; nothing stays behind when a thing is taken.
#[derive(Debug)]
pub(super) struct Shelf<T> {
    by_key: HashMap<Key, VecDeque<Waiting<T>>, BuildHasherDefault<DefaultHasher>>,
    by_age: BTreeMap<u64, (Key, Timestamp)>,
    next: u64,
}

/// One thing on a shelf.
#[derive(Debug)]
pub(super) struct Waiting<T> {
    number: u64,
    /// When it came (or was last touched).
    pub(super) since: Timestamp,
    pub(super) thing: T,
}

impl<T> Shelf<T> {
    pub(super) fn new() -> Self {
        Shelf { by_key: HashMap::default(), by_age: BTreeMap::new(), next: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.by_age.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_age.is_empty()
    }

    pub(super) fn put(&mut self, key: Key, since: Timestamp, thing: T) {
        let number = self.number(key, since);
        self.by_key.entry(key).or_default().push_back(Waiting { number, since, thing });
    }

    /// All of a key, in the order in which they came.
    pub(super) fn of(&self, key: Key) -> vec_deque::Iter<'_, Waiting<T>> {
        self.by_key.get(&key).map(VecDeque::iter).unwrap_or_default()
    }

    pub(super) fn of_mut(&mut self, key: Key) -> vec_deque::IterMut<'_, Waiting<T>> {
        self.by_key.get_mut(&key).map(VecDeque::iter_mut).unwrap_or_default()
    }

    /// Takes the one at an index of [`of`](Shelf::of).
    pub(super) fn take(&mut self, key: Key, index: usize) -> Option<T> {
        let waiting = self.by_key.get_mut(&key)?;
        let taken = waiting.remove(index)?;
        if waiting.is_empty() {
            self.by_key.remove(&key);
        }
        self.by_age.remove(&taken.number);
        Some(taken.thing)
    }

    /// Makes the one at an index of [`of`](Shelf::of) the youngest.
    pub(super) fn touch(&mut self, key: Key, index: usize, now: Timestamp) {
        let number = self.number(key, now);
        match self.by_key.get_mut(&key).and_then(|waiting| waiting.get_mut(index)) {
            Some(touched) => {
                self.by_age.remove(&touched.number);
                touched.number = number;
                touched.since = now;
            }
            None => {
                self.by_age.remove(&number);
            }
        }
    }

    /// Takes the oldest, if it came at `until` or before.
    pub(super) fn take_oldest(&mut self, until: Timestamp) -> Option<(Key, T)> {
        let (&number, &(key, since)) = self.by_age.first_key_value()?;
        if since > until {
            return None;
        }
        let index = self.of(key).position(|waiting| waiting.number == number)?;
        Some((key, self.take(key, index)?))
    }

    fn number(&mut self, key: Key, since: Timestamp) -> u64 {
        let number = self.next;
        self.next += 1;
        self.by_age.insert(number, (key, since));
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALWAYS: Timestamp = Timestamp(u64::MAX);

    #[test]
    fn the_oldest_is_taken_first_and_nothing_stays_behind() {
        let mut shelf = Shelf::new();
        for (number, key) in [(1, 7), (2, 8), (3, 7)] {
            shelf.put(Key(key), Timestamp(number), number);
        }
        shelf.touch(Key(7), 0, Timestamp(9));
        assert_eq!(shelf.take_oldest(Timestamp(1)), None);
        assert_eq!(shelf.take_oldest(ALWAYS), Some((Key(8), 2)));
        assert_eq!(shelf.take(Key(7), 5), None);
        assert_eq!(shelf.take_oldest(ALWAYS), Some((Key(7), 3)));
        assert_eq!(shelf.take(Key(7), 0), Some(1));
        assert!(shelf.is_empty() && shelf.by_key.is_empty());
    }

    #[test]
    fn touching_what_is_not_there_changes_nothing() {
        let mut shelf = Shelf::new();
        shelf.put(Key(1), Timestamp(1), 'a');
        shelf.touch(Key(1), 3, Timestamp(2));
        shelf.touch(Key(2), 0, Timestamp(2));
        assert_eq!(shelf.len(), 1);
        assert_eq!(shelf.take_oldest(Timestamp(1)), Some((Key(1), 'a')));
    }
}
