//! Options that nothing would heed; `--upstream` is the dangerous one.

use std::fs;
use std::net::TcpListener;

use super::run;
use crate::common::{leastwise, stderr};

/// Each option that is the proxy's, without it.
#[test]
fn options_of_the_proxy_are_refused_without_the_proxy() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let cli = leastwise::command();
    let mut tried = 0;
    for command in ["run", "listen"] {
        let further = ["debug", "bind-addr", "aws-redirect-host", "ca-bundle", "ca-key"];
        let known = cli.find_subcommand(command).unwrap();
        for option in known.get_arguments() {
            let Some(name) = option.get_long() else { continue };
            let is_of_proxy = option.get_help_heading() == Some("Proxy") || further.contains(&name);
            if !is_of_proxy || name.starts_with("no-") {
                continue;
            }
            let value = match name {
                "upstream" | "upstream-proxy" => &["http://127.0.0.1:1"][..],
                "bind-addr" => &["127.0.0.1:0"],
                "debug" => &[],
                "ca-bundle" => &["ca.pem", "--ca-key", "ca.key"],
                "ca-key" => &["ca.key", "--ca-bundle", "ca.pem"],
                _ => &["a.example"],
            };
            let given = format!("--{name}");
            let end: &[&str] = if command == "run" { &["--", "touch", "started"] } else { &[] };
            let arguments = [&[command, "--mode", "csm", &given], value, end].concat();
            let done = run(folder, &arguments);
            assert_eq!(done.status.code(), Some(2), "{arguments:?}: {}", stderr(&done));
            let said = stderr(&done);
            assert!(said.contains(" needs the proxy, which is off (--mode csm)"), "{said}");
            assert!(said.contains("add --mode proxy"), "{said}");
            tried += 1;
        }
    }
    assert!(tried >= 13, "{tried}");
    assert!(!folder.join("started").exists());
    // It is what `listen` does by default.
    let done = run(folder, &["listen", "--upstream", "http://127.0.0.1:1"]);
    assert_eq!(done.status.code(), Some(2));
    assert!(stderr(&done).contains("calls would go to AWS itself"), "{}", stderr(&done));
}

#[test]
fn a_setting_that_leads_elsewhere_is_refused_and_any_other_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("leastwise")).unwrap();
    fs::write(folder.join("leastwise/leastwise.toml"), "upstream = 'http://127.0.0.1:1'\n")
        .unwrap();
    let listen = |arguments: &[&str]| {
        let mut command = leastwise(["listen", "--csm-port", "0"]);
        command.args(arguments).env("XDG_CONFIG_HOME", folder).current_dir(folder);
        command
    };
    let done = listen(&[]).output().unwrap();
    assert_eq!(done.status.code(), Some(2), "{}", stderr(&done));
    assert!(
        stderr(&done).contains("leastwise.toml: upstream needs the proxy"),
        "{}",
        stderr(&done)
    );
    assert!(stderr(&done).contains("--no-upstream"), "{}", stderr(&done));
    let done = listen(&[]).env("LEASTWISE_UPSTREAM", "http://127.0.0.1:2").output().unwrap();
    assert_eq!(done.status.code(), Some(2));
    assert!(stderr(&done).contains("LEASTWISE_UPSTREAM: upstream"), "{}", stderr(&done));
    let done =
        leastwise(["run", "--mode", "csm", "--no-upstream", "-o", "policy.json", "--", "true"])
            .env("XDG_CONFIG_HOME", folder)
            .env("LEASTWISE_INTERCEPT", "a.example")
            .current_dir(folder)
            .output()
            .unwrap();
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert!(
        stderr(&done).contains("LEASTWISE_INTERCEPT: intercept has no effect without the proxy"),
        "{}",
        stderr(&done)
    );
}

#[test]
fn a_stand_in_that_does_not_answer_is_told_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let upstream = format!("http://{address}");
    // The command's own line shows what was said before it.
    let arguments =
        ["run", "-o", "policy.json", "--upstream", &upstream, "--", "sh", "-c", "echo started >&2"];
    let done = run(folder, &arguments);
    assert_eq!(done.status.code(), Some(0));
    assert!(stderr(&done).starts_with("started\n"), "{}", stderr(&done));
    drop(listener);
    let done = run(folder, &arguments);
    let said = stderr(&done);
    let (before, _) = said.split_once("started\n").unwrap_or_default();
    assert!(before.contains(&format!("nothing answers on {address} yet")), "{said}");
}
