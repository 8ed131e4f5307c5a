//! The documents that people read: links lead somewhere, and the tests behind the promises of SECURITY.md are there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn links_lead_to_files_and_headings() {
    let (mut links, mut headings) = (0, 0);
    let mut broken = Vec::new();
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        for link in links_of(&text) {
            links += 1;
            headings += usize::from(link.contains('#'));
            if let Some(why) = fault_of(&document, &link) {
                broken.push(format!("{}: {link} {why}", document.display()));
            }
        }
    }
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
    assert!(
        links >= 40 && headings >= 15,
        "only {links} links, {headings} to headings, were found"
    );
}

/// What the other test relies on: links are found however they are written, headings are named as GitHub names them, and what leads
/// nowhere is told.
#[test]
fn links_and_headings_are_read_as_github_reads_them() {
    let text = "[a](b.md#c) and\n[d\ne](f.md \"title\"), ![g](h.png) [i](<j k.md>) [l](https://m.example/n.md)\n\
        [o]: p.md#q\n`[r](s.md)` and ``[t](`u.md)``\n```\n[v](w.md)\n```\n    [x](y.md)\n- a\n  [z](last.md)\n";
    assert_eq!(
        links_of(text),
        ["b.md#c", "f.md", "h.png", "j k.md", "last.md", "p.md#q"],
        "in the order of inline links, then definitions"
    );
    let text = "# A, *b* and `c_d`!\n## [Linked](e.md) twice\n## Linked twice ##\n```\n# code\n```\n#no\n<a id=\"own\"></a>\n";
    let expected = ["a-b-and-c_d", "linked-twice", "linked-twice-1", "own"];
    assert_eq!(headings_of(text), expected.map(str::to_owned).into());
    let readme = root().join("README.md");
    assert_eq!(fault_of(&readme, "docs/ci.md"), None);
    assert_eq!(fault_of(&readme, "#install"), None);
    assert!(fault_of(&readme, "docs/none.md").is_some());
    assert!(fault_of(&readme, "docs/ci.md#none").is_some());
    assert!(fault_of(&readme, "../outside.md").is_some());
}

/// ARCHITECTURE.md names files that are there, and each room.
#[test]
fn the_picture_of_the_house_is_true() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let named: BTreeSet<&str> = text.split('`').skip(1).step_by(2).collect();
    let is_path = |it: &&&str| {
        it.contains('/') && !it.contains("SERVICE") && !it.contains(char::is_whitespace)
    };
    let paths: Vec<_> = named.iter().filter(is_path).filter(|it| it.contains("src/")).collect();
    assert!(paths.len() >= 30, "only {} paths were found", paths.len());
    let missing: Vec<_> = paths.iter().filter(|it| !root().join(it).exists()).collect();
    assert!(missing.is_empty(), "not there: {missing:?}");
    let rooms = fs::read_dir(root().join("src")).unwrap().map(|it| it.unwrap().path());
    let rooms = rooms.map(|it| it.file_stem().unwrap().to_string_lossy().into_owned());
    for room in rooms.filter(|it| !matches!(&**it, "lib" | "main")) {
        assert!(named.contains(&*room), "ARCHITECTURE.md does not name the room {room}");
    }
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
            // `chores` are those of xtask, `programs` those with the SDK for Rust.
            let is_one = ["integration", "chores", "programs"].contains(&named);
            assert!(is_one, "{named} in {}", file.display());
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

/// What is wrong with a link in a document, unless it leads to a file of the repository, and there to a heading.
fn fault_of(document: &Path, link: &str) -> Option<String> {
    let (path, heading) = link.split_once('#').unwrap_or((link, ""));
    let target = match path {
        "" => document.to_owned(),
        path => document.parent().unwrap().join(path),
    };
    let Ok(target) = target.canonicalize() else { return Some("leads nowhere".to_owned()) };
    if !target.starts_with(root().canonicalize().unwrap()) {
        return Some("leads out of the repository".to_owned());
    }
    if heading.is_empty() {
        return None;
    }
    let there = headings_of(&fs::read_to_string(&target).unwrap_or_default());
    (!there.contains(heading)).then(|| format!("leads to none of {there:?}"))
}

/// Links within the repository, outside of code: `[text](path#heading)`, `[text](<path>)`, `[text](path "title")`; then the
/// definitions of others, `[name]: path`.
fn links_of(text: &str) -> Vec<String> {
    let text = without_code_spans(&prose(text).collect::<Vec<_>>().join("\n"));
    let inline = text.split("](").skip(1).map(|rest| match rest.strip_prefix('<') {
        Some(rest) => rest.split('>').next().unwrap(),
        None => rest.split([')', ' ']).next().unwrap(),
    });
    let definitions = text.lines().filter_map(|line| {
        let (_, target) = line.strip_prefix('[')?.split_once("]: ")?;
        target.split(' ').next()
    });
    let links = inline.chain(definitions);
    links.filter(|link| !link.contains(':')).map(str::to_owned).collect()
}

/// The text without what stands between equally many backticks.
fn without_code_spans(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('`') {
        let fence = rest[start..].bytes().take_while(|it| *it == b'`').count();
        let (mark, behind) = rest[start..].split_at(fence);
        kept.push_str(&rest[..start]);
        match behind.find(mark) {
            Some(end) => rest = &behind[end + fence..],
            None => rest = behind,
        }
    }
    kept + rest
}

/// Headings as GitHub names them: lower case, spaces as hyphens, no punctuation, a number on the second of the same name; and anchors of our own.
fn headings_of(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in prose(text) {
        if let Some((_, id)) = line.split_once("<a id=\"") {
            found.extend(id.split('"').next().map(str::to_owned));
        }
        let Some((marks, heading)) = line.split_once(' ') else { continue };
        if marks.is_empty() || marks.len() > 6 || !marks.bytes().all(|it| it == b'#') {
            continue;
        }
        let heading = shown(heading.trim().trim_end_matches(" #").trim_end_matches('#').trim());
        let kept = heading.to_lowercase().replace(' ', "-");
        let name: String =
            kept.chars().filter(|it| it.is_alphanumeric() || matches!(it, '-' | '_')).collect();
        let again = (1..).map(|number| format!("{name}-{number}"));
        found.extend(std::iter::once(name.clone()).chain(again).find(|it| !found.contains(it)));
    }
    found
}

/// A heading as it is shown: of links, their text.
fn shown(heading: &str) -> String {
    let mut parts = heading.split("](");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(part.split_once(')').map_or("", |(_, rest)| rest));
    }
    text
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
