//! `completions/` and `man/` are what the binary itself prints. After a change of the command line:
//!
//!     UPDATE_SNAPSHOTS=1 cargo test --test integration pages::

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::process::{Command, Stdio};

use crate::common::{output, stderr, stdout};

/// The shells, and the names under which they look for completions of `leastwise`.
const SHELLS: [(&str, &str); 5] = [
    ("bash", "leastwise.bash"),
    ("elvish", "leastwise.elv"),
    ("fish", "leastwise.fish"),
    ("powershell", "_leastwise.ps1"),
    ("zsh", "_leastwise"),
];

#[test]
fn the_completions_are_current() {
    let files = SHELLS.map(|(shell, file)| (file.to_owned(), printed(&["completions", shell])));
    compare("completions", &BTreeMap::from(files));
}

#[test]
fn the_manual_pages_are_current() {
    let mut pages = BTreeMap::new();
    let mut subcommands: Vec<Vec<String>> = vec![Vec::new()];
    while let Some(subcommand) = subcommands.pop() {
        let words: Vec<&str> = subcommand.iter().map(String::as_str).collect();
        let page = printed(&[&["man"], words.as_slice()].concat());
        let name = [&["leastwise"], words.as_slice()].concat().join("-");
        // A page lists the pages below it: `leastwise\-ca\-rotate(1)`.
        for line in page.lines() {
            let listed = line.replace("\\-", "-").replace("\\fR", "");
            if let Some(below) =
                listed.strip_prefix(&format!("{name}-")).and_then(|it| it.strip_suffix("(1)"))
            {
                subcommands.push([subcommand.clone(), vec![below.to_owned()]].concat());
            }
        }
        pages.insert(format!("{name}.1"), page);
    }
    for name in ["leastwise.1", "leastwise-run.1", "leastwise-listen.1", "leastwise-ca-rotate.1"] {
        assert!(pages.contains_key(name), "{name} is not among {:?}", pages.keys());
    }
    compare("man", &pages);
}

#[test]
fn a_page_has_the_examples_and_exit_codes_of_the_help_line_by_line() {
    let page = printed(&["man", "run"]);
    assert_eq!(page.matches(".ie ").count(), 1, "the preamble stands there once:\n{page}");
    for part in [
        ".TH leastwise-run 1",
        ".SH EXAMPLES\n.nf\nleastwise run \\-\\- aws s3 ls\n",
        ".SH \"EXIT STATUS\"\n.nf\n0      all went well\n",
    ] {
        assert!(page.contains(part), "{part:?} is not in\n{page}");
    }
}

#[test]
fn an_unknown_page_is_a_sentence() {
    let output = output(["man", "ca", "rotat"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        stderr(&output),
        "leastwise: there is no subcommand `ca rotat`, and so no page for it; `leastwise --help` lists them\n"
    );
}

/// Bash completes with the committed file: subcommands, options, and the values of an option.
#[cfg(unix)]
#[test]
fn bash_completes_with_the_committed_file() {
    let completed = |words: &[&str]| {
        let script = format!(
            "source completions/leastwise.bash; COMP_WORDS=({}); COMP_CWORD={}; _leastwise leastwise {} {}; \
             printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            words.join(" "),
            words.len() - 1,
            words[words.len() - 1],
            words[words.len() - 2],
        );
        let output = Command::new("bash")
            .args(["--noprofile", "--norc", "-c", &script])
            .current_dir(root())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(stderr(&output), "");
        stdout(&output).to_owned()
    };
    assert_eq!(completed(&["leastwise", "lis"]), "listen\n");
    assert_eq!(completed(&["leastwise", "policy", "--sort-a"]), "--sort-alphabetical\n");
    assert_eq!(completed(&["leastwise", "run", "--mode", "c"]), "csm\n");
}

fn printed(arguments: &[&str]) -> String {
    let output = output(arguments);
    assert!(output.status.success(), "leastwise {arguments:?}: {}", stderr(&output));
    stdout(&output).to_owned()
}

/// Holds a folder against what should be in it, and nothing else.
fn compare(folder: &str, wanted: &BTreeMap<String, String>) {
    let folder = root().join(folder);
    let there: BTreeMap<String, String> = fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let text = fs::read_to_string(entry.path()).unwrap();
            (entry.file_name().into_string().unwrap(), text.replace("\r\n", "\n"))
        })
        .collect();
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::create_dir_all(&folder).unwrap();
        for name in there.keys().filter(|name| !wanted.contains_key(*name)) {
            fs::remove_file(folder.join(name)).unwrap();
        }
        for (name, text) in wanted {
            fs::write(folder.join(name), text).unwrap();
        }
        return;
    }
    let mut stale: Vec<&String> = there.keys().filter(|name| !wanted.contains_key(*name)).collect();
    stale
        .extend(wanted.iter().filter(|(name, text)| there.get(*name) != Some(text)).map(|it| it.0));
    assert!(
        stale.is_empty(),
        "in {}, these are not what the binary prints: {stale:?}; run `UPDATE_SNAPSHOTS=1 cargo test --test integration pages::` and look at the diff",
        folder.display()
    );
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}
