//! What names are read as: words, and the parts of them that have a form.

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

/// A part of a name that has a form; its ends lie between ASCII characters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: Kind,
    /// Whether it is nothing without a letter elsewhere in the name.
    pub(super) needs_word: bool,
}

impl Part {
    pub(super) fn new(start: usize, end: usize, kind: Kind) -> Part {
        Part { start, end, kind, needs_word: false }
    }

    /// The character, or a `?` for it: what stands between digits stays, as do the `T` and the `Z` of a time.
    pub(super) fn written(&self, letter: char) -> char {
        let changes = match self.kind {
            Kind::Time => letter.is_ascii_hexdigit(),
            _ => letter.is_ascii_alphanumeric(),
        };
        if changes { '?' } else { letter }
    }
}

/// A run of letters and digits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'a> {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) text: &'a [u8],
}

/// What stands before a word between two `/` or `:`.
#[derive(Debug, Default)]
pub(super) struct Before<'a> {
    /// Where that begins.
    pub(super) start: usize,
    pub(super) words: usize,
    pub(super) last: Option<Word<'a>>,
    /// Whether there are letters between the two, once that was asked.
    pub(super) letters: Option<bool>,
}

impl Before<'_> {
    /// Whether there is a letter between the `/` or `:` before and the one behind.
    pub(super) fn has_letters(&mut self, name: &[u8]) -> bool {
        let start = self.start;
        *self.letters.get_or_insert_with(|| {
            let mut segment = name[start..].iter().take_while(|byte| !ends_segment(**byte));
            segment.any(u8::is_ascii_alphabetic)
        })
    }
}

/// Letters and digits. What is no ASCII is a letter, and a wildcard can be one.
pub(super) fn is_of_word(byte: u8) -> bool {
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

pub(super) fn ends_segment(byte: u8) -> bool {
    matches!(byte, b'/' | b':')
}

pub(super) fn is_of_one_case(text: &[u8]) -> bool {
    !(text.iter().any(u8::is_ascii_lowercase) && text.iter().any(u8::is_ascii_uppercase))
}

pub(super) fn has_digits_and_letters(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_digit) && text.iter().any(u8::is_ascii_alphabetic)
}
