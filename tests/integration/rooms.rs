//! The plan of the house, held: which room of `src/` may import which, and what the pure rooms never
//! touch. The sources are read as tokens, so that comments and strings say nothing.

// Only functions marked as tests may unwrap by themselves; here everything is a test.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::str::FromStr;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A room, and the rooms that it may import beside itself.
const ROOMS: &[(&str, &[&str])] = &[
    ("call", &[]),
    // What somebody else chose, fit to be shown: whatever shows something needs it.
    ("text", &[]),
    // Patterns with `*` and `?`: rules of the catalogue, denials and policies all have them.
    ("wildcard", &[]),
    // Files, read without waiting for what they are; and whose they are.
    ("reading", &[]),
    ("ownership", &[]),
    // Files that are replaced whole, and certificates as text: what each of several rooms wrote by itself.
    ("replace", &[]),
    ("pem", &[]),
    ("catalog", &[]),
    ("recognize", &["call", "catalog"]),
    // What a refused caller is answered depends on its service, and on how its request speaks.
    ("refuse", &["catalog", "recognize"]),
    ("authorize", &["call", "catalog", "wildcard"]),
    ("policy", &["authorize", "wildcard"]),
    // What a run made is known by the catalogue; it turns requirements into what the policy gets, and into what its judge knows.
    ("made", &["call", "catalog", "authorize", "policy", "evaluate"]),
    ("evaluate", &["policy", "wildcard"]),
    // AWS's managed policies, packed; the catalogue knows what release they are from.
    ("managed", &["catalog"]),
    // They are held against what was recorded, as any policy is, and what they allow beside is counted among all actions.
    ("nearest", &["managed", "catalog", "evaluate", "policy", "wildcard"]),
    // Policies' files, read with what is wrong with them: what several subcommands are given.
    ("policies", &["evaluate", "reading"]),
    // Rules of the user's own take the place of those of the catalogue.
    ("rules", &["catalog", "reading", "text"]),
    ("render", &["policy", "text"]),
    // Events of CloudTrail are decided as they are read, each that is different once.
    ("recording", &["call", "recognize", "catalog", "authorize", "ownership", "reading", "text"]),
    (
        "session",
        &[
            "call",
            "catalog",
            "recognize",
            "authorize",
            "policy",
            "evaluate",
            "made",
            "render",
            "recording",
            "text",
            "wildcard",
        ],
    ),
    // Calls are held against policies of all kinds before they go on: what they need, who asks, and what a refused one gets.
    (
        "enforce",
        &[
            "session",
            "made",
            "evaluate",
            "policy",
            "authorize",
            "recording",
            "refuse",
            "recognize",
            "catalog",
            "call",
        ],
    ),
    (
        "report",
        &[
            "session",
            "enforce",
            // What AWS says of a policy is told beside what we say.
            "judge",
            "aws",
            "made",
            "managed",
            "nearest",
            "policy",
            "evaluate",
            "catalog",
            "recording",
            "render",
            "call",
            "authorize",
            "text",
            "wildcard",
        ],
    ),
    // What it keeps current are calls and what they need.
    (
        "output",
        &[
            "session",
            "policy",
            "render",
            "recording",
            "call",
            "authorize",
            "ownership",
            "reading",
            "replace",
            "text",
        ],
    ),
    // Asking AWS or a stand-in, over connections that somebody else makes.
    ("aws", &[]),
    // What lies at AWS, given as streams of bytes to whoever reads recordings: it is reached as the proxy reaches upstreams.
    ("remote", &["aws", "capture", "catalog", "nearest", "recording"]),
    // A role that lives for one experiment: it is asked of AWS, noted on disk, and judged by what was refused.
    (
        "trial",
        &[
            "aws",
            "authorize",
            "catalog",
            "evaluate",
            "output",
            "reading",
            "remote",
            "replace",
            "session",
            "text",
        ],
    ),
    // AWS asked about needs and policies; its answers are values, which `report` tells.
    ("judge", &["aws", "remote", "catalog", "evaluate", "policy", "wildcard"]),
    ("capture", &["call", "ownership", "pem", "reading", "replace"]),
    // What the demo deploys, and what stands in for AWS meanwhile; it asks through the proxy, as any client does.
    ("demo", &["aws", "capture"]),
    ("view", &["text"]),
    (
        "live",
        &[
            // What a stand-in has is read from it.
            "aws",
            "capture",
            "recognize",
            "authorize",
            "policy",
            // What the proxy asks, and what becomes of the verdicts.
            "enforce",
            "evaluate",
            "refuse",
            "session",
            "report",
            "output",
            "view",
            "catalog",
            "call",
            "text",
        ],
    ),
    ("clients", &["output", "ownership", "pem", "reading", "replace", "text"]),
    // Its files lie where nobody else can lay any, and it heeds signals as whoever prints does.
    // And what a command writes on a terminal of its own, the view shows.
    ("child", &["clients", "output", "ownership", "view"]),
    // `--version` says of when what is known of AWS is.
    ("cli", &["catalog", "ownership", "text"]),
    ("commands", ANY),
    ("main", &[]),
    ("lib", ANY),
];
const ANY: &[&str] = &["*"];

/// What `policy` may know of `authorize`: the values that it is handed, not how they are decided.
const AUTHORIZE_TYPES: &[&str] = &["Requirement", "Conditions", "Reason", "Certainty"];

/// The pure rooms: bytes and values in, values out.
const PURE: &[&str] = &[
    "call",
    "text",
    "wildcard",
    "catalog",
    "recognize",
    "refuse",
    "authorize",
    "policy",
    "made",
    "managed",
    "nearest",
    "evaluate",
    "render",
    "session",
    "enforce",
    "report",
    "judge::questions",
    "judge::opinions",
    "judge::findings",
    "judge::keys",
    "judge::own",
    "view::frame",
];

/// What no pure room names: files, sockets, environment, clock, processes, threads, async, randomness.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "SystemTime::now",
    "Instant::now",
    "tokio",
    "socket2",
    "tempfile",
    "crossterm",
    "rustix",
    "signal_hook",
    "rand",
    "getrandom",
];

/// Addresses are values; only sockets are not.
const PURE_AFTER_ALL: &[&str] = &["std::net::IpAddr", "std::net::Ipv4Addr", "std::net::Ipv6Addr"];

#[test]
fn rooms_import_only_what_the_plan_allows() {
    let files = sources();
    let faults: Vec<String> = files.iter().flat_map(|(file, text)| faults_of(file, text)).collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn no_two_files_import_each_other_in_a_loop() {
    let imports = imports_of(&sources());
    assert!(imports.len() >= 150, "only {} files import others", imports.len());
    let found: Vec<String> =
        loops_in(&imports).iter().map(|members| described(members, &imports)).collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

/// Every file of `src/`, named as under it, with its text.
fn sources() -> Vec<(String, String)> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    each_rust_file(&source, &mut |path, text| {
        let file = path.strip_prefix(&source).unwrap().to_string_lossy().replace('\\', "/");
        files.push((file, text.to_owned()));
    });
    assert!(files.len() >= ROOMS.len(), "only {} files were read", files.len());
    files
}

fn each_rust_file(folder: &Path, visit: &mut impl FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            each_rust_file(&path, visit);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            visit(&path, &fs::read_to_string(&path).unwrap());
        }
    }
}

/// The sentences to say about a file, named as under `src/`.
fn faults_of(file: &str, text: &str) -> Vec<String> {
    let module = module_of(file);
    if module.iter().any(|name| name == "tests") {
        return Vec::new(); // `#[cfg(test)] mod tests;` in a file of its own
    }
    let room = module.first().cloned().unwrap_or_default();
    let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
        return vec![format!("src/{file}: the room `{room}` is not in the plan (tests/rooms.rs)")];
    };
    let tokens = match TokenStream::from_str(text) {
        Ok(tokens) => tokens,
        Err(error) => return vec![format!("src/{file}: is not Rust: {error}")],
    };
    let mut paths = Vec::new();
    collect_paths(without_tests(tokens), &[], &mut paths);

    let pure = PURE.iter().any(|name| is_under(&module, name));
    let mut faults = Vec::new();
    for Named { path, line, .. } in paths {
        let spelt = path.join("::");
        if let Some(ours) = in_our_crate(&path, &module)
            && let Some(target) = ours.first()
            && *target != room
            && *allowed != ANY
        {
            // A path such as `crate::Error` that names no room is not this test's business.
            let is_room = ROOMS.iter().any(|(name, _)| name == target);
            if is_room && !allowed.contains(&target.as_str()) {
                faults.push(format!(
                    "src/{file}:{line}: `{room}` may not import `{target}` (`{spelt}`)"
                ));
            } else if room == "policy"
                && target == "authorize"
                && !ours.get(1).is_some_and(|name| AUTHORIZE_TYPES.contains(&name.as_str()))
            {
                faults.push(format!(
                    "src/{file}:{line}: `policy` may import only the types of `authorize` (`{spelt}`)"
                ));
            }
        }
        if pure && let Some(impure) = IMPURE.iter().find(|name| names(&path, name)) {
            if !PURE_AFTER_ALL.iter().any(|name| names(&path, name)) {
                faults.push(format!(
                    "src/{file}:{line}: `{}` is pure and may not name `{impure}` (`{spelt}`)",
                    module.join("::")
                ));
            }
        } else if path[0] == "crossterm" && !is_under(&module, "view::terminal") {
            faults.push(format!(
                "src/{file}:{line}: only `view::terminal` may name `crossterm` (`{spelt}`)"
            ));
        }
    }
    faults
}

/// `authorize/requirement.rs` → authorize, requirement; `authorize/mod.rs` → authorize.
fn module_of(file: &str) -> Vec<String> {
    let file = file.trim_end_matches(".rs").trim_end_matches("/mod");
    file.split('/').map(str::to_owned).collect()
}

fn is_under(module: &[String], name: &str) -> bool {
    let name: Vec<&str> = name.split("::").collect();
    module.len() >= name.len() && name.iter().zip(module).all(|(a, b)| a == b)
}

/// Whether a path names this, or something in it. `SystemTime::now` may be reached by any path.
fn names(path: &[String], what: &str) -> bool {
    let what: Vec<&str> = what.split("::").collect();
    let from_the_front = what[0].starts_with(|c: char| c.is_lowercase());
    let mut windows = path.windows(what.len());
    let same = |window: &[String]| window.iter().zip(&what).all(|(a, b)| a == b);
    if from_the_front { windows.next().is_some_and(same) } else { windows.any(same) }
}

/// A path within this crate, from its root: `crate::…`, `leastwise::…`, `self::…`, `super::…`.
fn in_our_crate<'a>(path: &'a [String], module: &'a [String]) -> Option<Vec<String>> {
    match path[0].as_str() {
        "crate" | "leastwise" => Some(path[1..].to_vec()),
        "self" | "super" => {
            let up = path.iter().filter(|name| *name == "super").count();
            let rest = path.iter().filter(|name| *name != "super" && *name != "self");
            let root = &module[..module.len().saturating_sub(up)];
            Some(root.iter().chain(rest).cloned().collect())
        }
        _ => None,
    }
}

struct Named {
    path: Vec<String>,
    /// The name after `as`, which an import goes by.
    renamed: Option<String>,
    line: usize,
}

/// Every path in the tokens, with the groups of `use` unfolded: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn collect_paths(tokens: TokenStream, prefix: &[String], paths: &mut Vec<Named>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is_colons = |at: usize| {
        let colon =
            |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == ':');
        colon(at) && colon(at + 1)
    };
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Group(group) => {
                collect_paths(group.stream(), &[], paths);
                at += 1;
            }
            TokenTree::Ident(word) if word == "pub" => {
                at += if says_how_far(tokens.get(at + 1)) { 2 } else { 1 };
            }
            TokenTree::Ident(word) if word == "mod" && is_inline_module(&tokens[at..]) => {
                if let Some(TokenTree::Group(inside)) = tokens.get(at + 2) {
                    collect_paths_of_inline_module(inside.stream(), paths);
                }
                at += 3;
            }
            TokenTree::Ident(first) => {
                let line = first.span().start().line;
                let mut path = prefix.to_vec();
                path.push(first.to_string());
                at += 1;
                let mut unfolded = false;
                while is_colons(at) {
                    match tokens.get(at + 2) {
                        Some(TokenTree::Ident(name)) => path.push(name.to_string()),
                        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                            collect_paths(group.stream(), &path, paths);
                            unfolded = true;
                        }
                        _ => break,
                    }
                    at += 3;
                }
                if !unfolded {
                    paths.push(Named { path, renamed: name_after_as(&tokens[at..]), line });
                }
            }
            _ => at += 1,
        }
    }
}

/// Whether this is what stands behind `pub` in `pub(super)` and `pub(in crate::recognize)`.
fn says_how_far(token: Option<&TokenTree>) -> bool {
    let Some(TokenTree::Group(group)) = token else { return false };
    let words: Vec<String> = group.stream().into_iter().map(|word| word.to_string()).collect();
    match words.as_slice() {
        [only] => matches!(only.as_str(), "crate" | "super" | "self"),
        [first, ..] => first == "in",
        [] => false,
    }
}

/// Whether these tokens begin with `mod name { … }`.
fn is_inline_module(tokens: &[TokenTree]) -> bool {
    matches!(tokens.get(2), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace)
}

/// In a module that stands within a file, `super` is that file.
fn collect_paths_of_inline_module(tokens: TokenStream, paths: &mut Vec<Named>) {
    let mut inner = Vec::new();
    collect_paths(tokens, &[], &mut inner);
    for named in &mut inner {
        if named.path[0] == "super" {
            named.path[0] = "self".to_owned();
        }
    }
    paths.extend(inner);
}

fn name_after_as(tokens: &[TokenTree]) -> Option<String> {
    match tokens {
        [TokenTree::Ident(word), TokenTree::Ident(name), ..] if word == "as" => {
            Some(name.to_string())
        }
        _ => None,
    }
}

/// Which files each file imports, and where it first does: its line and the path that it spells.
type Imports = BTreeMap<String, BTreeMap<String, (usize, String)>>;

/// Read from every path, of an import or in an expression: the file imported is that of the longest part of the path
/// that names a module. So a name that `mod.rs` re-exports is imported from `mod.rs`, and `mod.rs` imports it from where it is
/// defined. That a module is declared is no import. Tests may import what they like.
fn imports_of(files: &[(String, String)]) -> Imports {
    let only_tests = modules_only_in_tests(files);
    let modules: Modules<'_> =
        files.iter().map(|(file, _)| (module_in_crate(file), file.as_str())).collect();
    let mut imports = Imports::new();
    for (file, text) in files {
        let module = module_in_crate(file);
        if module.iter().any(|name| name == "tests")
            || only_tests.iter().any(|test| module.starts_with(test))
        {
            continue;
        }
        let mut paths = Vec::new();
        collect_paths(without_tests(TokenStream::from_str(text).unwrap()), &[], &mut paths);
        let imported = imported_modules(&paths, &module, &modules);
        for Named { path, line, .. } in &paths {
            let Some(mut target) = in_crate(path, &module, &modules, &imported) else { continue };
            while !modules.contains_key(&target) && target.pop().is_some() {}
            if let Some(target) = modules.get(&target).filter(|target| *target != file) {
                let targets = imports.entry(file.clone()).or_default();
                targets.entry((*target).to_owned()).or_insert((*line, path.join("::")));
            }
        }
    }
    imports
}

/// `lib.rs` is the root of the crate, `main.rs` stands beside it.
fn module_in_crate(file: &str) -> Vec<String> {
    if file == "lib.rs" { Vec::new() } else { module_of(file) }
}

/// The modules that their parent declares for tests: `#[cfg(test)] mod sweep;`.
fn modules_only_in_tests(files: &[(String, String)]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (file, text) in files {
        let words: Vec<&str> = text.split_whitespace().collect();
        for window in words.windows(3) {
            if window[0] == "#[cfg(test)]"
                && window[1] == "mod"
                && let Some(name) = window[2].strip_suffix(';')
            {
                let mut module = module_in_crate(file);
                module.push(name.to_owned());
                found.push(module);
            }
        }
    }
    found
}

type Modules<'a> = BTreeMap<Vec<String>, &'a str>;

/// The modules that a file imports by name, so that it can say `naming::letters`.
fn imported_modules(
    paths: &[Named],
    module: &[String],
    modules: &Modules<'_>,
) -> BTreeMap<String, Vec<String>> {
    let mut imported = BTreeMap::new();
    for Named { path, renamed, .. } in paths {
        if let Some(target) = in_crate(path, module, modules, &BTreeMap::new())
            && modules.contains_key(&target)
            && let Some(own) = target.last()
        {
            imported.insert(renamed.clone().unwrap_or_else(|| own.clone()), target);
        }
    }
    imported
}

/// A path from the root of the crate, if it leads into the crate: what `crate::…`, `super::…` and so on say, what begins
/// with a module declared here or with an imported one.
fn in_crate(
    path: &[String],
    module: &[String],
    modules: &Modules<'_>,
    imported: &BTreeMap<String, Vec<String>>,
) -> Option<Vec<String>> {
    if let Some(ours) = in_our_crate(path, module) {
        return Some(ours);
    }
    let (first, rest) = path.split_first()?;
    // A name that stands alone is a variable's as likely as a module's.
    if rest.is_empty() {
        return None;
    }
    let declared: Vec<String> = module.iter().chain([first]).cloned().collect();
    let start = if modules.contains_key(&declared) { Some(&declared) } else { imported.get(first) };
    let rest = rest.iter().filter(|name| *name != "self");
    start.map(|start| start.iter().chain(rest).cloned().collect())
}

/// The sets of files each of which can be reached from each other one.
fn loops_in(imports: &Imports) -> Vec<BTreeSet<String>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        imports.keys().map(|file| (file.as_str(), reached_from(file, imports))).collect();
    let mut loops: Vec<BTreeSet<String>> = Vec::new();
    for (file, targets) in &reached {
        let is_in = |other: &&&str| reached.get(**other).is_some_and(|it| it.contains(file));
        let members: BTreeSet<String> =
            targets.iter().filter(is_in).map(|other| (*other).to_owned()).collect();
        if !members.is_empty() && !loops.contains(&members) {
            loops.push(members);
        }
    }
    loops
}

fn reached_from<'a>(file: &str, imports: &'a Imports) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![file];
    while let Some(next) = open.pop() {
        for target in imports.get(next).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(target.as_str()) {
                open.push(target);
            }
        }
    }
    reached
}

/// The sentence to say about a loop: its files and what each imports of the others.
fn described(members: &BTreeSet<String>, imports: &Imports) -> String {
    let mut said = format!("{} files import each other in a loop:", members.len());
    for file in members {
        let targets = imports[file].iter().filter(|(target, _)| members.contains(*target));
        for (target, (line, spelt)) in targets {
            said += &format!("\n  src/{file}:{line} imports src/{target} (`{spelt}`)");
        }
    }
    said
}

#[test]
fn a_loop_is_found_and_said_with_what_closes_it() {
    let said = |files: &[(&str, &str)]| {
        let files: Vec<_> =
            files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
        let imports = imports_of(&files);
        let loops = loops_in(&imports);
        loops.iter().map(|members| described(members, &imports)).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(
        said(&[
            ("policy/mod.rs", "mod one;\nmod two;\npub use one::One;"),
            ("policy/one.rs", "use super::two::Two; struct One;"),
            ("policy/two.rs", "//\nfn f(one: super::One) {}"),
        ]),
        "3 files import each other in a loop:\n  \
         src/policy/mod.rs:3 imports src/policy/one.rs (`one::One`)\n  \
         src/policy/one.rs:1 imports src/policy/two.rs (`super::two::Two`)\n  \
         src/policy/two.rs:2 imports src/policy/mod.rs (`super::One`)"
    );
    let call = ("call.rs", "use crate::text::shown;");
    for text in [
        "use crate::call::Call;",
        "use crate::{call as seen, view}; fn f() { seen::Call::new() }",
        "mod unix { fn f() { super::super::call::x() } }",
        "macro_rules! a { () => { $crate::call::Call } }",
    ] {
        assert_ne!(said(&[call, ("text.rs", text)]), "", "{text}");
    }
    for text in [
        "mod inner; fn f() { inner::g() } // crate::call",
        "#[cfg(test)]\nmod sweep;",
        "#[cfg(test)] mod tests { use crate::call::Call; }",
        "fn f(call: u8) { call.to_string() }",
        "pub(in crate::call) fn f() {}",
    ] {
        let (inner, sweep) =
            (("text/inner.rs", "use std::fmt;"), ("text/sweep.rs", "use crate::call;"));
        let call = ("call.rs", "use crate::text::sweep; use crate::text::shown;");
        let files: &[_] = if text.contains("sweep") {
            &[call, ("text.rs", text), sweep]
        } else {
            &[call, ("text.rs", text), inner]
        };
        assert_eq!(said(files), "", "{text}");
    }
}

/// The tokens without modules, functions and imports that exist only in tests: `#[cfg(test)]` and the
/// item after it.
fn without_tests(tokens: TokenStream) -> TokenStream {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let is_test = matches!(&tokens[at], TokenTree::Punct(p) if p.as_char() == '#')
            && matches!(tokens.get(at + 1), Some(TokenTree::Group(attribute))
                if attribute.stream().to_string().replace(' ', "") == "cfg(test)");
        if !is_test {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        at += 2;
        // The item ends with its braces or with a semicolon.
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token {
                TokenTree::Punct(p) if p.as_char() == ';' => break,
                TokenTree::Group(g) if g.delimiter() == Delimiter::Brace => break,
                _ => {}
            }
        }
    }
    kept.into_iter().collect()
}

#[test]
fn a_fault_is_found_and_said_with_file_and_line() {
    let said = |file: &str, text: &str| faults_of(file, text).join("\n");
    assert_eq!(
        said("call.rs", "//! crate::catalog\n\nuse crate::catalog::Catalog;"),
        "src/call.rs:3: `call` may not import `catalog` (`crate::catalog::Catalog`)"
    );
    for (file, text) in [
        ("policy/build.rs", "use crate::{authorize::Requirement, catalog::Catalog};"),
        ("policy/build.rs", "fn f(a: super::super::capture::csm::Listener) {}"),
        ("policy/build.rs", "use crate::authorize::Authorizer;"),
        ("view/mod.rs", "use crate::capture::csm;"),
        ("child/mod.rs", "use crate::live;"),
        ("main.rs", "fn main() { leastwise::capture::listen() }"),
        ("call.rs", "use std::{fmt, fs::File};"),
        ("call.rs", "use std::time; fn f() { time::Instant::now(); }"),
        ("call.rs", "fn f() { format!(\"{}\", std::env::var(\"HOME\")); }"),
        ("recognize/csm.rs", "use std::net::UdpSocket;"),
        ("recognize/csm.rs", "use tokio::net;"),
        ("view/frame.rs", "fn f() { std::thread::yield_now() }"),
        ("view/mod.rs", "use crossterm::style::Color;"),
        ("cellar/mod.rs", ""),
    ] {
        assert_ne!(said(file, text), "", "nothing was said about {file}: {text}");
    }
    for (file, text) in [
        (
            "call.rs",
            "/// std::fs and \"crate::view\"\nconst A: &str = \"std::fs::File\"; // crate::view",
        ),
        ("call.rs", "#[cfg(test)]\nmod tests { use std::fs; use crate::catalog; }"),
        ("recognize/csm.rs", "use std::net::{IpAddr, Ipv4Addr}; use crate::call::Call;"),
        ("recognize/csm.rs", "use super::events; fn f(now: std::time::SystemTime) {}"),
        ("policy/build.rs", "use crate::authorize::{Conditions, Requirement};"),
        ("policy/tests.rs", "use crate::render::json; use std::fs;"),
        ("catalog/mod.rs", "const A: &str = env!(\"OUT_DIR\");"),
        ("view/terminal.rs", "use crossterm::{cursor, style}; use std::io;"),
        ("commands/run.rs", "use crate::{capture, child, view}; use std::fs;"),
    ] {
        assert_eq!(said(file, text), "", "{file}: {text}");
    }
}
