//! How many different texts there were, in bounded memory.

use std::hash::{DefaultHasher, Hasher};

/// How many hashes are kept: below this a count is exact, beyond it off by some 4 % (the standard
/// error of the k-minimum-values estimate is `1 / sqrt(k - 2)`).
const KEPT: usize = 512;

/// Counts different texts by the smallest of their hashes: where the 512th smallest lies tells how many
/// there are. In whatever order texts come, and however counts are joined, it says the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Distinct {
    /// Sorted, each once.
    smallest: Vec<u64>,
    /// Whether there were more than are kept.
    more: bool,
}

/// How many there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The number; two leading digits and zeros where it is not exact.
    pub number: u64,
    /// Whether it was counted, not estimated.
    pub exact: bool,
}

impl Distinct {
    pub(super) fn add(&mut self, text: &str) {
        // Not keyed: the same texts are to give the same count.
        let mut hasher = DefaultHasher::new();
        hasher.write(text.as_bytes());
        self.keep(hasher.finish());
    }

    pub(super) fn join(&mut self, other: &Distinct) {
        self.more |= other.more;
        for &hash in &other.smallest {
            self.keep(hash);
        }
    }

    fn keep(&mut self, hash: u64) {
        if self.smallest.len() == KEPT && self.smallest.last().is_some_and(|&last| hash > last) {
            self.more = true;
        } else if let Err(place) = self.smallest.binary_search(&hash) {
            self.smallest.insert(place, hash);
            self.more |= self.smallest.len() > KEPT;
            self.smallest.truncate(KEPT);
        }
    }

    pub(super) fn count(&self) -> Count {
        let kept = u64::try_from(self.smallest.len()).unwrap_or(u64::MAX);
        match self.smallest.last() {
            Some(&last) if self.more => {
                let estimate = u128::from(kept - 1) * (1 << 64) / u128::from(last.max(1));
                let number = two_digits(u64::try_from(estimate).unwrap_or(u64::MAX));
                Count { number, exact: false }
            }
            _ => Count { number: kept, exact: true },
        }
    }
}

fn two_digits(number: u64) -> u64 {
    let mut unit = 1;
    while number / unit >= 100 {
        unit *= 10;
    }
    (number / unit) * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_counted_and_many_estimated() {
        let mut distinct = Distinct::default();
        for number in 0..100_000_u32 {
            let before = distinct.count();
            distinct.add(&format!("arn:aws:s3:::bucket/{number}"));
            distinct.add(&format!("arn:aws:s3:::bucket/{}", number / 2));
            if number < 512 {
                assert_eq!(distinct.count(), Count { number: before.number + 1, exact: true });
            }
        }
        let Count { number, exact } = distinct.count();
        assert!(!exact && (85_000..115_000).contains(&number), "{number}");
        assert_eq!(distinct.smallest.len(), KEPT);
    }

    #[test]
    fn joined_counts_are_those_of_all() {
        let (mut one, mut other, mut all) =
            (Distinct::default(), Distinct::default(), Distinct::default());
        for number in 0..3_000 {
            let text = number.to_string();
            if number < 2_000 { &mut one } else { &mut other }.add(&text);
            all.add(&text);
        }
        other.join(&one);
        assert_eq!(other.smallest, all.smallest);
        assert_eq!(other.count(), all.count());
    }

    #[test]
    fn estimates_have_two_digits() {
        assert_eq!([7, 99, 100, 4_213].map(two_digits), [7, 99, 100, 4_200]);
    }
}
