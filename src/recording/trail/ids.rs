//! Numbers that were seen, in memory that does not grow: the oldest are forgotten.

use std::hash::{BuildHasher, Hasher, RandomState};

/// How many are remembered: of some twelve hours of a large organisation, or of a trail of years of an account.
const MOST: usize = 1 << 20;
/// Places that a number may have; the oldest of them gives way.
const PLACES: usize = 8;

/// Ids that were seen.
pub(super) struct Ids {
    hasher: RandomState,
    places: Box<[u64]>,
}

impl Default for Ids {
    fn default() -> Ids {
        Ids { hasher: RandomState::new(), places: Box::default() }
    }
}

impl Ids {
    /// The number that an id is remembered by.
    pub(super) fn number(hasher: &RandomState, id: &[u8]) -> u64 {
        let mut hasher = hasher.build_hasher();
        hasher.write(id);
        hasher.finish().max(1)
    }

    /// The same hasher for whoever makes the numbers.
    pub(super) fn hasher(&self) -> RandomState {
        self.hasher.clone()
    }

    /// Forgets an id.
    pub(super) fn forget(&mut self, number: u64) {
        let first = place(number);
        let places = self.places.get_mut(first..first + PLACES).into_iter().flatten();
        places.filter(|it| **it == number).for_each(|it| *it = 0);
    }

    /// Remembers an id; whether it is new.
    pub(super) fn insert(&mut self, number: u64) -> bool {
        if self.places.is_empty() {
            self.places = vec![0; MOST].into_boxed_slice();
        }
        let first = place(number);
        let places = &mut self.places[first..first + PLACES];
        if places.contains(&number) {
            return false;
        }
        places.rotate_right(1);
        places[0] = number;
        true
    }
}

/// The first of the places of a number.
fn place(number: u64) -> usize {
    (number as usize % (MOST / PLACES)) * PLACES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_lately_is_known_and_memory_does_not_grow() {
        let mut ids = Ids::default();
        let hasher = ids.hasher();
        let number = |id: usize| Ids::number(&hasher, id.to_string().as_bytes());
        let new = (0..MOST / 8).filter(|id| ids.insert(number(*id))).count();
        assert_eq!(new, MOST / 8);
        let again = (0..MOST / 8).filter(|id| ids.insert(number(*id))).count();
        assert!(again < MOST / 800, "{again} were forgotten");
        assert_eq!(ids.places.len(), MOST);
    }
}
