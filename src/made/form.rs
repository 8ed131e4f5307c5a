//! Names that a program made of a hash, a UUID or a time, recognised by their form and written as a pattern.
//!
//! The next run of the program makes another name of the same form: `asset.6f1e….zip` becomes `asset.????….zip`. Each form
//! has a fixed length, so that each character of it becomes one `?` and all that stands around it stays. A form that is not
//! certain is none: what a run of the program names once too narrowly costs a line of a policy, and what it names too widely
//! gives rights on what is somebody else's. `leastwise policy --stable` learns from two runs what no form tells.
//!
//! | form | who makes it |
//! | --- | --- |
//! | 32, 40, 56, 64, 96 or 128 hexadecimal digits, with digits and letters, the letters of one case | `cdk deploy` names what it uploads by SHA-256 (docs.aws.amazon.com/cdk/v2/guide/assets.html), `sam deploy` by MD5 (github.com/aws/aws-sam-cli, `samcli/lib/package/s3_uploader.py`), as `aws cloudformation package` does |
//! | a UUID, with `-` or `_` between its parts | everybody |
//! | a date of 2010 to 2099 (`20261125`, `2026-11-25`), alone or with the time of day (`20261125-093000`, `20261125T093000Z`, `2026-11-25T09:30:00.123Z`, `2026-11-25-09-30-00-123`, `20261125093000`) | everybody; the last but one SageMaker's SDK (github.com/aws/sagemaker-python-sdk, `name_from_base`) |
//! | seconds or milliseconds since 1970, of the years 2020 to 2033 | `samcli-deploy1700000000` (`samcli/lib/deploy/deployer.py`), `awscli-cloudformation-package-deploy-1700000000` (github.com/aws/aws-cli, `awscli/customizations/cloudformation/deployer.py`); the Serverless Framework's `1700000000000-2023-11-14T22:13:20.000Z` (github.com/serverless/serverless, `generate-artifact-directory-name.js`) |
//! | a time and a counter of 26 digits, behind a prefix or not | Terraform's `name_prefix` (github.com/hashicorp/terraform-plugin-sdk, `helper/id/id.go`) |
//! | a ULID (26 digits, github.com/ulid/spec) or a KSUID (27, github.com/segmentio/ksuid) of our time | everybody |
//! | `STACK-LOGICALID-SUFFIX`: what CloudFormation names without being told a name | docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html |
//!
//! Digits alone, shorter hashes (Git's seven digits, Pulumi's seven behind a hyphen, www.pulumi.com/docs/iac/concepts/resources/names),
//! versions, years, months and counters are none.

mod resource;
mod suffix;
mod time;

pub use resource::{chosen, resource};

/// What stands in a name that the next run makes anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The hexadecimal digits of a hash.
    Hash,
    /// A UUID.
    Uuid,
    /// A date, a time, or both; and the counter that Terraform has behind it.
    Time,
    /// An id that sorts by time: a ULID or a KSUID.
    SortableId,
    /// What CloudFormation puts behind the name of the stack and the logical id.
    Suffix,
}

impl Kind {
    /// What it is called.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Hash => "a hash",
            Kind::Uuid => "a UUID",
            Kind::Time => "a time",
            Kind::SortableId => "an id that sorts by time",
            Kind::Suffix => "a suffix of CloudFormation's",
        }
    }
}

/// A name that has a form, as a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formed {
    /// The name with a `?` for each character that the next run makes anew. It is as long as the name, so that a role may
    /// be called so, too.
    pub pattern: String,
    /// What was found in it, each once.
    pub kinds: Vec<Kind>,
}

/// The pattern of a name that a program made; `None` for one that stays as it is.
///
/// The name is the value that a request has in the place of one variable of an ARN, without what the ARN's format has around
/// it: a word, or several between `/` and `:`. What somebody wrote as a pattern already (`*`, `?`) stays. The time that it takes
/// grows with the name's length.
pub fn pattern(name: &str) -> Option<Formed> {
    let mut parts = parts(name.as_bytes());
    if parts.is_empty() {
        return None;
    }
    // Digits that stand alone name nothing: `20261125` would be every name of eight characters.
    let has_word = has_letter(name, &parts);
    parts.retain(|part| has_word || !part.needs_word);
    let mut pattern = String::with_capacity(name.len());
    let mut written = 0;
    for part in &parts {
        pattern.push_str(&name[written..part.start]);
        pattern.extend(name[part.start..part.end].chars().map(|letter| part.written(letter)));
        written = part.end;
    }
    pattern.push_str(&name[written..]);
    let mut kinds: Vec<Kind> = parts.iter().map(|part| part.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    (!kinds.is_empty()).then_some(Formed { pattern, kinds })
}

/// A part of a name that has a form; its ends lie between ASCII characters.
#[derive(Debug, Clone, Copy)]
struct Part {
    start: usize,
    end: usize,
    kind: Kind,
    /// Whether it is nothing without a letter elsewhere in the name.
    needs_word: bool,
}

impl Part {
    fn new(start: usize, end: usize, kind: Kind) -> Part {
        Part { start, end, kind, needs_word: false }
    }

    /// The character, or a `?` for it: what stands between digits stays, as do the `T` and the `Z` of a time.
    fn written(&self, letter: char) -> char {
        let changes = match self.kind {
            Kind::Time => letter.is_ascii_hexdigit(),
            _ => letter.is_ascii_alphanumeric(),
        };
        if changes { '?' } else { letter }
    }
}

/// A run of letters and digits.
#[derive(Debug, Clone, Copy)]
struct Word<'a> {
    start: usize,
    end: usize,
    text: &'a [u8],
}

/// What stands before a word between two `/` or `:`.
#[derive(Debug, Default)]
struct Before<'a> {
    /// Where that begins.
    start: usize,
    words: usize,
    last: Option<Word<'a>>,
    /// Whether there are letters between the two, once that was asked.
    letters: Option<bool>,
}

impl Before<'_> {
    /// Whether there is a letter between the `/` or `:` before and the one behind.
    fn has_letters(&mut self, name: &[u8]) -> bool {
        let start = self.start;
        *self.letters.get_or_insert_with(|| {
            let mut segment = name[start..].iter().take_while(|byte| !ends_segment(**byte));
            segment.any(u8::is_ascii_alphabetic)
        })
    }
}

/// All parts that have a form, from left to right.
fn parts(name: &[u8]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut before = Before::default();
    let mut at = 0;
    while let Some(&byte) = name.get(at) {
        if !is_of_word(byte) {
            if ends_segment(byte) {
                before = Before { start: at + 1, ..Before::default() };
            }
            at += 1;
            continue;
        }
        let length = name[at..].iter().take_while(|byte| is_of_word(**byte)).count();
        let word = Word { start: at, end: at + length, text: &name[at..at + length] };
        at = word.end;
        if let Some(part) = part(name, word, &mut before) {
            at = part.end;
            parts.push(part);
        }
        before.words += 1;
        before.last = Some(word);
    }
    parts
}

/// The form that begins in this word.
fn part(name: &[u8], word: Word<'_>, before: &mut Before<'_>) -> Option<Part> {
    // A year is the shortest word that a form begins with.
    if word.text.len() < 4 {
        return None;
    }
    let whole = |kind| Some(Part::new(word.start, word.end, kind));
    match word.text.len() {
        32 | 40 | 56 | 64 | 96 | 128 if is_hash(word.text) => return whole(Kind::Hash),
        8 => {
            if let Some(end) = end_of_uuid(name, word.start) {
                return Some(Part::new(word.start, end, Kind::Uuid));
            }
        }
        12 | 13 if suffix::is_suffix(name, word, before) => return whole(Kind::Suffix),
        26 if is_ulid(word.text) => return whole(Kind::SortableId),
        27 if is_ksuid(word.text) => return whole(Kind::SortableId),
        _ => {}
    }
    time::part(name, word, before)
}

/// Letters and digits. What is no ASCII is a letter, and a wildcard can be one.
fn is_of_word(byte: u8) -> bool {
    OF_WORDS[usize::from(byte)]
}

/// Every byte is looked up once, of names of which hardly any has a form.
const OF_WORDS: [bool; 256] = {
    let mut of_words = [false; 256];
    let mut byte = 0;
    while byte < of_words.len() {
        let letter = byte as u8;
        of_words[byte] =
            letter.is_ascii_alphanumeric() || !letter.is_ascii() || matches!(letter, b'*' | b'?');
        byte += 1;
    }
    of_words
};

fn ends_segment(byte: u8) -> bool {
    matches!(byte, b'/' | b':')
}

/// Whether there is a letter outside of what has a form.
fn has_letter(name: &str, parts: &[Part]) -> bool {
    let mut outside = 0;
    let ends = parts.iter().map(|part| (part.start, part.end));
    ends.chain([(name.len(), name.len())]).any(|(start, end)| {
        let text = &name[std::mem::replace(&mut outside, end)..start];
        text.chars().any(char::is_alphabetic)
    })
}

/// Hexadecimal digits with letters of one case, and both digits and letters among them.
fn is_hex(digits: &[u8]) -> bool {
    digits.iter().all(u8::is_ascii_hexdigit) && is_of_one_case(digits)
}

fn is_of_one_case(text: &[u8]) -> bool {
    !(text.iter().any(u8::is_ascii_lowercase) && text.iter().any(u8::is_ascii_uppercase))
}

fn has_digits_and_letters(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_digit) && text.iter().any(u8::is_ascii_alphabetic)
}

fn is_hash(word: &[u8]) -> bool {
    is_hex(word) && has_digits_and_letters(word)
}

/// Where the UUID that begins here ends: 8, 4, 4, 4 and 12 hexadecimal digits.
fn end_of_uuid(name: &[u8], start: usize) -> Option<usize> {
    const LENGTH: usize = 36;
    let end = start + LENGTH;
    let uuid = name.get(start..end)?;
    let between = uuid[8];
    let is_between = |index: usize| matches!(index, 8 | 13 | 18 | 23);
    let mut letters = uuid.iter().enumerate();
    let is_uuid =
        matches!(between, b'-' | b'_')
            && letters.all(|(index, byte)| {
                if is_between(index) { *byte == between } else { byte.is_ascii_hexdigit() }
            })
            && is_of_one_case(uuid)
            && has_digits_and_letters(uuid)
            && name.get(end).is_none_or(|next| !is_of_word(*next));
    is_uuid.then_some(end)
}

/// Digits of Crockford's base 32, of which the first ten are milliseconds: they begin with `01` from 2004 to 2039.
fn is_ulid(word: &[u8]) -> bool {
    let is_digit = |byte: &u8| {
        let upper = byte.to_ascii_uppercase();
        upper.is_ascii_alphanumeric() && !matches!(upper, b'I' | b'L' | b'O' | b'U')
    };
    word.starts_with(b"01")
        && word.iter().all(is_digit)
        && is_of_one_case(word)
        && word.iter().any(u8::is_ascii_alphabetic)
}

/// Digits of base 62, of which the first tells the time: it is `6` in 2036.
fn is_ksuid(word: &[u8]) -> bool {
    matches!(word[0], b'0'..=b'6')
        && word.iter().all(u8::is_ascii_alphanumeric)
        && word.iter().any(u8::is_ascii_lowercase)
        && word.iter().any(u8::is_ascii_uppercase)
}

#[cfg(test)]
mod tests;
