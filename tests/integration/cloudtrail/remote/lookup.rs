//! CloudTrail, asked itself: a server answers in the shape that
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html> has.

use std::time::Duration;

use serde_json::{Value, json};

use super::front::{Answer, Front, Seen};
use super::trail::event;
use super::{asking, run, summarized};
use crate::common::stderr;

/// Answers with so many pages of one event each, by which a bucket is made that tells region and page.
pub(super) fn page(request: &Seen, pages: usize) -> Answer {
    assert_eq!(
        request.header("x-amz-target"),
        "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents"
    );
    let asked: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(asked["MaxResults"], 50);
    let region = request.scope().split('/').nth(2).unwrap();
    let page = asked["NextToken"].as_str().map_or(0, |token| token.parse().unwrap());
    let time = "2026-11-05T09:00:00Z";
    let event = event("111122223333", region, time, &format!("b-{region}-{page}"));
    let events = json!([{ "EventId": format!("{page}"), "EventTime": 1.0, "CloudTrailEvent": event.to_string() }]);
    let mut answer = json!({ "Events": events });
    if page + 1 < pages {
        answer["NextToken"] = json!(format!("{}", page + 1));
    }
    Answer::of(200, answer.to_string())
}

#[test]
fn events_are_looked_up_page_by_page_region_by_region() {
    let folder = tempfile::tempdir().unwrap();
    let front = Front::start(None, |request, _| {
        let is_second = request.body.windows(15).any(|it| it == br#""NextToken":"1""#);
        // Each page is asked for in another body: the first time that the second is, there is too much.
        static ASKED: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        if is_second && ASKED.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < 2 {
            return Some(Answer {
                headers: vec![("x-amzn-errortype", "ThrottlingException".to_owned())],
                ..Answer::of(400, r#"{"message":"Rate exceeded"}"#)
            });
        }
        Some(page(request, 3))
    });
    let arguments =
        ["--lookup", "--region", "eu-west-1", "--since", "2026-11-05", "--until", "2026-11-05"];
    let names = summarized(folder.path(), &front.url, &arguments);
    let expected: Vec<String> = ["eu-west-1", "us-east-1"]
        .iter()
        .flat_map(|region| (0..3).map(move |page| format!("b-{region}-{page}")))
        .collect();
    assert_eq!(names, expected);
    let seen = front.seen();
    let asked: Value = serde_json::from_slice(&seen[0].body).unwrap();
    assert_eq!(
        (asked["StartTime"].as_u64(), asked["EndTime"].as_u64()),
        (Some(1_793_836_800), Some(1_793_923_200))
    );
    // Twice a second in each region.
    for region in ["eu-west-1", "us-east-1"] {
        let of: Vec<_> = seen.iter().filter(|it| it.scope().contains(region)).collect();
        assert!(of.len() >= 3, "{region}");
        let answered: Vec<_> = of.iter().filter(|it| !it.body.is_empty()).map(|it| it.at).collect();
        let spent = *answered.last().unwrap() - answered[0];
        assert!(spent >= Duration::from_millis(950), "{region}: {spent:?}");
    }
    // Without a region: the configured one.
    let names = summarized(folder.path(), &front.url, &["--lookup"]);
    assert_eq!(names, ["b-us-east-1-0", "b-us-east-1-1", "b-us-east-1-2"]);
}

#[test]
fn who_may_not_look_up_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let front = Front::start(None, |_, _| {
        Some(Answer::of(400, r#"{"__type":"AccessDeniedException","message":"not authorized"}"#))
    });
    let done = asking(folder.path(), &front.url, &["policy", "--lookup", "--region", "eu-west-1"]);
    assert_eq!(done.status.code(), Some(2), "{}", stderr(&done));
    let said = stderr(&done);
    assert!(said.contains("CloudTrail in eu-west-1 cannot be asked"), "{said}");
    assert!(said.contains("needs cloudtrail:LookupEvents"), "{said}");
    let nowhere = run(folder.path(), &["policy", "--lookup"], &[]);
    assert_eq!(nowhere.status.code(), Some(2), "{}", stderr(&nowhere));
    assert!(stderr(&nowhere).contains("name one with --region"), "{}", stderr(&nowhere));
}
