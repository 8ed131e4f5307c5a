//! What the resources of one type, in one place, have in common from run to run.
//!
//! Names are cut into words, and those with the same delimiters in the same places are compared word by word from the left.
//! A word that each run has there which got so far is a fixed one, and tells apart what follows. The others differ from run to run:
//! they stand in each other's place, and become a `*`. So `job-1` and `out-1` of one run, `job-2` and `out-2` of another are
//! `job-*` and `out-*`. What finds nobody is cut more coarsely and compared again: words with their number, words, whole levels.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::policy::pattern;
use crate::policy::resource_type::{LEVELS, Place, ResourceType, WITHIN};

/// Names that are longer are not compared: no name of AWS's is as long.
const LONGEST: usize = 2_048;

/// Which runs had something, a bit for each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Runs(Vec<u64>);

impl Runs {
    pub(super) fn insert(&mut self, run: usize) {
        let (word, bit) = (run / 64, run % 64);
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << bit;
    }

    fn join(&mut self, other: &Runs) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        self.0.iter_mut().zip(&other.0).for_each(|(one, more)| *one |= more);
    }

    fn of<'a>(members: impl IntoIterator<Item = &'a Member<'a>>) -> Runs {
        let mut all = Runs::default();
        members.into_iter().for_each(|member| all.join(member.runs));
        all
    }

    fn each(&self) -> impl Iterator<Item = usize> {
        let bits = self.0.iter().enumerate();
        bits.flat_map(|(word, bits)| {
            (0..64).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| word * 64 + bit)
        })
    }

    fn has(&self, run: usize) -> bool {
        self.0.get(run / 64).is_some_and(|bits| bits >> (run % 64) & 1 == 1)
    }
}

/// A resource, without what all of its family begin with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member<'a> {
    pub(super) resource: &'a str,
    pub(super) runs: &'a Runs,
}

/// The resources of one type, in one place.
#[derive(Debug)]
pub(super) struct Family<'a> {
    pub(super) of: Arc<ResourceType>,
    /// The first five parts of each ARN.
    pub(super) beginning: &'a str,
    pub(super) members: Vec<Member<'a>>,
}

/// A pattern, and those for which it stands.
#[derive(Debug)]
pub(super) struct Shared<'a> {
    /// The sixth part of an ARN.
    pub(super) pattern: String,
    pub(super) members: Vec<Member<'a>>,
    /// Whether it stands for several buckets, or what is in them.
    pub(super) is_of_buckets: bool,
}

/// How finely names are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// At every delimiter, and before the number that a word ends in.
    Numbers,
    /// At every delimiter.
    Words,
    /// At those between levels.
    Levels,
}

/// A name in words.
#[derive(Debug)]
struct Words<'a> {
    member: Member<'a>,
    words: Vec<&'a str>,
}

/// Members that are alike: their fixed words, and `None` where they differ.
#[derive(Debug)]
struct Alike<'a> {
    template: Vec<Option<&'a str>>,
    members: Vec<Words<'a>>,
}

impl<'a> Family<'a> {
    pub(super) fn new(of: Arc<ResourceType>, beginning: &'a str) -> Family<'a> {
        Family { of, beginning, members: Vec::new() }
    }

    /// The patterns that runs share. Of buckets there are only some if their account can be asked for.
    pub(super) fn shared(&self, knows_account: bool) -> Vec<Shared<'a>> {
        let all = Runs::of(&self.members);
        let differs =
            |member: &&Member<'a>| *member.runs != all && member.resource.len() <= LONGEST;
        let mut left: Vec<Member<'a>> = self.members.iter().filter(differs).copied().collect();
        let mut found = Vec::new();
        for cut in [Cut::Numbers, Cut::Words, Cut::Levels] {
            let mut alone = Vec::new();
            for (shape, names) in by_shape(&left, cut) {
                for alike in alike(names) {
                    match self.pattern(&shape, &alike, knows_account) {
                        Some((pattern, is_of_buckets)) => {
                            let members = alike.members.into_iter().map(|it| it.member).collect();
                            found.push(Shared { pattern, members, is_of_buckets });
                        }
                        None => alone.extend(alike.members.into_iter().map(|it| it.member)),
                    }
                }
            }
            left = alone;
        }
        found
    }

    /// The pattern of what is alike, and whether it is of several buckets; `None` where it would say too little.
    fn pattern(
        &self,
        shape: &str,
        alike: &Alike<'a>,
        knows_account: bool,
    ) -> Option<(String, bool)> {
        let runs = Runs::of(alike.members.iter().map(|it| &it.member));
        if alike.members.len() < 2 || runs.each().nth(1).is_none() {
            return None;
        }
        let mut fields = self.beginning.split(':').skip(2);
        let (service, _region, account) = (fields.next()?, fields.next()?, fields.next()?);
        let is_iam = service == "iam";
        let pattern = if is_iam { of_same_length(shape, alike)? } else { starred(shape, alike) };
        let is_of_s3 = service == "s3" && account.is_empty();
        let bucket = is_of_s3.then(|| pattern.split_inclusive('/').next()).flatten();
        let is_of_buckets = bucket.is_some_and(|bucket| bucket.contains('*'));
        let own = if is_of_buckets {
            bucket.map_or(0, letters)
        } else {
            let known =
                self.of.letters() + bucket.filter(|it| it.ends_with('/')).map_or(0, letters);
            letters(&pattern).saturating_sub(known)
        };
        let is_named = own > 0;
        let is_enough = if is_of_buckets {
            is_named && knows_account
        } else if is_iam {
            is_named
        } else {
            is_named || self.of.is_of_ids() || is_one_for_one(&runs, &alike.members)
        };
        let place = Place {
            beginning: self.beginning,
            bucket: bucket.filter(|it| it.ends_with('/') && !is_of_buckets),
        };
        let arn = format!("{}{pattern}", self.beginning);
        (is_enough && pattern::covers(&self.of.everywhere(&place), &arn))
            .then_some((pattern, is_of_buckets))
    }
}

/// Names by what is between their words: `\0` for each word, and the delimiters.
fn by_shape<'a>(members: &[Member<'a>], cut: Cut) -> BTreeMap<String, Vec<Words<'a>>> {
    let mut shapes: BTreeMap<String, Vec<Words<'a>>> = BTreeMap::new();
    for &member in members {
        let mut shape = String::new();
        let mut words = Vec::new();
        let is_delimiter = |letter: char| {
            LEVELS.contains(&letter) || cut != Cut::Levels && WITHIN.contains(&letter)
        };
        for piece in member.resource.split_inclusive(is_delimiter) {
            let word = piece.trim_end_matches(is_delimiter);
            let (name, number) = if cut == Cut::Numbers { numbered(word) } else { (word, "") };
            for word in [name, number].into_iter().filter(|it| !it.is_empty()) {
                shape.push('\0');
                words.push(word);
            }
            shape.push_str(&piece[word.len()..]);
        }
        shapes.entry(shape).or_default().push(Words { member, words });
    }
    shapes
}

/// The letters and the number of a word that has two letters or more and then a number.
fn numbered(word: &str) -> (&str, &str) {
    let name = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let is_word = name.len() >= 2 && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    if is_word { word.split_at(name.len()) } else { (word, "") }
}

/// Those that are alike, of names with as many words each.
fn alike(names: Vec<Words<'_>>) -> Vec<Alike<'_>> {
    let mut done = Vec::new();
    let mut open = vec![Alike { template: Vec::new(), members: names }];
    while let Some(Alike { template, members }) = open.pop() {
        let at = template.len();
        if members.len() < 2 || members[0].words.len() == at {
            done.push(Alike { template, members });
            continue;
        }
        let all = Runs::of(members.iter().map(|it| &it.member));
        let mut by_word: BTreeMap<&str, Vec<Words<'_>>> = BTreeMap::new();
        for name in members {
            by_word.entry(name.words[at]).or_default().push(name);
        }
        let (fixed, mut differing): (Vec<_>, Vec<_>) = by_word
            .into_iter()
            .partition(|(_, names)| Runs::of(names.iter().map(|it| &it.member)) == all);
        let with = |word| {
            let mut template = template.clone();
            template.push(word);
            template
        };
        for (word, members) in fixed {
            open.push(Alike { template: with(Some(word)), members });
        }
        if differing.len() == 1 {
            let (word, members) = differing.remove(0);
            open.push(Alike { template: with(Some(word)), members });
        } else if !differing.is_empty() {
            let members = differing.into_iter().flat_map(|(_, members)| members).collect();
            open.push(Alike { template: with(None), members });
        }
    }
    done
}

/// The pattern: one `*` for all words of a level that differ and are neighbours.
fn starred(shape: &str, alike: &Alike<'_>) -> String {
    let mut text = String::new();
    let mut words = alike.template.iter();
    // Behind the last `*`, while there were only delimiters of the level since.
    let mut behind_star = None;
    for letter in shape.chars() {
        if letter != '\0' {
            text.push(letter);
            behind_star = behind_star.filter(|_| !LEVELS.contains(&letter));
            continue;
        }
        match (words.next(), behind_star) {
            (Some(Some(word)), _) => {
                text.push_str(word);
                behind_star = None;
            }
            (_, Some(end)) => text.truncate(end),
            (_, None) => {
                text.push('*');
                behind_star = Some(text.len());
            }
        }
    }
    text
}

/// The pattern with a `?` for each character of the words that differ; `None` if they are not as long as each other.
fn of_same_length(shape: &str, alike: &Alike<'_>) -> Option<String> {
    let mut text = String::new();
    let mut words = alike.template.iter().enumerate();
    for letter in shape.chars() {
        if letter != '\0' {
            text.push(letter);
            continue;
        }
        match words.next()? {
            (_, Some(word)) => text.push_str(word),
            (at, None) => {
                let mut lengths = alike.members.iter().map(|it| it.words[at].chars().count());
                let is_written_out =
                    alike.members.iter().all(|it| !it.words[at].contains(['*', '$']));
                let length = lengths.next()?;
                if !is_written_out || lengths.any(|it| it != length) {
                    return None;
                }
                text.extend(std::iter::repeat_n('?', length));
            }
        }
    }
    Some(text)
}

/// Whether each run has as many of them as the others.
fn is_one_for_one(runs: &Runs, members: &[Words<'_>]) -> bool {
    let of = |run| members.iter().filter(|it| it.member.runs.has(run)).count();
    let mut counts = runs.each().map(of);
    let first = counts.next();
    counts.all(|count| Some(count) == first)
}

/// How many letters and digits a pattern has.
fn letters(pattern: &str) -> usize {
    pattern.chars().filter(|letter| letter.is_alphanumeric()).count()
}
