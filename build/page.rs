//! Joins what lies in `src/report/page`: the frame, the style and the scripts become one page, in which the browser is told the hashes of
//! style and script, so that it runs no other (<https://www.w3.org/TR/CSP3/#match-element-to-source-list>).

use std::fs;
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::ZlibEncoder;

/// No page is larger without its data.
const LARGEST: usize = 150_000;
/// Where the parts lie.
pub(crate) const FOLDER: &str = "src/report/page";
/// The frame, the style, and the scripts in the order in which they run; they share one scope.
pub(crate) const FILES: [&str; 10] = [
    "page.html",
    "page.css",
    "data.js",
    "dom.js",
    "filter.js",
    "graph.js",
    "time.js",
    "policy.js",
    "lists.js",
    "main.js",
];

/// The page without its data, compressed.
pub(crate) fn pack(folder: &Path) -> Result<Vec<u8>, String> {
    let read = |name: &str| {
        let path = folder.join(name);
        fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let frame = read("page.html")?;
    let style = shortened(&read("page.css")?);
    let mut script = String::from("\"use strict\";(()=>{\n");
    for name in &FILES[2..] {
        script.push_str(&shortened(&read(name)?));
    }
    script.push_str("})();\n");
    for (text, name) in [(&style, "page.css"), (&script, "the scripts")] {
        if text.contains("</") || text.contains("<!--") || text.contains("{{") {
            return Err(format!("src/report/page: {name} must not have </, <!-- or {{{{"));
        }
    }
    let mut page = frame;
    for (mark, value) in [
        ("{{script-hash}}", hash(&script)),
        ("{{style-hash}}", hash(&style)),
        ("{{style}}", style),
        ("{{script}}", script),
    ] {
        if page.matches(mark).count() != 1 {
            return Err(format!("src/report/page/page.html: {mark} must stand there once"));
        }
        page = page.replace(mark, &value);
    }
    if page.len() > LARGEST {
        return Err(format!("src/report/page: {} bytes are more than {LARGEST}", page.len()));
    }
    deflated(page.as_bytes())
}

/// Without indentation, empty lines and lines that are comments.
fn shortened(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| {
        let is_comment = line.starts_with("//") || line.starts_with("/*") && line.ends_with("*/");
        !line.is_empty() && !is_comment
    });
    lines.flat_map(|line| [line, "\n"]).collect()
}

fn hash(text: &str) -> String {
    format!("'sha256-{}'", base64(&sha256(text.as_bytes())))
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let at = |index: usize| u32::from(part.get(index).copied().unwrap_or_default());
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for letter in 0..4 {
            let index = (bits >> (18 - 6 * letter) & 63) as usize;
            text.push(if letter > part.len() { '=' } else { char::from(LETTERS[index]) });
        }
    }
    text
}

/// SHA-256, as FIPS 180-4 has it: the roots of the first primes, and 64 rounds for each 64 bytes.
fn sha256(message: &[u8]) -> [u8; 32] {
    let primes: Vec<u32> =
        (2_u32..312).filter(|n| (2..*n).all(|divisor| n % divisor != 0)).take(64).collect();
    let fraction = |root: f64| ((root - root.floor()) * 4_294_967_296.0) as u32;
    let constants: Vec<u32> = primes.iter().map(|it| fraction(f64::from(*it).cbrt())).collect();
    let mut state: Vec<u32> =
        primes.iter().take(8).map(|it| fraction(f64::from(*it).sqrt())).collect();
    let mut padded = message.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend((message.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks(64) {
        let mut words: Vec<u32> =
            block.chunks(4).map(|it| u32::from_be_bytes([it[0], it[1], it[2], it[3]])).collect();
        for index in 16..64 {
            let (early, late) = (words[index - 15], words[index - 2]);
            let one = early.rotate_right(7) ^ early.rotate_right(18) ^ early >> 3;
            let two = late.rotate_right(17) ^ late.rotate_right(19) ^ late >> 10;
            words.push(
                words[index - 16]
                    .wrapping_add(one)
                    .wrapping_add(words[index - 7])
                    .wrapping_add(two),
            );
        }
        let mut round = state.clone();
        for index in 0..64 {
            let (a, e) = (round[0], round[4]);
            let one = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let choice = e & round[5] ^ !e & round[6];
            let first = round[7]
                .wrapping_add(one)
                .wrapping_add(choice)
                .wrapping_add(constants[index])
                .wrapping_add(words[index]);
            let two = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let most = a & round[1] ^ a & round[2] ^ round[1] & round[2];
            round.rotate_right(1);
            round[4] = round[4].wrapping_add(first);
            round[0] = first.wrapping_add(two).wrapping_add(most);
        }
        state.iter_mut().zip(round).for_each(|(it, more)| *it = it.wrapping_add(more));
    }
    let mut digest = [0; 32];
    digest.chunks_mut(4).zip(state).for_each(|(it, word)| it.copy_from_slice(&word.to_be_bytes()));
    digest
}

/// AWS's pages that `data/rules` names above its tables, compressed: a line for each operation, and for each service (`*`) the page at the
/// head of its file.
pub(crate) fn pack_rule_pages(folder: &Path) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let files = fs::read_dir(folder).map_err(failed)?;
    let mut paths: Vec<_> = files.filter_map(|file| Some(file.ok()?.path())).collect();
    paths.sort();
    let mut lines = String::new();
    for path in paths.iter().filter(|it| it.extension().is_some_and(|it| it == "toml")) {
        let service = path.file_stem().and_then(|it| it.to_str()).unwrap_or_default();
        if service.starts_with('_') {
            continue;
        }
        let text = fs::read_to_string(path).map_err(failed)?;
        let mut operation = "*";
        // Comments that stand above a table are of it; others are of the table that they stand in.
        let (mut pending, mut has_page): (Option<&str>, bool) = (None, false);
        for line in text.lines().chain([""]) {
            let header = line.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
            if line.starts_with('#') {
                pending = pending.or_else(|| address(line));
                continue;
            }
            let is_header = header.is_some();
            if let Some(name) = header {
                operation = name;
                has_page = false;
            }
            if let Some(page) = pending.take().filter(|_| !has_page || is_header) {
                has_page = true;
                if !matches!(operation, "definitions" | "prefixes" | "variables") {
                    lines.push_str(&format!("{service} {operation} {page}\n"));
                }
            }
        }
    }
    deflated(lines.as_bytes())
}

/// The page of AWS's documentation that a comment names, below `https://docs.aws.amazon.com/`.
fn address(comment: &str) -> Option<&str> {
    let (_, rest) = comment.split_once("https://docs.aws.amazon.com/")?;
    let end = rest.find(|it: char| it.is_whitespace() || "<>()[]\"',;`".contains(it));
    Some(rest[..end.unwrap_or(rest.len())].trim_end_matches(['.', ':'])).filter(|it| !it.is_empty())
}

pub(crate) fn deflated(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).map_err(|error| error.to_string())?;
    encoder.finish().map_err(|error| error.to_string())
}
