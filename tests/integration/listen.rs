//! `leastwise listen`, as its user meets it.
#![cfg(unix)]

use std::fs;
use std::net::UdpSocket;

use crate::common::{Listener, actions, event, names, on_terminal, output, stderr, stdout, until};

#[test]
fn it_says_what_to_export_and_every_ending_signal_writes_the_policy() {
    for name in ["INT", "TERM", "QUIT"] {
        let mut listener = Listener::start(&[]);
        let export = listener.line();
        let port = listener.address.port();
        assert_eq!(
            export,
            format!(
                "  export AWS_CSM_ENABLED=true AWS_CSM_HOST=127.0.0.1 AWS_CSM_PORT={port} AWS_CSM_CLIENT_ID=leastwise\n"
            )
        );
        listener.send(&event("SQS", "SendMessage"));
        // What was sent before the signal counts.
        listener.signal(name);
        let (code, policy, said) = listener.end();
        assert_eq!(code, Some(0), "{said}");
        assert_eq!(actions(&policy), ["sqs:SendMessage"]);
        assert!(said.starts_with("+ sqs:SendMessage on "), "{said}");
    }
}

#[test]
fn a_hang_up_writes_the_file_now_and_listening_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.json");
    let listener = Listener::start(&["-o", policy.to_str().unwrap()]);
    for operation in ["SendMessage", "DeleteQueue", "CreateQueue"] {
        listener.send(&event("SQS", operation));
        listener.signal("HUP");
        until(operation, || {
            fs::read_to_string(&policy)
                .is_ok_and(|text| actions(&text).contains(&format!("sqs:{operation}")))
        });
    }
    listener.signal("TERM");
    let (code, printed, said) = listener.end();
    assert_eq!((code, printed.as_str()), (Some(0), ""));
    assert!(said.contains("is in "), "{said}");
    assert_eq!(names(folder.path()), ["policy.json"]);
}

#[test]
fn a_hang_up_before_the_first_call_leaves_a_policy_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.json");
    fs::write(&policy, "{\"Version\": \"2012-10-17\", \"Id\": \"precious\", \"Statement\": []}")
        .unwrap();
    let mut listener = Listener::start(&["-o", policy.to_str().unwrap()]);
    listener.line();
    listener.signal("HUP");
    assert!(listener.line().contains("no AWS call has been heard yet; the file is left as it is"));
    listener.signal("INT");
    let (code, _, said) = listener.end();
    assert_eq!(code, Some(0));
    assert!(said.contains("was left as it was"), "{said}");
    assert_eq!(
        fs::read_to_string(&policy).unwrap(),
        "{\"Version\": \"2012-10-17\", \"Id\": \"precious\", \"Statement\": []}"
    );
}

#[test]
fn a_port_in_use_is_said_before_anything_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("policy.json"), "old").unwrap();
    let output = output([
        "listen",
        "--csm-port",
        &port,
        "-o",
        &path("policy.json"),
        "--record",
        &path("calls.jsonl"),
    ]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("choose another port with --csm-port"), "{}", stderr(&output));
    assert_eq!(stderr(&output).lines().count(), 1);
    assert_eq!(names(folder.path()), ["policy.json"]);
    assert_eq!(fs::read_to_string(path("policy.json")).unwrap(), "old");
}

#[test]
fn rubbish_is_counted_and_harms_nothing() {
    let listener = Listener::start(&["--sort-alphabetical"]);
    for rubbish in [&b"{"[..], b"\xff\xfe", b"null", b"{\"Type\":\"ApiCall\"}", &[b'['; 60_000]] {
        listener.send_bytes(rubbish);
    }
    listener.send(&event("SQS", "SendMessage"));
    listener.send(&event("SNS", "Publish"));
    listener.signal("INT");
    let (code, policy, said) = listener.end();
    assert_eq!(code, Some(0));
    assert_eq!(actions(&policy), ["sns:Publish", "sqs:SendMessage"]);
    assert!(said.contains("  5 datagrams could not be read.\n"), "{said}");
}

#[test]
fn ipv6_is_heard_where_there_is_one() {
    if UdpSocket::bind("[::1]:0").is_err() {
        return;
    }
    let listener = Listener::start(&["--host", "::1"]);
    assert!(listener.address.is_ipv6());
    listener.send(&event("SQS", "SendMessage"));
    listener.signal("INT");
    assert_eq!(actions(&listener.end().1), ["sqs:SendMessage"]);
}

#[test]
fn on_a_terminal_it_is_live_and_q_and_ctrl_c_end_it() {
    for keys in ["q", "\u{3}"] {
        let output = on_terminal(&["listen", "--csm-port", "0"], "\u{1b}[?1049h", keys);
        let said = stdout(&output);
        assert_eq!(output.status.code(), Some(0), "{said}{}", stderr(&output));
        let (before, _) = said.split_once("\u{1b}[?1049h").unwrap();
        // The one line that asks for all others.
        assert!(before.contains("eval \"$("), "{before}");
        assert!(!before.contains("export "), "{before}");
        assert!(before.contains("\u{1b}[1mleastwise:\u{1b}[0m listening on "), "{before}");
        let (_, after) = said.rsplit_once("\u{1b}[?1049l").expect("the alternate screen is left");
        assert!(after.contains("no AWS call was heard"), "{after}");
    }
}
