use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use unicode_width::UnicodeWidthStr;

use super::*;

fn statement(actions: &[&str], resources: &[&str], conditions: &[&str]) -> Statement {
    let owned = |items: &[&str]| items.iter().map(ToString::to_string).collect();
    Statement {
        actions: owned(actions),
        resources: owned(resources),
        conditions: owned(conditions),
    }
}

fn call(service: &'static str, operation: &'static str, status: u16) -> Heard {
    Heard {
        operation: Some(operation.into()),
        region: Some("eu-west-1".into()),
        status: Some(status),
        ..Heard::new(service)
    }
}

/// A deploy in its second minute: the function has just been created.
fn deploy() -> State {
    let mut state = State::new("terraform apply -auto-approve");
    let before = [
        statement(&["s3:GetBucketLocation", "s3:ListBucket"], &["arn:aws:s3:::acme-state"], &[]),
        statement(
            &["s3:GetObject", "s3:PutObject"],
            &["arn:aws:s3:::acme-state/prod/terraform.tfstate"],
            &[],
        ),
        statement(
            &["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem"],
            &["arn:aws:dynamodb:eu-west-1:111122223333:table/terraform-locks"],
            &[],
        ),
        statement(
            &["iam:PassRole"],
            &["arn:aws:iam::111122223333:role/checkout"],
            &["iam:PassedToService = lambda.amazonaws.com"],
        ),
    ];
    state.set_policy(before.clone());
    state.heard(call("s3", "ListBuckets", 200));
    for _ in 0..12 {
        state.heard(call("dynamodb", "GetItem", 200));
    }
    state.heard(Heard { recognized: false, ..call("frobnicate", "Frob", 200) });
    state.elapsed = Duration::from_secs(107);
    let function = "arn:aws:lambda:eu-west-1:111122223333:function:*";
    let new = statement(&["lambda:CreateFunction", "lambda:TagResource"], &[function], &[]);
    state.set_policy(before.into_iter().chain([new]));
    state.heard(Heard {
        error: Some("AccessDenied".to_owned()),
        ..call("s3", "PutBucketPolicy", 403)
    });
    state.heard(Heard { new: true, ..call("lambda", "CreateFunction20150331", 201) });
    state.counts =
        Counts { calls: 1057, actions: 10, not_recognized: 1, dropped: 0, failed: 1, refused: 0 };
    state
}

/// A policy of many statements, some of them long, of which two have changed lately.
fn large() -> State {
    let mut state = State::new("127.0.0.1:31000");
    let mut policy: Vec<Statement> = (0..40)
        .map(|n| {
            let bucket = format!("arn:aws:s3:::bucket-{n:02}/*");
            statement(&["s3:GetObject", "s3:PutObject"], &[&bucket], &[])
        })
        .collect();
    state.set_policy(policy.clone());
    state.elapsed = Duration::from_secs(60);
    policy[7].resources.extend((0..9).map(|n| format!("arn:aws:s3:::bucket-07/new/{n}")));
    let describe = (0..30).map(|n| format!("ec2:DescribeSomething{n:02}"));
    policy[23].actions.extend(describe);
    state.set_policy(policy);
    state.heard(call("ec2", "DescribeSomething29", 200));
    state.counts = Counts { calls: 1_234_567, actions: 112, dropped: 17, ..Counts::default() };
    state.notice = Some("cannot write policy.json: no space left on device".to_owned());
    state
}

fn waiting() -> State {
    let mut state = State::new("127.0.0.1:31000");
    state.waiting = ["Waiting for calls. In the other shell:", "", "  export AWS_CSM_ENABLED=true"]
        .map(str::to_owned)
        .to_vec();
    state
}

/// The frame as text between two edges, with what each line's styles say where that is not plain.
fn drawn(state: &State, width: u16, height: u16) -> String {
    let frame = frame(state, width, height);
    let mut text = String::new();
    for line in &frame.lines {
        let fill = " ".repeat(usize::from(width) - line.width());
        text.push_str(&format!("|{}{fill}|\n", line.text()));
    }
    text
}

#[test]
fn frames_are_as_they_were_agreed() {
    let cases = [
        ("deploy-80x24", drawn(&deploy(), 80, 24)),
        ("deploy-120x40", drawn(&deploy(), 120, 40)),
        ("deploy-40x12", drawn(&deploy(), 40, 12)),
        ("deploy-20x5", drawn(&deploy(), 20, 5)),
        ("large-80x24", drawn(&large(), 80, 24)),
        ("waiting-60x8", drawn(&waiting(), 60, 8)),
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/view/frame/snapshots");
    // LEASTWISE_SNAPSHOTS=write writes them anew, for the diff to be read.
    let write = std::env::var_os("LEASTWISE_SNAPSHOTS").is_some_and(|value| value == "write");
    for (name, drawn) in cases {
        let path = folder.join(format!("{name}.txt"));
        if write {
            std::fs::write(&path, &drawn).unwrap();
        }
        let agreed = std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
        assert_eq!(drawn, agreed, "{name} is now:\n{drawn}\nand was:\n{agreed}");
    }
}

#[test]
fn every_size_is_filled_from_title_to_status() {
    for state in [deploy(), large(), waiting(), State::default()] {
        for (width, height) in [(300, 100), (80, 24), (20, 5), (3, 3), (1, 1), (1, 100), (300, 1)] {
            let frame = frame(&state, width, height);
            assert_eq!(frame.lines.len(), usize::from(height), "{width}x{height}");
        }
        assert_eq!(frame(&state, 0, 24).lines.iter().map(Line::width).max(), Some(0));
        assert!(frame(&state, 80, 0).lines.is_empty());
    }
}

/// The text of the spans in a style.
fn in_style(frame: &Frame, style: Style) -> Vec<String> {
    let spans = frame.lines.iter().flat_map(Line::spans);
    spans.filter(|span| span.style == style).map(|span| span.text.trim().to_owned()).collect()
}

#[test]
fn what_is_new_is_marked_and_only_for_a_moment() {
    let mut state = deploy();
    let new = in_style(&frame(&state, 80, 24), Style::New).join(" ");
    assert!(new.contains("lambda:CreateFunction"), "{new}");
    assert!(new.contains("function:*") && !new.contains("s3:GetObject"), "{new}");
    let rows = frame(&state, 80, 24);
    let marked = rows.lines.iter().filter(|line| line.text().starts_with(" +")).count();
    assert_eq!(marked, 3, "the action row, the resource and the call");

    state.elapsed += Duration::from_secs(3);
    let rows = frame(&state, 80, 24);
    assert!(!rows.lines.iter().any(|line| line.text().starts_with(" +")));
    assert!(in_style(&rows, Style::New).iter().all(String::is_empty));
}

#[test]
fn no_style_says_what_the_text_does_not() {
    let frame = frame(&deploy(), 80, 24);
    for line in &frame.lines[1..frame.lines.len() - 1] {
        let text = line.text();
        let has =
            |style| line.spans().iter().any(|s| s.style == style && !s.text.trim().is_empty());
        assert_eq!(has(Style::New), text.starts_with(" +"), "{text}");
        assert_eq!(has(Style::Failed), text.starts_with(" !"), "{text}");
        assert_eq!(has(Style::Doubtful), text.starts_with(" ?"), "{text}");
    }
}

#[test]
fn names_cannot_drive_the_terminal() {
    let mut state = State::new("sh -c 'printf \u{1b}[31m'");
    state.heard(Heard {
        operation: Some("\u{1b}]0;owned\u{7}".into()),
        error: Some("a\nb".to_owned()),
        ..Heard::new("s3\r")
    });
    state.set_policy([statement(&["s3:\u{9b}2J"], &["arn:\u{202e}gnp.exe"], &["a\u{0} = b"])]);
    state.notice = Some("cannot write \u{1b}c".to_owned());
    let frame = frame(&state, 100, 24);
    let text: String = frame.lines.iter().map(Line::text).collect();
    assert!(!text.chars().any(char::is_control), "{text:?}");
    for shown in ["\\u{1b}]0;owned\\u{7}", "s3\\u{d}", "a\\u{a}b", "s3:\\u{9b}2J", "\\u{202e}gnp"] {
        assert!(text.contains(shown), "{shown} in {text}");
    }
}

#[test]
fn figures_and_times_read_well() {
    assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    assert_eq!([0, 67, 3600, 7205].map(clock), ["0:00", "1:07", "1:00:00", "2:00:05"]);
}

/// Text as the network may send it: plain, wide, combining, controlling.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9:/*_-]{0,40}",
        "\\PC{0,20}",
        any::<String>(),
        proptest::collection::vec(
            proptest::sample::select(
                "東か😀👍🏽👩\u{200d}👩🇩🇪e\u{301}\u{302}\u{303}☂\u{fe0f}\u{1b}[\u{9b}\u{202e}\u{0}\n\u{7f}ｱﾞกำ"
                    .chars()
                    .collect::<Vec<_>>()
            ),
            0..60
        )
        .prop_map(String::from_iter),
    ]
}

fn names(most: usize) -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(name(), 0..most)
}

prop_compose! {
    fn any_statement()(actions in names(9), resources in names(9), conditions in names(3)) -> Statement {
        Statement { actions, resources, conditions }
    }
}

prop_compose! {
    fn any_call()(
        service in name(),
        operation in proptest::option::of(name()),
        region in proptest::option::of(name()),
        status in any::<Option<u16>>(),
        error in proptest::option::of(name()),
        recognized in any::<bool>(),
        new in any::<bool>(),
    ) -> Heard {
        let (operation, region) = (operation.map(Cow::from), region.map(Cow::from));
        Heard { operation, region, status, error, recognized, new, ..Heard::new(service) }
    }
}

prop_compose! {
    fn any_state()(
        title in name(),
        policies in proptest::collection::vec(proptest::collection::vec(any_statement(), 0..12), 0..3),
        calls in proptest::collection::vec(any_call(), 0..8),
        waiting in names(4),
        notice in proptest::option::of(name()),
        figures in any::<[u64; 6]>(),
    ) -> State {
        let mut state = State::new(title);
        for policy in policies {
            state.set_policy(policy);
            state.elapsed += Duration::from_secs(2);
        }
        for call in calls {
            state.heard(call);
        }
        let [calls, actions, not_recognized, dropped, failed, refused] = figures;
        state.counts = Counts { calls, actions, not_recognized, dropped, failed, refused };
        state.waiting = waiting;
        state.notice = notice;
        state
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn no_frame_exceeds_its_screen(state in any_state(), width in 0u16..130, height in 0u16..50) {
        let frame = frame(&state, width, height);
        prop_assert_eq!(frame.lines.len(), usize::from(height));
        for line in &frame.lines {
            let text = line.text();
            prop_assert!(text.width() <= usize::from(width), "{}: {:?}", width, text);
            prop_assert!(line.width() <= usize::from(width), "{}: {:?}", width, text);
            prop_assert!(!text.chars().any(char::is_control), "{:?}", text);
        }
    }
}
