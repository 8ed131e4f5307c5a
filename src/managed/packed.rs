//! Reads what `build/managed.rs` packs; its head has the layout.

use std::io::Read as _;

use flate2::read::ZlibDecoder;

use crate::managed::policy::ManagedPolicy;

/// The packed policies.
pub(super) const BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/managed.bin"));

/// All policies; `None` when the bytes are not what the build made.
pub(super) fn read(bytes: &[u8]) -> Option<Vec<ManagedPolicy>> {
    let (actions, rest) = stream(bytes)?;
    let (numbers, rest) = stream(rest)?;
    let (lines, _) = stream(rest)?;
    let actions = String::from_utf8(actions).ok()?;
    let actions: Vec<&str> = actions.lines().collect();
    let mut elements = Elements { numbers: &numbers, before: 0, actions: &actions };
    let mut policies: Vec<ManagedPolicy> = Vec::new();
    let lines = String::from_utf8(lines).ok()?;
    for line in lines.lines() {
        if line.starts_with(' ') {
            let document = policies.last_mut()?.document.get_or_insert_default();
            add(document, line, &mut elements)?;
        } else {
            policies.push(begun(line)?);
        }
    }
    policies
        .iter_mut()
        .filter_map(|policy| policy.document.as_mut())
        .for_each(|it| it.push_str("}]}"));
    Some(policies)
}

/// A policy by its first line, without a document.
fn begun(line: &str) -> Option<ManagedPolicy> {
    let mut words = line.split(' ').map(str::to_owned);
    Some(ManagedPolicy {
        name: words.next()?,
        path: words.next()?,
        version: words.next()?,
        document: None,
    })
}

/// Adds a line of a statement to a document, whose last statement is still open.
fn add(document: &mut String, line: &str, elements: &mut Elements<'_>) -> Option<()> {
    let strings = |document: &mut String, name: &str, strings: &mut dyn Iterator<Item = &str>| {
        document.push_str(&format!(",\"{name}\":["));
        for (number, string) in strings.enumerate() {
            document.push_str(if number > 0 { ",\"" } else { "\"" });
            document.push_str(string);
            document.push('"');
        }
        document.push(']');
    };
    let Some(element) = line.strip_prefix("  ") else {
        let (effect, sid) = line.strip_prefix(' ')?.split_once(' ')?;
        document.push_str(if document.is_empty() {
            r#"{"Version":"2012-10-17","Statement":[{"#
        } else {
            "},{"
        });
        if !sid.is_empty() {
            document.push_str(&format!("\"Sid\":\"{sid}\","));
        }
        document.push_str(&format!("\"Effect\":\"{effect}\""));
        return Some(());
    };
    match element.split_once(' ') {
        Some(("Condition", condition)) => {
            document.push_str(&format!(",\"Condition\":{condition}"));
        }
        Some((name, texts)) => strings(document, name, &mut texts.split(' ')),
        None => strings(document, element, &mut elements.next()?.into_iter()),
    }
    Some(())
}

/// The strings of one `Action` or `NotAction` after the other.
struct Elements<'a> {
    numbers: &'a [u8],
    before: usize,
    actions: &'a [&'a str],
}

impl<'a> Elements<'a> {
    fn next(&mut self) -> Option<Vec<&'a str>> {
        let mut strings = Vec::new();
        for _ in 0..self.varint()? {
            let far = self.varint()?;
            let number = if far % 2 == 0 {
                self.before + far / 2
            } else {
                self.before.checked_sub(far / 2 + 1)?
            };
            strings.push(*self.actions.get(number)?);
            self.before = number;
        }
        Some(strings)
    }

    fn varint(&mut self) -> Option<usize> {
        let mut number = 0;
        for shift in (0..28).step_by(7) {
            let (byte, rest) = self.numbers.split_first()?;
            self.numbers = rest;
            number |= usize::from(byte & 127) << shift;
            if byte & 128 == 0 {
                return Some(number);
            }
        }
        None
    }
}

/// The first stream, whole, and what is behind it.
fn stream(bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (lengths, rest) = bytes.split_first_chunk::<8>()?;
    let length =
        |at: usize| Some(u32::from_le_bytes(lengths.get(at..at + 4)?.try_into().ok()?) as usize);
    let (packed, rest) = rest.split_at_checked(length(0)?)?;
    let mut plain = Vec::new();
    ZlibDecoder::new(packed).take(length(4)? as u64).read_to_end(&mut plain).ok()?;
    (plain.len() == length(4)?).then_some((plain, rest))
}
