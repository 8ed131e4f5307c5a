//! Whose credentials are taken, and that nobody hears of them.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::front::{Answer, Front};
use super::lookup::page;
use super::trail::{files as trail_files, put};
use super::{SECRETS, buckets, files, run};
use crate::common::{stderr, stdout};
use crate::support::{StandIn, installed, skipped};

/// AWS's configuration of a user.
fn configure(home: &Path, config: &str, credentials: &str) {
    fs::create_dir_all(home.join(".aws")).unwrap();
    fs::write(home.join(".aws/config"), config).unwrap();
    fs::write(home.join(".aws/credentials"), credentials).unwrap();
}

#[test]
fn a_profile_assumes_its_role_with_the_credentials_of_another() {
    if installed("moto_server").is_none() {
        return skipped(
            "cloudtrail::remote::credentials::a_profile_assumes_its_role_with_the_credentials_of_another",
            "no moto_server",
        );
    }
    let moto = StandIn::start();
    put(&moto.url, "org-trail", &trail_files());
    let front = Front::start(Some(&moto.url), |_, _| None);
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let config = format!(
        "[default]\nregion = us-east-1\n[profile reader]\nregion = eu-west-1\nendpoint_url = {}\n\
         role_arn = arn:aws:iam::111122223333:role/reader\nsource_profile = base\n",
        front.url
    );
    let base = "[base]\naws_access_key_id = AKIABASE\naws_secret_access_key = base-hidden\n";
    configure(home, &config, base);
    // The environment's own are not meant where a profile is named.
    let outer = [("AWS_ACCESS_KEY_ID", "AKIAOUTER"), ("AWS_SECRET_ACCESS_KEY", "token-hidden")];
    let arguments = ["summarize", "--profile", "reader", "s3://org-trail/", "-o", "calls.jsonl"];
    let done = run(home, &arguments, &outer);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert_eq!(buckets(&fs::read_to_string(home.join("calls.jsonl")).unwrap()).len(), 27);
    let assumed = front.seen_of("sts");
    assert_eq!(assumed.len(), 1, "once for all");
    assert_eq!(assumed[0].key(), "AKIABASE");
    let asked = String::from_utf8_lossy(&assumed[0].body).into_owned();
    assert!(asked.contains("Action=AssumeRole") && asked.contains("role%2Freader"), "{asked}");
    let read = front.seen_of("s3");
    assert!(read.len() > 27 && read.iter().all(|it| it.key().starts_with("ASIA")), "{read:?}");
    assert!(read.iter().all(|it| !it.header("x-amz-security-token").is_empty()));
    let nobody = run(home, &["policy", "--profile", "nobody", "s3://org-trail/"], &outer);
    assert_eq!(nobody.status.code(), Some(2), "{}", stderr(&nobody));
    assert!(
        stderr(&nobody).contains("the profile nobody gives no credentials"),
        "{}",
        stderr(&nobody)
    );
    let left = files(home);
    for secret in SECRETS {
        assert!(!left.contains(secret), "{secret} was written");
    }
}

#[cfg(unix)]
#[test]
fn a_program_gives_credentials() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let front = Front::start(None, |request, _| Some(page(request, 1)));
    let given = r#"{"Version":1,"AccessKeyId":"AKIAPROCESS","SecretAccessKey":"process-hidden"}"#;
    fs::write(home.join("given keys.json"), given).unwrap();
    let config = |command: &str| {
        let url = &front.url;
        let region = "us-east-1";
        format!(
            "[default]\nregion = {region}\nendpoint_url = {url}\ncredential_process = {command}\n"
        )
    };
    configure(home, &config("cat \"given keys.json\""), "");
    let done = run(home, &["summarize", "--lookup"], &[]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert_eq!(buckets(stdout(&done)), ["b-us-east-1-0"]);
    assert_eq!(front.seen()[0].key(), "AKIAPROCESS");
    // What it says instead is not repeated if it is a secret.
    for wrong in [r#"{"Version":1,"SecretAccessKey":"process-hidden"}"#, "process-hidden"] {
        fs::write(home.join("given keys.json"), wrong).unwrap();
        let done = run(home, &["summarize", "--lookup"], &[]);
        assert_eq!(done.status.code(), Some(2), "{}", stderr(&done));
        assert!(stderr(&done).contains("external process"), "{}", stderr(&done));
    }
}

#[test]
fn credentials_are_fetched_again_before_they_expire() {
    let home = tempfile::tempdir().unwrap();
    let fetched = AtomicUsize::new(0);
    let container = Front::start(None, move |request, _| {
        assert_eq!(request.header("authorization"), "token-hidden");
        let expiry = OffsetDateTime::now_utc() + std::time::Duration::from_secs(2);
        let number = fetched.fetch_add(1, Ordering::SeqCst);
        let given = json!({
            "AccessKeyId": format!("ASIACONTAINER{number}"),
            "SecretAccessKey": "container-hidden",
            "Token": "token-hidden",
            "Expiration": expiry.format(&Rfc3339).unwrap(),
        });
        Some(Answer {
            headers: vec![("content-type", "application/json".to_owned())],
            ..Answer::of(200, given.to_string())
        })
    });
    let front = Front::start(None, |request, _| Some(page(request, 7)));
    let done = run(
        home.path(),
        &["summarize", "--lookup"],
        &[
            ("AWS_REGION", "us-east-1"),
            ("AWS_ENDPOINT_URL_CLOUDTRAIL", &front.url),
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("{}/credentials", container.url)),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "token-hidden"),
        ],
    );
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert_eq!(buckets(stdout(&done)).len(), 7);
    let keys: Vec<String> = front.seen().iter().map(|it| it.key().to_owned()).collect();
    // The pages take three seconds: how many of them each key is good for depends on how fast the machine is.
    let mut fetched = keys.clone();
    fetched.dedup();
    assert!(fetched.len() > 1, "{keys:?}");
    let numbered = |number| format!("ASIACONTAINER{number}");
    assert_eq!(fetched, (0..fetched.len()).map(numbered).collect::<Vec<_>>());
    assert_eq!(container.seen().len(), fetched.len(), "no more often than is needed");
}

#[test]
fn credentials_that_were_refused_as_expired_are_fetched_again() {
    let home = tempfile::tempdir().unwrap();
    let container = Front::start(None, |_, before| {
        let given = json!({
            "AccessKeyId": format!("ASIACONTAINER{before}"),
            "SecretAccessKey": "container-hidden",
            "Token": "token-hidden",
            "Expiration": "2099-01-01T00:00:00Z",
        });
        Some(Answer {
            headers: vec![("content-type", "application/json".to_owned())],
            ..Answer::of(200, given.to_string())
        })
    });
    let front = Front::start(None, |request, _| {
        if request.key() == "ASIACONTAINER0" {
            return Some(Answer::of(400, r#"{"__type":"ExpiredTokenException","message":"over"}"#));
        }
        Some(page(request, 1))
    });
    let uri = format!("{}/credentials", container.url);
    let variables = [
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL_CLOUDTRAIL", front.url.as_str()),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &uri),
    ];
    let done = run(home.path(), &["summarize", "--lookup"], &variables);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert_eq!(buckets(stdout(&done)), ["b-us-east-1-0"]);
}
