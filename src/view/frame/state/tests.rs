use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn statement(actions: &[&str], resources: &[&str]) -> Statement {
    let owned = |items: &[&str]| items.iter().map(ToString::to_string).collect();
    Statement { actions: owned(actions), resources: owned(resources), conditions: Vec::new() }
}

/// The policies one second after the other; of each statement of the last one since when its actions and resources are there, in seconds.
fn history(policies: &[&[Statement]]) -> Vec<(Vec<u64>, Vec<u64>)> {
    let mut state = State::default();
    for policy in policies {
        state.set_policy(policy.iter().cloned());
        state.elapsed += SECOND;
    }
    let seconds = |list: &[Duration]| list.iter().map(Duration::as_secs).collect();
    let shown = state.statements.iter();
    shown.map(|s| (seconds(&s.actions_since), seconds(&s.resources_since))).collect()
}

#[test]
fn an_unchanged_policy_has_nothing_new() {
    let policy: &[Statement] = &[statement(&["s3:A"], &["b"]), statement(&["s3:B"], &["*"])];
    let first = vec![(vec![0], vec![0]), (vec![0], vec![0])];
    assert_eq!(history(&[policy, policy, policy]), first);
}

#[test]
fn an_action_that_joins_a_statement_is_new_although_another_statement_had_it() {
    let before = [statement(&["s3:Get"], &["a"]), statement(&["s3:Put"], &["b"])];
    let after = [statement(&["s3:Get", "s3:Put"], &["a"]), statement(&["s3:Put"], &["b"])];
    let shown = history(&[&before, &after]);
    assert_eq!(shown, [(vec![0, 1], vec![0]), (vec![0], vec![0])]);
}

#[test]
fn a_resource_that_joins_a_statement_is_new() {
    let before = [statement(&["s3:Get"], &["a"])];
    let after = [statement(&["s3:Get"], &["a", "b"])];
    assert_eq!(history(&[&before, &after]), [(vec![0], vec![0, 1])]);
}

#[test]
fn a_statement_with_the_actions_of_another_is_told_from_it() {
    let other = statement(&["s3:Get"], &["z"]);
    let before = [statement(&["s3:Get"], &["a"]), other.clone()];
    let after = [statement(&["s3:Get"], &["a", "b"]), other, statement(&["s3:Get"], &["c"])];
    assert_eq!(
        history(&[&before, &after]),
        [(vec![0], vec![0, 1]), (vec![0], vec![0]), (vec![1], vec![1])]
    );
}

#[test]
fn a_statement_that_moves_is_not_new() {
    let old = statement(&["s3:Get"], &["a"]);
    let new = statement(&["ec2:Run"], &["*"]);
    let shown = history(&[std::slice::from_ref(&old), &[new, old.clone()]]);
    assert_eq!(shown, [(vec![1], vec![1]), (vec![0], vec![0])]);
}

#[test]
fn a_statement_that_grows_both_ways_at_once_is_followed_by_its_place() {
    let before = [statement(&["s3:Get"], &["a"])];
    let after = [statement(&["s3:Get", "s3:Put"], &["a", "b"])];
    assert_eq!(history(&[&before, &after]), [(vec![0, 1], vec![0, 1])]);
}

#[test]
fn equal_calls_share_a_line_and_the_newest_is_first() {
    let mut state = State::default();
    for service in ["s3", "iam", "s3"] {
        state.heard(Heard::new(service));
    }
    state.heard(Heard { status: Some(403), ..Heard::new("s3") });
    let lines: Vec<_> =
        state.calls_shown().map(|(kind, it)| (&*kind.service, kind.status, it.times)).collect();
    assert_eq!(lines, [("s3", Some(403), 1), ("s3", None, 2), ("iam", None, 1)]);
}

#[test]
fn calls_beyond_what_is_kept_are_let_go() {
    let mut state = State::default();
    for number in 0..10_000 {
        state.heard(Heard::new(format!("service-{number}")));
        assert!(state.calls.len() <= 2 * CALLS_KEPT);
    }
    assert!(state.has_more_calls());
    assert_eq!(state.calls_count(), CALLS_KEPT);
    let shown: Vec<_> = state.calls_shown().map(|(kind, _)| kind.service.to_string()).collect();
    assert_eq!(shown.len(), CALLS_KEPT);
    assert_eq!((&*shown[0], &*shown[999]), ("service-9999", "service-9000"));
}

#[test]
fn names_that_never_end_are_cut() {
    let mut state = State::default();
    state.heard(Heard { error: Some("é".repeat(100_000)), ..Heard::new("s3") });
    let error = state.calls_shown().next().and_then(|(kind, _)| kind.error.clone());
    assert_eq!(error.map(|it| it.chars().count()), Some(LONGEST + 1));
}
