//! Two policies that allow together what neither allows alone.

use crate::nearest::bits::Bits;

/// What is known of a candidate.
pub(super) struct Weighed {
    /// The needs that it certainly allows.
    pub(super) allows: Bits,
    /// The actions that it allows beside those that are needed.
    pub(super) excess: Bits,
    pub(super) excess_count: usize,
    /// Whether it denies something, so that it takes away from what another one allows.
    pub(super) denies: bool,
}

/// A pair, and what one of the two allows beside what is needed.
type Pair = ([usize; 2], Bits);

/// The pairs that allow all needs with the fewest actions in excess, at most `top`, each with fewer than `least`. `allow` judges two that
/// deny something, since what one denies the other does not allow.
///
/// One of a pair allows the need that the fewest allow. A policy goes with those that allow all that it lacks, and the search is over where
/// one alone has more in excess than the worst pair that is kept.
pub(super) fn best(
    weighed: &[Weighed],
    needs: usize,
    least: Option<usize>,
    top: usize,
    allow: impl Fn([usize; 2]) -> bool,
) -> Vec<Pair> {
    let mut all = Bits::below(needs);
    (0..needs).for_each(|need| all.insert(need));
    let is_part = |it: &Weighed| !it.allows.is_empty() && !it.allows.has_all(&all);
    let mut parts: Vec<usize> = (0..weighed.len()).filter(|it| is_part(&weighed[*it])).collect();
    parts.sort_by_key(|it| weighed[*it].excess_count);
    let allowing = |need: usize| parts.iter().filter(move |it| weighed[**it].allows.contains(need));
    let Some(rarest) = (0..needs).min_by_key(|need| allowing(*need).count()) else {
        return Vec::new();
    };
    let mut found: Vec<(usize, [usize; 2])> = Vec::new();
    for one in allowing(rarest).copied() {
        let lacking = all.without(&weighed[one].allows);
        for other in parts.iter().copied() {
            let bound = match found.get(top.wrapping_sub(1)) {
                Some((worst, _)) => *worst,
                None => least.unwrap_or(usize::MAX),
            };
            if weighed[one].excess_count.max(weighed[other].excess_count) >= bound {
                break;
            }
            if !weighed[other].allows.has_all(&lacking) {
                continue;
            }
            let pair = [one.min(other), one.max(other)];
            let count = weighed[one].excess.count_of_union(&weighed[other].excess);
            let denies = weighed[one].denies || weighed[other].denies;
            let is_new = !found.iter().any(|(_, known)| *known == pair);
            if count < bound && is_new && (!denies || allow(pair)) {
                let at = found.partition_point(|known| *known < (count, pair));
                found.insert(at, (count, pair));
                found.truncate(top);
            }
        }
    }
    let union = |[one, other]: [usize; 2]| weighed[one].excess.union(&weighed[other].excess);
    found.into_iter().map(|(_, pair)| (pair, union(pair))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weighed(allows: &[usize], excess: &[usize]) -> Weighed {
        let bits = |numbers: &[usize]| {
            let mut bits = Bits::below(100);
            numbers.iter().for_each(|number| bits.insert(*number));
            bits
        };
        let mut own = Bits::below(4);
        allows.iter().for_each(|need| own.insert(*need));
        Weighed { allows: own, excess: bits(excess), excess_count: excess.len(), denies: false }
    }

    #[test]
    fn the_pair_with_the_fewest_in_both_is_found() {
        let all = [
            weighed(&[0, 1], &[1, 2, 3]),
            weighed(&[2, 3], &[4, 5]),
            weighed(&[1, 2, 3], &[1, 2, 3, 4]),
            weighed(&[0], &[9, 10, 11]),
            weighed(&[0, 1, 2, 3], &[1, 2, 3, 4, 5, 6, 7]),
        ];
        let pairs = |least, top| -> Vec<_> {
            let found = best(&all, 4, least, top, |_| false);
            found.into_iter().map(|(pair, excess)| (pair, excess.count())).collect()
        };
        // What two have in common counts once.
        assert_eq!(pairs(Some(7), 3), [([0, 2], 4), ([0, 1], 5)]);
        assert_eq!(pairs(None, 3), [([0, 2], 4), ([0, 1], 5), ([2, 3], 7)]);
        assert_eq!(pairs(Some(7), 1), [([0, 2], 4)]);
        assert_eq!(pairs(Some(4), 3), []);
        assert_eq!(pairs(None, 0), []);
    }

    #[test]
    fn what_denies_is_judged_with_the_other() {
        let mut all = [weighed(&[0, 1], &[1]), weighed(&[2, 3], &[2]), weighed(&[2, 3], &[2, 3])];
        all[1].denies = true;
        let pairs = |allow: bool| best(&all, 4, None, 1, |_| allow).remove(0).0;
        assert_eq!(pairs(true), [0, 1]);
        assert_eq!(pairs(false), [0, 2]);
    }
}
