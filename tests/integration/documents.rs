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
                None => root().join("tests/integration/hostile").join(test),
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

/// A file of tests that no module names is compiled by nobody, and one beside `integration` is a program of its own, which is linked for
/// itself and which no part of `scripts/test` runs.
#[test]
fn every_file_of_tests_is_in_the_one_program() {
    let files = files_below(&root().join("tests/integration"));
    let modules = files.iter().filter(|it| !it.ends_with("main.rs"));
    let strays: Vec<_> = modules.filter(|it| !is_declared(it)).collect();
    assert!(strays.is_empty(), "no module of them: {strays:?}");
    assert!(files.len() > 60, "only {} files were found", files.len());
    let beside = fs::read_dir(root().join("tests")).unwrap().map(|entry| entry.unwrap().path());
    let programs: Vec<_> = beside
        .filter(|it| it.extension().is_some_and(|it| it == "rs") || it.join("main.rs").exists())
        .collect();
    assert_eq!(programs, [root().join("tests/integration")]);
}

/// What a part of `scripts/test` runs is there, so that none is empty by mistake; `cli` runs what no other does.
#[test]
fn the_parts_of_the_test_run_are_modules() {
    let script = fs::read_to_string(root().join("scripts/test")).unwrap();
    let main = fs::read_to_string(root().join("tests/integration/main.rs")).unwrap();
    let mut named = 0;
    for line in script.lines().filter(|line| line.starts_with("modules_")) {
        let (_, modules) = line.split_once('=').unwrap();
        for module in modules.trim_matches('\'').split('|') {
            named += 1;
            let top = format!("mod {};", module.split("::").next().unwrap());
            assert!(main.lines().any(|it| it == top), "scripts/test runs {module}");
        }
    }
    assert!(named > 15, "only {named} modules are named");
}

/// Commands that people and workflows copy name a program of tests that there is.
#[test]
fn commands_name_the_program_of_tests() {
    let mut files = documents();
    files.extend(["ci.yml", "release.yml"].map(|it| root().join(".github/workflows").join(it)));
    files.extend(["test", "fuzz", "measure"].map(|it| root().join("scripts").join(it)));
    files.push(root().join("tests/authorize/README.md"));
    let mut commands = 0;
    for file in files {
        // What was said of a version stays as it was.
        if file.ends_with("CHANGELOG.md") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let words: Vec<&str> = text.split([' ', '\n', '`']).collect();
        for named in words.windows(2).filter(|it| it[0] == "--test").map(|it| it[1]) {
            commands += 1;
            assert_eq!(named, "integration", "{}", file.display());
        }
    }
    assert!(commands >= 8, "only {commands} commands were found");
}

/// Whether a file has tests and is compiled.
fn is_test(path: &Path) -> bool {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.contains("#[test]") && is_declared(path)
}

/// Whether the module of a file is in those of its folder.
fn is_declared(path: &Path) -> bool {
    // `proxy/mod.rs` is the module `proxy` of the folder above.
    let is_folder = path.ends_with("mod.rs");
    let path = if is_folder { path.parent().unwrap() } else { path };
    let name = path.file_stem().unwrap().to_string_lossy();
    ["mod.rs", "main.rs"].iter().any(|it| {
        let text = fs::read_to_string(path.with_file_name(it)).unwrap_or_default();
        let named = format!("mod {name};");
        text.lines().any(|line| line == named || line == format!("pub(crate) {named}"))
    })
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
