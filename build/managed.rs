//! Packs the documents of AWS's managed policies (`data/managed/policies.txt`) for `src/managed`.
//!
//! Three streams, each compressed, behind its lengths (packed and not, 32 bits each, little-endian): every distinct string of an `Action`,
//! sorted, a line each; numbers of these strings, as `Action` and `NotAction` have them; and the lines of the text without these strings.
//! That is a third less than the compressed text. What cannot be attached keeps its first line alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::ZlibEncoder;

/// Policies below this path belong to service-linked roles; nobody can attach them to anything else
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html>, `PolicyNotAttachable`).
const OF_SERVICE_LINKED_ROLES: &str = "/aws-service-role/";

/// Packs them, or tells which line is wrong.
pub(crate) fn pack(file: &Path) -> Result<Vec<u8>, String> {
    let failed = |problem: String| format!("{}: {problem}", file.display());
    let text = fs::read_to_string(file).map_err(|error| failed(error.to_string()))?;
    let lines = attachable(&text).map_err(failed)?;
    let strings = lines.iter().filter_map(|line| actions(line)).flat_map(|(_, it)| it.split(' '));
    let distinct: BTreeSet<&str> = strings.collect();
    let numbers: BTreeMap<&str, usize> =
        distinct.iter().enumerate().map(|(number, action)| (*action, number)).collect();
    let (mut elements, mut rest, mut before) = (Vec::new(), String::new(), 0_usize);
    for line in &lines {
        match actions(line) {
            Some((name, strings)) => {
                rest.push_str(&format!("  {name}\n"));
                varint(&mut elements, strings.split(' ').count());
                for number in strings.split(' ').filter_map(|it| numbers.get(it).copied()) {
                    varint(&mut elements, zigzag(before, number));
                    before = number;
                }
            }
            None => {
                rest.push_str(line);
                rest.push('\n');
            }
        }
    }
    let distinct: Vec<&str> = distinct.into_iter().collect();
    let mut packed = Vec::new();
    for stream in [distinct.join("\n").as_bytes(), &elements, rest.as_bytes()] {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(stream).map_err(|error| error.to_string())?;
        let bytes = encoder.finish().map_err(|error| error.to_string())?;
        packed.extend((bytes.len() as u32).to_le_bytes());
        packed.extend((stream.len() as u32).to_le_bytes());
        packed.extend(bytes);
    }
    Ok(packed)
}

/// The lines without those of documents that nobody can attach.
fn attachable(text: &str) -> Result<Vec<&str>, String> {
    let (mut lines, mut keeps) = (Vec::new(), false);
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
        let words: Vec<&str> = line.split(' ').collect();
        let is_header = !line.starts_with(' ');
        let fits = match *words.as_slice() {
            [_, path, _, _] if is_header => path.starts_with('/') && path.ends_with('/'),
            ["", "Allow" | "Deny", _] => true,
            ["", "", "Action" | "NotAction" | "Resource" | "NotResource" | "Condition", _, ..] => {
                true
            }
            _ => false,
        };
        if !fits {
            return Err(format!("line {}: it is none of a policy's", number + 1));
        }
        if is_header {
            keeps = words.get(1) != Some(&OF_SERVICE_LINKED_ROLES);
        }
        if keeps || is_header {
            lines.push(line);
        }
    }
    Ok(lines)
}

/// The element of a line of actions, and its strings.
fn actions(line: &str) -> Option<(&str, &str)> {
    let (name, strings) = line.strip_prefix("  ")?.split_once(' ')?;
    matches!(name, "Action" | "NotAction").then_some((name, strings))
}

/// How far it is from one number to another, small where both are near.
fn zigzag(from: usize, to: usize) -> usize {
    if to >= from { (to - from) * 2 } else { (from - to) * 2 - 1 }
}

fn varint(bytes: &mut Vec<u8>, mut number: usize) {
    while number > 127 {
        bytes.push(number as u8 & 127 | 128);
        number >>= 7;
    }
    bytes.push(number as u8);
}
