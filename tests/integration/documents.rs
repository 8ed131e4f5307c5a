//! The documents that people read: links lead somewhere, and the tests behind the promises of SECURITY.md are there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn links_lead_to_files_and_headings() {
    let mut links = 0;
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        for link in links_of(&text) {
            links += 1;
            let (path, heading) = link.split_once('#').unwrap_or((&link, ""));
            let target = match path {
                "" => document.clone(),
                path => document.parent().unwrap().join(path),
            };
            assert!(target.exists(), "{}: {link} leads nowhere", document.display());
            if !heading.is_empty() {
                let there = headings_of(&fs::read_to_string(&target).unwrap());
                assert!(
                    there.contains(heading),
                    "{}: {link} leads to none of {there:?}",
                    document.display()
                );
            }
        }
    }
    assert!(links >= 30, "only {links} links were found");
}

#[test]
fn the_tests_behind_the_promises_are_there() {
    let text = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let (_, promises) = text.split_once("\n## What is promised\n").unwrap();
    let (promises, _) = promises.split_once("\n## ").unwrap();
    let mut missing = Vec::new();
    for promise in promises.split("\n- ").skip(1) {
        let promise = promise.split("\n\n").next().unwrap();
        let named: Vec<&str> =
            promise.split('`').filter(|it| it.ends_with(".rs") && !it.contains(' ')).collect();
        assert!(!named.is_empty(), "no test is named for: {promise}");
        for test in named {
            let path = match test.strip_prefix("tests/") {
                Some(_) => root().join(test),
                None => root().join("tests/hostile").join(test),
            };
            if !is_test(&path) {
                missing.push(test.to_owned());
            }
        }
    }
    assert!(missing.is_empty(), "SECURITY.md names tests that are not there: {missing:?}");
}

/// What was promised once and is not true: the programs that the command starts inherit its environment, a `kill -9` leaves a folder until
/// the next start, and names can say more than their owner wants to tell.
#[test]
fn what_no_test_can_show_is_not_promised_again() {
    const STRUCK: [&str; 6] = [
        "and only the command",
        "leaves nothing behind",
        "must lead below",
        "nothing secret can be",
        "can vouch for AWS's hosts only",
        "never leaves memory",
    ];
    let mut files = documents();
    files.extend(files_below(&root().join("src")));
    for file in files {
        // The change itself may say what it struck.
        if file.ends_with("CHANGELOG.md") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let text = text.replace("//!", " ").replace("///", " ");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for phrase in STRUCK {
            assert!(!text.contains(phrase), "{}: {phrase:?}", file.display());
        }
    }
}

/// Whether a file has tests, and its module is in those of its folder (a file of `tests` itself needs none).
fn is_test(path: &Path) -> bool {
    let folder = path.parent().unwrap();
    let name = path.file_stem().unwrap().to_string_lossy();
    let declared = ["mod.rs", "main.rs"].iter().any(|it| {
        let text = fs::read_to_string(folder.join(it)).unwrap_or_default();
        text.lines().any(|line| line == format!("mod {name};"))
    });
    let text = fs::read_to_string(path).unwrap_or_default();
    text.contains("#[test]") && (declared || folder == root().join("tests"))
}

/// What people read: at the root, in `docs`, and beside packages and data.
fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["", "docs", "data", "packaging", "packaging/github-action"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|it| it == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else if path.extension().is_some_and(|it| it == "rs") {
            files.push(path);
        }
    }
    files
}

/// Links within the repository: `[text](path#heading)`, outside of code.
fn links_of(text: &str) -> Vec<String> {
    let mut links = Vec::new();
    for line in prose(text) {
        for part in line.split("](").skip(1) {
            let link = part.split(')').next().unwrap();
            if !link.contains("://") {
                links.push(link.to_owned());
            }
        }
    }
    links
}

/// Headings as GitHub names them: lower case, spaces as hyphens, no punctuation.
fn headings_of(text: &str) -> BTreeSet<String> {
    let headings = prose(text).filter_map(|line| {
        let (marks, heading) = line.split_once(' ')?;
        let is_heading = !marks.is_empty() && marks.bytes().all(|it| it == b'#');
        is_heading.then_some(heading)
    });
    let named = headings.map(|heading| {
        let kept = heading.trim().to_lowercase().replace(' ', "-");
        kept.chars().filter(|it| it.is_alphanumeric() || matches!(it, '-' | '_')).collect()
    });
    named.collect()
}

/// The lines outside of fenced and indented code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fence && !fenced && !line.starts_with("    ")
    })
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
