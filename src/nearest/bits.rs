//! Sets of small numbers, a bit for each.

/// A set of numbers below a bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// The empty set of numbers below `bound`.
    pub(super) fn below(bound: usize) -> Bits {
        Bits(vec![0; bound.div_ceil(64)])
    }

    pub(super) fn insert(&mut self, number: usize) {
        if let Some(word) = self.0.get_mut(number / 64) {
            *word |= 1 << (number % 64);
        }
    }

    pub(super) fn contains(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    pub(super) fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// What is in one of the two.
    pub(super) fn union(&self, other: &Bits) -> Bits {
        Bits(self.0.iter().zip(&other.0).map(|(one, other)| one | other).collect())
    }

    /// How many numbers are in one of the two.
    pub(super) fn count_of_union(&self, other: &Bits) -> usize {
        self.0.iter().zip(&other.0).map(|(one, other)| (one | other).count_ones() as usize).sum()
    }

    /// What is in this one alone.
    pub(super) fn without(&self, other: &Bits) -> Bits {
        Bits(self.0.iter().zip(&other.0).map(|(one, other)| one & !other).collect())
    }

    /// Whether all of the other is in this one.
    pub(super) fn has_all(&self, other: &Bits) -> bool {
        self.0.iter().zip(&other.0).all(|(one, other)| other & !one == 0)
    }

    /// Its numbers, ascending.
    pub(super) fn numbers(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(index, word)| {
            (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| index * 64 + bit)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(numbers: &[usize]) -> Bits {
        let mut bits = Bits::below(200);
        numbers.iter().for_each(|number| bits.insert(*number));
        bits
    }

    #[test]
    fn sets_are_united_compared_and_told() {
        let (one, other) = (bits(&[0, 63, 64, 199]), bits(&[63, 100]));
        assert_eq!(one.numbers().collect::<Vec<_>>(), [0, 63, 64, 199]);
        assert_eq!((one.count(), one.count_of_union(&other)), (4, 5));
        assert_eq!(one.union(&other), bits(&[0, 63, 64, 100, 199]));
        assert_eq!(one.without(&other), bits(&[0, 64, 199]));
        assert!(one.has_all(&bits(&[0, 199])) && !one.has_all(&other));
        assert!(one.contains(64) && !one.contains(65) && !one.contains(100_000));
        assert!(bits(&[]).is_empty() && !one.is_empty());
    }
}
