//! What is read of a bucket, and what is said of what cannot be.

use super::front::{Answer, Front, Seen};
use super::trail::{ACCOUNTS, REGIONS, bucket, files, lay, put};
use super::{asking, buckets, run, summarized};
use crate::common::{stderr, stdout};
use crate::support::{StandIn, installed, skipped};

/// Where the trail lies.
const TRAIL: &str = "s3://org-trail/AWSLogs/o-example/";

/// moto, whose pages of lists have two entries; `None` where it is not installed.
fn moto(test: &str) -> Option<StandIn> {
    if installed("moto_server").is_none() {
        skipped(&format!("cloudtrail::remote::buckets::{test}"), "no moto_server");
        return None;
    }
    Some(StandIn::start_with(&[("MOTO_S3_DEFAULT_MAX_KEYS", "2")]))
}

#[test]
fn a_trail_of_an_organisation_is_read_as_it_would_be_from_a_folder() {
    let Some(moto) = moto("a_trail_of_an_organisation_is_read_as_it_would_be_from_a_folder") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    put(&moto.url, "org-trail", &files());
    lay(&folder.join("local"), &files());
    let front = Front::start(Some(&moto.url), |_, _| None);
    let first = (ACCOUNTS[0], REGIONS[0]);
    let late = ["late-3-4", "late-4-5", "late-4-6"];
    let all =
        |accounts: &[&str], regions: &[&str], days: std::ops::RangeInclusive<u8>, late: &[&str]| {
            let mut names: Vec<String> = late.iter().map(|it| (*it).to_owned()).collect();
            for account in accounts {
                for region in regions {
                    names.extend(days.clone().map(|day| bucket(account, region, day)));
                }
            }
            names.sort();
            names
        };
    for (arguments, expected) in [
        (&[][..], all(&ACCOUNTS, &REGIONS, 3..=6, &late)),
        (&["--account", first.0][..], all(&[first.0], &REGIONS, 3..=6, &late)),
        (
            &["--account", ACCOUNTS[1], "--account", ACCOUNTS[2]],
            all(&ACCOUNTS[1..], &REGIONS, 3..=6, &[]),
        ),
        (&["--region", REGIONS[1]], all(&ACCOUNTS, &REGIONS[1..], 3..=6, &[])),
        (&["--since", "2026-11-05"], all(&ACCOUNTS, &REGIONS, 5..=6, &[])),
        (
            &["--since", "2026-11-04", "--until", "2026-11-05"],
            all(&ACCOUNTS, &REGIONS, 4..=5, &late[1..]),
        ),
        // What happened on the 4th was delivered on the 6th, too: since there is an event of the 4th in the folder of the 5th, that is read.
        (&["--until", "2026-11-04"], all(&ACCOUNTS, &REGIONS, 3..=4, &late)),
        (
            &["--since", "2026-11-03T09:00:00Z", "--until", "2026-11-03T09:00:01Z"],
            all(&ACCOUNTS, &REGIONS, 3..=3, &late[..1]),
        ),
        (&["--since", "2026-12-01"], Vec::new()),
    ] {
        let there = summarized(folder, &front.url, &[&[TRAIL][..], arguments].concat());
        let here = summarized(folder, &front.url, &[&["local"][..], arguments].concat());
        assert_eq!(there, here, "{arguments:?}");
        assert_eq!(there, expected, "{arguments:?}");
    }
    // The same policy, byte for byte, also from the beginning of a name and from within an account.
    let policy = |input| {
        let done = asking(folder, &front.url, &["policy", "--sort-alphabetical", input]);
        assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
        stdout(&done).to_owned()
    };
    assert_eq!(policy(TRAIL), policy("local"));
    let inner = format!("AWSLogs/o-example/{}/CloudTrail/eu-west-1/2026/11/0", first.0);
    let names = summarized(
        folder,
        &front.url,
        &[&format!("s3://org-trail/{inner}"), "--since", "2026-11-05"],
    );
    assert_eq!(names, all(&[first.0], &[first.1], 5..=6, &[]));
    // What was not asked for was not even listed.
    let seen = |front: &Front| front.seen().iter().map(|it| it.path.clone()).collect::<Vec<_>>();
    let narrow = Front::start(Some(&moto.url), |_, _| None);
    let arguments = ["--account", ACCOUNTS[1], "--region", REGIONS[1], "--since", "2026-11-06"];
    let names = summarized(folder, &narrow.url, &[&["s3://org-trail"][..], &arguments].concat());
    assert_eq!(names, [bucket(ACCOUNTS[1], REGIONS[1], 6)]);
    for path in seen(&narrow) {
        assert!(!path.contains(ACCOUNTS[0]) && !path.contains("2026%2F11%2F05"), "{path}");
        assert!(!path.contains("Digest"), "{path}");
    }
    assert_eq!(seen(&narrow).iter().filter(|path| path.ends_with(".json.gz")).count(), 1);
}

#[test]
fn what_passes_is_asked_again_and_what_broke_is_read_on() {
    let Some(moto) = moto("what_passes_is_asked_again_and_what_broke_is_read_on") else { return };
    let folder = tempfile::tempdir().unwrap();
    put(&moto.url, "org-trail", &files());
    let (key, content) = files().swap_remove(0);
    let front = Front::start(Some(&moto.url), move |request, before| {
        let is_range = !request.header("range").is_empty();
        match () {
            () if request.path.contains("list-type=2") && before == 0 => {
                Some(Answer::error(503, "SlowDown"))
            }
            () if request.path.ends_with(&key) && before == 0 => {
                Some(Answer::error(500, "InternalError"))
            }
            () if request.path.ends_with(&key) && !is_range => Some(Answer {
                headers: vec![("etag", "\"one\"".to_owned())],
                cut: Some(100),
                ..Answer::of(200, content.clone())
            }),
            () if request.path.ends_with(&key) => {
                assert_eq!(request.header("range"), "bytes=100-");
                assert_eq!(request.header("if-match"), "\"one\"");
                Some(Answer::of(206, content[100..].to_vec()))
            }
            () => None,
        }
    });
    let inner = format!("s3://org-trail/AWSLogs/o-example/{}/CloudTrail/eu-west-1/", ACCOUNTS[0]);
    let names = summarized(folder.path(), &front.url, &[&inner, "--until", "2026-11-03"]);
    assert_eq!(names, [bucket(ACCOUNTS[0], REGIONS[0], 3), "late-3-4".to_owned()]);
}

#[test]
fn an_object_that_cannot_be_read_is_said_and_the_rest_goes_on() {
    let Some(moto) = moto("an_object_that_cannot_be_read_is_said_and_the_rest_goes_on") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut all = files();
    all[0].1 = b"\x1f\x8b no more".to_vec();
    let (broken, denied) = (all[0].0.clone(), all[1].0.clone());
    put(&moto.url, "org-trail", &all);
    let key = denied.clone();
    let front = Front::start(Some(&moto.url), move |request, _| {
        request.path.ends_with(&key).then(|| Answer::error(403, "AccessDenied"))
    });
    let done = asking(folder.path(), &front.url, &["summarize", TRAIL]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert_eq!(buckets(stdout(&done)).len(), all.len() - 3, "{}", stderr(&done));
    let said = stderr(&done);
    assert!(
        said.contains(&format!("s3://org-trail/{broken}, byte 0: the compressed data is damaged")),
        "{said}"
    );
    assert!(
        said.contains(&format!("s3://org-trail/{denied} cannot be read: s3:GetObject")),
        "{said}"
    );
    let strict = asking(folder.path(), &front.url, &["summarize", "--strict", TRAIL]);
    assert_eq!((strict.status.code(), stdout(&strict)), (Some(2), ""), "{}", stderr(&strict));
    assert!(stderr(&strict).contains("s3://org-trail/AWSLogs/"), "{}", stderr(&strict));
}

#[test]
fn what_is_not_there_is_said_with_what_to_do() {
    let Some(moto) = moto("what_is_not_there_is_said_with_what_to_do") else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let front = Front::start(Some(&moto.url), |request, _| {
        request.path.starts_with("/closed").then(|| Answer::error(403, "AccessDenied"))
    });
    let said = |arguments: &[&str]| {
        let done = asking(folder, &front.url, arguments);
        assert_eq!(done.status.code(), Some(2), "{}", stderr(&done));
        stderr(&done).to_owned()
    };
    let missing = said(&["policy", "s3://no-such-trail/AWSLogs/"]);
    assert!(missing.contains("there is no bucket no-such-trail"), "{missing}");
    let closed = said(&["policy", "s3://closed-trail"]);
    assert!(closed.contains("needs s3:ListBucket") && closed.contains("AccessDenied"), "{closed}");
    assert!(said(&["policy", "s3://No_Bucket/x"]).contains("is not the address of a bucket"));
    assert!(said(&["explain", "s3://no-such-trail"]).contains("there is no bucket"));
    let nobody = run(
        folder,
        &["policy", "s3://org-trail"],
        &[("AWS_ENDPOINT_URL", &front.url), ("AWS_REGION", "us-east-1")],
    );
    assert_eq!(nobody.status.code(), Some(2), "{}", stderr(&nobody));
    assert!(stderr(&nobody).contains("there are no AWS credentials"), "{}", stderr(&nobody));
    let bad = run(folder, &["policy", "s3://org-trail"], &[("AWS_ENDPOINT_URL_S3", "nowhere")]);
    assert!(stderr(&bad).contains("the endpoint that is configured for S3"), "{}", stderr(&bad));
}

#[test]
fn a_bucket_is_asked_in_its_own_region() {
    let folder = tempfile::tempdir().unwrap();
    let front = Front::start(None, |request, _| match request.method.as_str() {
        "HEAD" => Some(Answer {
            headers: vec![("x-amz-bucket-region", "eu-central-1".to_owned())],
            ..Answer::of(301, "")
        }),
        _ => Some(Answer::of(
            200,
            "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>",
        )),
    });
    let done = asking(folder.path(), &front.url, &["summarize", "s3://org-trail"]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    let seen = front.seen();
    let regions: Vec<_> = seen.iter().map(|it| it.scope().split('/').nth(2).unwrap()).collect();
    assert_eq!(regions, ["us-east-1", "eu-central-1"]);
}

/// Whoever answers is no reason to go on for ever, to grow, or to write to the terminal as they like.
#[test]
fn a_server_that_answers_what_it_likes_is_no_reason_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let list = |inside: &str| {
        let more =
            "<IsTruncated>true</IsTruncated><NextContinuationToken>on</NextContinuationToken>";
        Answer::of(200, format!("<ListBucketResult>{more}{inside}</ListBucketResult>"))
    };
    let object = "<Contents><Key>a</Key><Size>1</Size></Contents>";
    // The folder that is asked for, and one in it.
    let deeper = |request: &Seen| {
        let prefix = request.path.split("&prefix=").nth(1).unwrap_or_default();
        format!("{}x/", prefix.replace("%2F", "/"))
    };
    let folder_of = |name: &str| {
        Answer::of(
            200,
            format!(
                "<ListBucketResult><IsTruncated>false</IsTruncated><CommonPrefixes><Prefix>{name}</Prefix></CommonPrefixes></ListBucketResult>"
            ),
        )
    };
    let escape = r#"{"message":"\u001b[2Jgone","code":"Odd\u001b[2J"}"#;
    type Answers = Box<dyn Fn(&Seen) -> Answer + Send + Sync>;
    let cases: [(Answers, &str); 6] = [
        (Box::new(move |_| list(object)), "it does not go on"),
        (Box::new(move |_| list("")), "it goes on, and has nothing in it"),
        (Box::new(move |_| folder_of("")), "it has what does not lie where it was looked for"),
        // It is listed, and says of itself that it is in itself.
        (
            Box::new(move |_| folder_of("elsewhere/")),
            "it has what does not lie where it was looked for",
        ),
        (
            Box::new(move |request| folder_of(&deeper(request))),
            "it has what does not lie where it was looked for",
        ),
        (Box::new(move |_| Answer::of(400, escape)), "gone"),
    ];
    for (answer, expected) in cases {
        let front = Front::start(None, move |request, _| {
            Some(if request.method == "HEAD" { Answer::of(200, "") } else { answer(request) })
        });
        let done = asking(folder.path(), &front.url, &["summarize", "s3://org-trail"]);
        let said = stderr(&done);
        assert!(!said.contains('\u{1b}') && stdout(&done).is_empty(), "{said:?}");
        assert!(said.contains(expected), "{said}");
        assert_eq!(done.status.code(), Some(2), "{said}");
    }
}

#[test]
fn an_object_that_is_longer_than_its_list_says_is_not_read_on() {
    let folder = tempfile::tempdir().unwrap();
    let front = Front::start(None, |request, _| {
        let list = "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a.json</Key><Size>10</Size></Contents></ListBucketResult>";
        Some(match request.method.as_str() {
            "HEAD" => Answer::of(200, ""),
            _ if request.path.contains("list-type=2") => Answer::of(200, list),
            _ => Answer::of(200, "{\"Records\":[]}".repeat(1_000)),
        })
    });
    let done = asking(folder.path(), &front.url, &["summarize", "--strict", "s3://org-trail"]);
    assert_eq!(done.status.code(), Some(2), "{}", stderr(&done));
    assert!(
        stderr(&done).contains("it is longer than the 10 bytes of the list"),
        "{}",
        stderr(&done)
    );
}
