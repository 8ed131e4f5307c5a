//! Which of many patterns may match a text, without holding the text against each of them.
//!
//! A pattern that covers a text has each of its literal runs in the text: so a pattern is found by the rarest six
//! characters that it has in a row. Where the text is a pattern itself and the two may have only some texts in common,
//! what stands before their first wildcards must agree, and what stands after their last ones.

use std::collections::{BTreeMap, HashMap};

use crate::evaluate::verdict::glob::Glob;

/// How many characters in a row a pattern is found by.
const GRAM: usize = 6;
/// So many patterns are sooner held against a text, one by one, than sorted by what is in them.
const FEW: usize = 16;

/// Patterns, each with the number that it was given.
#[derive(Debug, Default)]
pub(crate) struct Index {
    by_gram: HashMap<u128, Vec<usize>>,
    /// Patterns without so many characters in a row, and all of them where they are few.
    short: Vec<usize>,
    is_of_few: bool,
    stems: Edges,
    tails: Edges,
}

impl Index {
    /// One for these patterns, whose numbers ascend.
    pub(in crate::evaluate) fn new<'a>(
        patterns: impl Iterator<Item = (usize, &'a Glob)> + Clone,
    ) -> Index {
        if patterns.clone().count() <= FEW {
            let short = patterns.map(|(number, _)| number).collect();
            return Index { short, is_of_few: true, ..Index::default() };
        }
        let mut counts: HashMap<u128, usize> = HashMap::new();
        for (_, glob) in patterns.clone() {
            glob.runs(|run| grams(run).for_each(|gram| *counts.entry(gram).or_default() += 1));
        }
        let mut index = Index::default();
        for (number, glob) in patterns {
            let mut rarest: Option<(usize, u128)> = None;
            glob.runs(|run| {
                for gram in grams(run) {
                    let count = counts.get(&gram).copied().unwrap_or_default();
                    if rarest.is_none_or(|(known, _)| count < known) {
                        rarest = Some((count, gram));
                    }
                }
            });
            match rarest {
                Some((_, gram)) => index.by_gram.entry(gram).or_default().push(number),
                None => index.short.push(number),
            }
            let [stem, tail] = glob.edges();
            index.stems.0.entry(stem).or_default().push(number);
            index.tails.0.entry(tail).or_default().push(number);
        }
        index
    }

    /// The numbers, ascending, of those patterns among which all are that cover `narrow` and are to be kept.
    pub(in crate::evaluate) fn covering(
        &self,
        narrow: &Glob,
        keep: impl Fn(usize) -> bool,
    ) -> Vec<usize> {
        let mut found: Vec<usize> =
            self.short.iter().copied().filter(|number| keep(*number)).collect();
        if self.is_of_few {
            return found;
        }
        narrow.runs(|run| {
            for numbers in grams(run).filter_map(|gram| self.by_gram.get(&gram)) {
                found.extend(numbers.iter().filter(|number| keep(**number)));
            }
        });
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The numbers, ascending, of those patterns among which all are that have a text in common with `other` and are to
    /// be kept.
    pub(in crate::evaluate) fn touching(
        &self,
        other: &Glob,
        keep: impl Fn(usize) -> bool,
    ) -> Vec<usize> {
        if self.is_of_few || !other.is_wildcard() {
            return self.covering(other, keep);
        }
        let [stem, tail] = other.edges();
        let mut by_stem = self.stems.agreeing(&stem);
        let mut by_tail = self.tails.agreeing(&tail);
        let (mut of_stem, mut of_tail) = (Vec::new(), Vec::new());
        // Side by side: the work is that of the shorter list.
        let mut found = loop {
            match by_stem.next() {
                Some(number) => of_stem.push(number),
                None => break of_stem,
            }
            match by_tail.next() {
                Some(number) => of_tail.push(number),
                None => break of_tail,
            }
        };
        found.retain(|number| keep(*number));
        found.sort_unstable();
        found
    }
}

/// Patterns by their beginnings, or by their ends read backwards.
#[derive(Debug, Default)]
struct Edges(BTreeMap<Vec<char>, Vec<usize>>);

impl Edges {
    /// Those whose edge is a beginning of `edge`, and those whose beginning it is.
    fn agreeing<'a>(&'a self, edge: &'a [char]) -> impl Iterator<Item = usize> + 'a {
        let shorter = (0..edge.len()).filter_map(|length| self.0.get(&edge[..length]));
        let longer = self
            .0
            .range(edge.to_vec()..)
            .map_while(move |(longer, numbers)| longer.starts_with(edge).then_some(numbers));
        shorter.chain(longer).flatten().copied()
    }
}

/// Each six characters of a run, as one number.
fn grams(run: &[char]) -> impl Iterator<Item = u128> + '_ {
    // A character takes 21 bits.
    run.windows(GRAM)
        .map(|gram| gram.iter().fold(0, |all, one| all << 21 | u128::from(u32::from(*one))))
}

#[cfg(test)]
mod tests {
    use super::super::glob::{Letter, Reach};
    use super::*;

    fn glob(text: &str, reach: Reach) -> Glob {
        Glob::new(text.chars().map(|character| Letter { character, special: true }), reach)
    }

    #[test]
    fn nothing_that_matches_is_passed_over() {
        // Words of pieces, so that they share much and differ somewhere.
        let pieces = ["arn:aws:", "s3:::", "bucket", "-1", "*", "?", "/key", "é"];
        let mut words = vec![String::new()];
        for _ in 0..3 {
            let longer: Vec<_> = words
                .iter()
                .flat_map(|word| pieces.iter().map(move |piece| format!("{word}{piece}")))
                .collect();
            words.extend(longer);
        }
        words.sort();
        words.dedup();
        let patterns: Vec<_> = words.iter().map(|word| glob(word, Reach::Policy)).collect();
        let index = Index::new(patterns.iter().enumerate());
        let few = Index::new(patterns.iter().enumerate().take(FEW));
        let all: Vec<usize> = (0..FEW).collect();
        assert_eq!(
            [few.covering(&patterns[0], |_| true), few.touching(&patterns[0], |_| true)],
            [&*all, &*all]
        );
        let (mut covering, mut touching, mut looked_at) = (0, 0, 0);
        for word in words.iter().step_by(7) {
            for asked in [glob(word, Reach::Request), Glob::literal(word)] {
                let found = [index.covering(&asked, |_| true), index.touching(&asked, |_| true)];
                looked_at += found[1].len();
                for (number, pattern) in patterns.iter().enumerate() {
                    if pattern.covers(&asked) {
                        covering += 1;
                        assert!(
                            found[0].binary_search(&number).is_ok(),
                            "{} {word}",
                            words[number]
                        );
                    }
                    if pattern.overlaps(&asked) {
                        touching += 1;
                        assert!(
                            found[1].binary_search(&number).is_ok(),
                            "{} {word}",
                            words[number]
                        );
                    }
                }
            }
        }
        assert!(covering > 1000 && touching > covering, "{covering} {touching}");
        assert!(looked_at < words.len() * words.len() / 7, "{looked_at}");
    }
}
