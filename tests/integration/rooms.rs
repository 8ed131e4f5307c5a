//! The plan of the house, held: which room of `src/` may import which, and what the pure rooms never
//! touch. The sources are read as tokens, so that comments and strings say nothing.

// Only functions marked as tests may unwrap by themselves; here everything is a test.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::str::FromStr;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A room, and the rooms that it may import beside itself.
const ROOMS: &[(&str, &[&str])] = &[
    ("call", &[]),
    // What somebody else chose, fit to be shown: whatever shows something needs it.
    ("text", &[]),
    // Files, read without waiting for what they are.
    ("reading", &[]),
    ("catalog", &[]),
    ("recognize", &["call", "catalog"]),
    ("authorize", &["call", "catalog"]),
    ("policy", &["authorize"]),
    ("render", &["policy", "text"]),
    ("capture", &["recognize", "call", "reading"]),
    ("view", &["policy", "render", "text"]),
    ("child", &[]),
    ("commands", ANY),
    ("cli", &["commands"]),
    ("main", &["commands", "cli"]),
    ("lib", &[]),
];
const ANY: &[&str] = &["*"];

/// What `policy` may know of `authorize`: the values that it is handed, not how they are decided.
const AUTHORIZE_TYPES: &[&str] = &["Requirement", "Conditions", "Reason", "Certainty"];

/// The pure rooms: bytes and values in, values out.
const PURE: &[&str] =
    &["call", "text", "catalog", "recognize", "authorize", "policy", "render", "view::frame"];

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
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut faults, mut read) = (Vec::new(), 0);
    each_rust_file(&source, &mut |path, text| {
        let file = path.strip_prefix(&source).unwrap().to_string_lossy().replace('\\', "/");
        faults.extend(faults_of(&file, text));
        read += 1;
    });
    assert!(read >= ROOMS.len(), "only {read} files were read");
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
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
    for Named { path, line } in paths {
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
                    paths.push(Named { path, line });
                }
            }
            _ => at += 1,
        }
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
        ("child/mod.rs", "use crate::view;"),
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
