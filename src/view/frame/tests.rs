use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use ratatui_core::style::Color;
use unicode_width::UnicodeWidthStr;

use super::layout::grouped;
use super::screen::clock;
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
    state.set_denials(vec![Denial {
        call: "s3.PutBucketPolicy".to_owned(),
        why: "no identity-based policy allows it; the policy has it now".to_owned(),
        words: "User: arn:aws:iam::111122223333:user/deploy is not authorized to perform: s3:PutBucketPolicy".to_owned(),
        times: 1,
        open: false,
    }]);
    state.set_callers(vec![Caller {
        name: "arn:aws:iam::111122223333:user/deploy".to_owned(),
        calls: 1057,
        note: String::new(),
    }]);
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

/// The screen's lines as text.
fn lines(frame: &Buffer) -> Vec<String> {
    let rows = frame.content.chunks(usize::from(frame.area.width).max(1));
    rows.map(|row| {
        let mut text = String::new();
        let mut hidden = 0;
        for cell in row {
            if hidden == 0 {
                text.push_str(cell.symbol());
                hidden = cell.symbol().width().max(1);
            }
            hidden -= 1;
        }
        text
    })
    .collect()
}

/// The screen as text between two edges.
fn drawn(state: &mut State, width: u16, height: u16) -> String {
    lines(&frame(state, width, height)).iter().map(|line| format!("|{line}|\n")).collect()
}

/// A state after keys.
fn after(mut state: State, keys: &[Key]) -> State {
    // Places are known once it was drawn.
    for key in keys {
        frame(&mut state, 80, 24);
        state.typed(&[*key]);
    }
    state
}

fn typed(text: &str) -> Vec<Key> {
    text.chars().map(Key::Char).collect()
}

#[test]
fn frames_are_as_they_were_agreed() {
    let filter = [typed("/lambda"), vec![Key::Enter]].concat();
    let mut explained = deploy();
    explained.explain("why", "lambda:CreateFunction\n  arn:aws:lambda:eu-west-1:111122223333:function:*\n    operation: every call of the operation needs it\n      lambda.CreateFunction20150331  1 call  2026-11-27T08:15:30Z  201\n");
    let cases = [
        ("deploy-80x24", drawn(&mut deploy(), 80, 24)),
        ("deploy-120x40", drawn(&mut deploy(), 120, 40)),
        ("deploy-200x60", drawn(&mut deploy(), 200, 60)),
        ("deploy-40x12", drawn(&mut deploy(), 40, 12)),
        ("deploy-20x6", drawn(&mut deploy(), 20, 6)),
        ("large-80x24", drawn(&mut large(), 80, 24)),
        ("large-scrolled-80x24", drawn(&mut after(large(), &[Key::Home, Key::Down]), 80, 24)),
        ("denials-80x24", drawn(&mut after(deploy(), &typed("3j")), 80, 24)),
        ("principals-20x6", drawn(&mut after(deploy(), &typed("4")), 20, 6)),
        ("filter-80x24", drawn(&mut after(deploy(), &filter), 80, 24)),
        ("help-80x24", drawn(&mut after(deploy(), &typed("?")), 80, 24)),
        ("help-20x6", drawn(&mut after(deploy(), &typed("?")), 20, 6)),
        ("explained-80x24", drawn(&mut explained, 80, 24)),
        ("waiting-60x8", drawn(&mut waiting(), 60, 8)),
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
    for mut state in [deploy(), large(), waiting(), State::default()] {
        for (width, height) in
            [(300, 100), (80, 24), (20, 6), (20, 5), (3, 3), (1, 1), (1, 100), (300, 1)]
        {
            for keys in ["", "1", "2", "3", "4", "?", "q", "/", "\u{1b}"] {
                state.typed(&typed(keys));
                let frame = frame(&mut state, width, height);
                assert_eq!((frame.area.width, frame.area.height), (width, height));
            }
        }
        assert!(frame(&mut state, 0, 24).content.is_empty());
        assert!(frame(&mut state, 80, 0).content.is_empty());
    }
}

/// The lines in which something has a look.
fn with_look(frame: &Buffer, has: impl Fn(&ratatui_core::buffer::Cell) -> bool) -> Vec<String> {
    let rows = frame.content.chunks(usize::from(frame.area.width));
    rows.zip(lines(frame))
        .filter(|(row, _)| row.iter().any(|cell| has(cell) && cell.symbol() != " "))
        .map(|(_, line)| line)
        .collect()
}

#[test]
fn what_is_new_is_marked_and_only_for_a_moment() {
    let mut state = deploy();
    let new = with_look(&frame(&mut state, 80, 24), |cell| cell.fg == Color::Green).join(" ");
    assert!(new.contains("lambda:CreateFunction"), "{new}");
    assert!(new.contains("function:*") && !new.contains("s3:GetObject"), "{new}");
    let marked = |state: &mut State| {
        lines(&frame(state, 80, 24)).iter().filter(|line| line.starts_with(" +")).count()
    };
    assert_eq!(marked(&mut state), 3, "the action row, the resource and the call");

    state.elapsed += Duration::from_secs(3);
    assert_eq!(marked(&mut state), 0);
    let frame = frame(&mut state, 80, 24);
    assert_eq!(with_look(&frame, |cell| cell.fg == Color::Green), <Vec<String>>::new());
}

#[test]
fn no_colour_says_what_the_text_does_not() {
    let frame = frame(&mut deploy(), 80, 24);
    for (color, mark) in [(Color::Green, " +"), (Color::Red, " !"), (Color::Yellow, " ?")] {
        for line in with_look(&frame, |cell| cell.fg == color) {
            let is_status = line.contains(" calls · ");
            assert!(is_status || line.starts_with(mark), "{color:?}: {line}");
        }
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
    state.set_denials(vec![Denial { words: "\u{1b}c".to_owned(), ..Denial::default() }]);
    state.set_callers(vec![Caller { name: "arn:\u{202e}x".to_owned(), ..Caller::default() }]);
    state.notice = Some("cannot write \u{1b}c".to_owned());
    state.explain("\u{1b}[5m", "\u{1b}[31mred\u{7}\nnext\ttab");
    for keys in ["", "\u{1b}"] {
        let frame = frame(&mut state, 160, 40);
        let text = lines(&frame).concat();
        assert!(!text.chars().any(char::is_control), "{text:?}");
        let shown: &[&str] = if keys.is_empty() {
            &["\\u{1b}[31mred\\u{7}"]
        } else {
            &[
                "\\u{1b}]0;owned\\u{7}",
                "s3\\u{d}",
                "a\\u{a}b",
                "s3:\\u{9b}2J",
                "\\u{202e}gnp",
                "\\u{1b}c",
            ]
        };
        for shown in shown {
            assert!(text.contains(shown), "{shown} in {text}");
        }
        state.typed(&[Key::Escape]);
    }
}

#[test]
fn keys_ask_for_what_the_view_cannot_do() {
    let mut state = deploy();
    frame(&mut state, 80, 24);
    assert_eq!(state.typed(&typed("w")), [Input::Write]);
    assert_eq!(state.typed(&typed("c")), [Input::Copy]);
    assert_eq!(state.typed(&typed("qq")), [Input::Quit, Input::Quit]);
    assert_eq!(state.typed(&[Key::Interrupt]), [Input::Quit]);
    // The cursor goes to what is new, and then where it is led.
    let granted = |actions: &[&str], resource: &str| {
        let actions = actions.iter().map(ToString::to_string).collect();
        vec![Input::Explain(Subject::Granted { actions, resources: vec![resource.to_owned()] })]
    };
    let function = "arn:aws:lambda:eu-west-1:111122223333:function:*";
    let lambda = granted(&["lambda:CreateFunction", "lambda:TagResource"], function);
    assert_eq!(state.typed(&typed("e")), lambda);
    state.typed(&[Key::Home]);
    let s3 = granted(&["s3:GetBucketLocation", "s3:ListBucket"], "arn:aws:s3:::acme-state");
    assert_eq!(state.typed(&[Key::Enter]), s3);
    frame(&mut state, 80, 24);
    state.typed(&typed("2"));
    let call = Subject::Called {
        service: "lambda".to_owned(),
        operation: Some("CreateFunction20150331".to_owned()),
        ended: "It ended with 201 in eu-west-1.".to_owned(),
    };
    frame(&mut state, 80, 24);
    assert_eq!(state.typed(&typed("e")), [Input::Explain(call)]);
}

#[test]
fn text_that_is_pasted_or_looked_for_is_no_command() {
    let mut state = deploy();
    frame(&mut state, 80, 24);
    let asked = state.typed(&typed("aws sqs list-queues"));
    assert!(!asked.contains(&Input::Quit), "{asked:?}");
    assert_eq!(state.typed(&[Key::Pasted('q'), Key::Pasted('w')]), []);
    let mut state = deploy();
    assert_eq!(state.typed(&typed("/")), []);
    for key in [Key::Char('q'), Key::Char('w'), Key::Pasted('e'), Key::Char('1')] {
        assert_eq!(state.typed(&[key]), []);
    }
    assert!(drawn(&mut state, 80, 24).contains(" / qwe1▏ Enter keeps it"));
    assert_eq!(state.typed(&[Key::Interrupt]), [Input::Quit], "Ctrl-C always does");
    state.typed(&[Key::Escape]);
    assert!(!drawn(&mut state, 80, 24).contains(" / "));
}

#[test]
fn a_filter_shows_what_has_it_and_says_so() {
    let filter = [typed("/LAMBDA"), vec![Key::Enter]].concat();
    let screen = drawn(&mut after(deploy(), &filter), 80, 24);
    assert!(screen.contains("lambda:CreateFunction"), "{screen}");
    assert!(screen.contains("iam:PassRole"), "its condition has it: {screen}");
    assert!(!screen.contains("dynamodb") && !screen.contains("acme-state"), "{screen}");
    assert!(screen.contains("(filtered)") && screen.contains("Esc clears"), "{screen}");
    let nothing = [typed("/nowhere"), vec![Key::Enter]].concat();
    assert!(drawn(&mut after(deploy(), &nothing), 80, 24).contains("nothing here has it"));
}

#[test]
fn the_list_of_calls_stays_while_it_is_read() {
    let mut state = deploy();
    for number in 0..100 {
        state.heard(call("s3", "GetObject", 200 + number));
    }
    let mut state = after(state, &typed("2jjjj"));
    let row = |state: &mut State| {
        let screen = lines(&frame(state, 80, 24));
        let at = screen.iter().position(|line| line.starts_with('▸')).unwrap();
        (at, screen[at].clone())
    };
    let before = row(&mut state);
    assert!(before.1.contains("296"), "{before:?}");
    for number in 0..50 {
        state.heard(call("sqs", "SendMessage", 100 + number));
        // Also the very call comes again.
        state.heard(call("s3", "GetObject", 296));
    }
    let now = row(&mut state);
    assert_eq!(now.0, before.0);
    assert!(now.1.contains("296") && now.1.contains("×51"), "{now:?}");
    // Back to what is new.
    state.typed(&[Key::Escape]);
    let screen = drawn(&mut state, 80, 24);
    assert!(screen.contains("GetObject                  eu-west-1       296"), "{screen}");
    assert!(screen.contains("149"), "{screen}");
}

#[test]
fn the_policy_stays_while_it_is_read_and_follows_what_is_new_before() {
    let mut state = large();
    let screen = drawn(&mut state, 80, 24);
    assert!(screen.contains("ec2:DescribeSomething29"), "it follows: {screen}");
    let mut state = after(state, &[Key::Home, Key::Down, Key::Down, Key::Down]);
    let screen = drawn(&mut state, 80, 24);
    let cursor = |screen: &str| {
        let at = screen.lines().position(|line| line.starts_with("|▸")).unwrap();
        (at, screen.lines().nth(at).unwrap()[..40].to_owned())
    };
    let before = cursor(&screen);
    let mut policy: Vec<Statement> =
        state.statements.iter().map(|it| it.statement.clone()).collect();
    policy.insert(0, statement(&["a:B"], &["arn:1", "arn:2", "arn:3"], &[]));
    state.elapsed += Duration::from_secs(1);
    state.set_policy(policy);
    let screen = drawn(&mut state, 80, 24);
    assert_eq!(cursor(&screen), before, "{screen}");
}

#[test]
fn what_was_dropped_is_always_told() {
    let mut state = deploy();
    assert!(drawn(&mut state, 80, 24).contains("0 dropped"));
    state.counts.dropped = 17;
    for width in [20, 40, 80, 200] {
        let screen = drawn(&mut state, width, 24);
        assert!(screen.contains("17 dropped") && screen.contains("1,057"), "{width}: {screen}");
    }
}

#[test]
fn drawing_costs_little_however_much_there_is() {
    let mut state = State::new("a long run");
    for number in 0..10_000_u32 {
        state.heard(Heard {
            error: (number % 7 == 0).then(|| format!("Error{number}")),
            ..call("s3", "GetObject", 200 + (number % 400) as u16)
        });
    }
    let policy: Vec<Statement> = (0..250)
        .map(|n| {
            let of = |k: usize| format!("arn:aws:s3:::bucket-{n:03}/{k}");
            statement(&["s3:GetObject", "s3:PutObject"], &[&of(0), &of(1), &of(2)], &[])
        })
        .collect();
    state.set_policy(policy);
    frame(&mut state, 200, 60);
    let start = std::time::Instant::now();
    for number in 0..20 {
        state.elapsed += Duration::from_millis(100);
        state.counts.calls = number;
        frame(&mut state, 200, 60);
    }
    let each = start.elapsed() / 20;
    println!("a screen of 200x60 takes {each:?}");
    // A tenth of the time between two, without optimisation and beside other tests: it takes 4 ms.
    assert!(each < Duration::from_millis(60), "{each:?}");
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

fn any_key() -> impl Strategy<Value = Key> {
    let keys = [
        Key::Up,
        Key::Down,
        Key::PageUp,
        Key::PageDown,
        Key::Home,
        Key::End,
        Key::Tab,
        Key::BackTab,
        Key::Enter,
        Key::Escape,
        Key::Backspace,
        Key::Redraw,
        Key::Pasted('x'),
    ];
    prop_oneof![
        proptest::sample::select(keys.to_vec()),
        proptest::sample::select("1234?/ejkgG wc東".chars().collect::<Vec<_>>())
            .prop_map(Key::Char),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn no_frame_exceeds_its_screen(
        mut state in any_state(),
        denied in names(4),
        keys in proptest::collection::vec((any_key(), 0u16..130, 0u16..50), 1..12),
        explained in proptest::option::of(name()),
    ) {
        let denial = |it: &String| Denial { call: it.clone(), why: it.clone(), words: it.clone(), times: 2, open: true };
        state.set_denials(denied.iter().map(denial).collect());
        state.set_callers(denied.iter().map(|it| Caller { name: it.clone(), note: it.clone(), calls: 1 }).collect());
        if let Some(text) = explained {
            state.explain("why", &text);
        }
        for (key, width, height) in keys {
            let frame = frame(&mut state, width, height);
            prop_assert_eq!((frame.area.width, frame.area.height), (width, height));
            for line in lines(&frame) {
                prop_assert!(line.width() <= usize::from(width), "{}: {:?}", width, line);
                prop_assert!(!line.chars().any(char::is_control), "{:?}", line);
            }
            state.typed(&[key]);
        }
    }
}
