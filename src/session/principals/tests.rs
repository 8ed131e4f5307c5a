use serde_json::{Map, json};

use crate::authorize::Conditions;
use crate::call::{Call, Identity};
use crate::call::{Evidence, Outcome, Source, Timestamp};
use crate::policy::Growing;
use crate::policy::{Account, Builder, Order};
use crate::session::principals::callers::MOST;
use crate::session::principals::*;

const ROLE: &str = "arn:aws:iam::111122223333:role/deploy";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/deploy/ci";

fn call(key: Option<&str>) -> Call {
    Call {
        source: Source::Proxy,
        time: Timestamp(0),
        service: "s3".into(),
        operation: Some("ListBuckets".into()),
        recognized: true,
        region: None,
        partition: "aws".into(),
        account: None,
        principal: key.map(str::to_owned),
        outcome: Outcome::default(),
        attempts: 1,
        host: None,
        method: None,
        path: None,
        user_agent: None,
        parameters: Map::new(),
        evidence: Evidence::default(),
    }
}

fn telling(by: &str, access_key: Option<&str>, arn: Option<&str>) -> Call {
    let mut call = call(Some(by));
    call.evidence.told =
        vec![Identity { access_key: access_key.map(str::to_owned), arn: arn.map(str::to_owned) }];
    call
}

/// A recording without files.
struct Heard {
    callers: Callers,
    whole: Growing,
}

impl Heard {
    fn new(principals: &[&str]) -> Heard {
        let patterns = principals.iter().map(|it| (*it).to_owned()).collect();
        Heard { callers: Callers::new(Selection::new(patterns), true), whole: Growing::default() }
    }

    /// A call that needs this action.
    fn hear(&mut self, mut call: Call, action: &str) -> Call {
        self.callers.learn(&mut call, &mut self.whole);
        let (share, selected) = self.callers.share(&call);
        share.calls += 1;
        let allow = |policy: &mut Growing| {
            policy.allow(action, &["*".to_owned()], &Conditions::new(), Account::Known)
        };
        self.callers.need(&call, allow);
        if selected {
            allow(&mut self.whole);
        }
        call
    }

    fn said(shares: impl Iterator<Item = (Principal, u64, String)>) -> Vec<String> {
        shares.map(|(who, calls, actions)| format!("{} {calls} {actions}", who.name())).collect()
    }

    fn selected(&self) -> Vec<String> {
        Self::said(self.callers.selected().map(described))
    }

    fn left_out(&self) -> Vec<String> {
        Self::said(self.callers.left_out().map(described))
    }

    fn whole(&self) -> String {
        actions(&self.whole)
    }
}

fn described((principal, share): (&Principal, &Share)) -> (Principal, u64, String) {
    (principal.clone(), share.calls, actions(&share.builder))
}

fn actions(builder: &Builder) -> String {
    let policy = builder.policy(Order::Alphabetical);
    policy.statements.iter().flat_map(|it| it.actions.clone()).collect::<Vec<_>>().join(" ")
}

#[test]
fn who_it_was_is_known_of_earlier_calls_too() {
    let mut heard = Heard::new(&[]);
    heard.hear(call(Some("ASIA1")), "s3:A");
    heard.hear(call(Some("AKIA9")), "s3:B");
    assert_eq!(heard.selected(), ["ASIA1 1 s3:A", "AKIA9 1 s3:B"]);
    heard.hear(telling("ASIA1", None, Some(SESSION)), "s3:C");
    heard.hear(call(Some("ASIA1")), "s3:D");
    assert_eq!(heard.selected(), ["AKIA9 1 s3:B", &format!("{ROLE} 3 s3:A s3:C s3:D")]);
    assert_eq!(heard.whole(), "s3:A s3:B s3:C s3:D");
}

#[test]
fn sessions_of_a_role_are_one_and_the_one_who_assumes_it_is_another() {
    let mut heard = Heard::new(&[]);
    heard.hear(telling("AKIA1", Some("ASIA1"), Some(SESSION)), "sts:AssumeRole");
    let other = SESSION.replace("/ci", "/cd");
    heard.hear(telling("AKIA1", Some("ASIA2"), Some(&other)), "sts:AssumeRole");
    heard.hear(call(Some("ASIA1")), "s3:A");
    heard.hear(call(Some("ASIA2")), "s3:B");
    heard.hear(call(None), "s3:C");
    heard.hear(Call { source: Source::Csm, ..call(None) }, "s3:D");
    let all = [
        "AKIA1 2 sts:AssumeRole",
        &format!("{ROLE} 2 s3:A s3:B"),
        "anonymous 1 s3:C",
        "unknown 1 s3:D",
    ];
    assert_eq!(heard.selected(), all);
}

#[test]
fn a_session_of_ones_own_is_oneself_also_before_it_is_known_who_that_is() {
    let mut heard = Heard::new(&[]);
    heard.hear(telling("AKIA1", Some("ASIA1"), None), "s3:A");
    heard.hear(call(Some("ASIA1")), "s3:B");
    assert_eq!(heard.selected(), ["AKIA1 2 s3:A s3:B"]);
    let user = "arn:aws:iam::111122223333:user/ann";
    heard.hear(telling("ASIA1", None, Some(user)), "s3:C");
    heard.hear(call(Some("AKIA1")), "s3:D");
    assert_eq!(heard.selected(), [format!("{user} 4 s3:A s3:B s3:C s3:D")]);
    // Nobody's session of nobody's, round and round.
    heard.hear(telling("ASIA7", Some("ASIA8"), None), "s3:E");
    heard.hear(telling("ASIA8", Some("ASIA7"), None), "s3:E");
    heard.hear(telling("ASIA6", Some("ASIA6"), None), "s3:E");
    assert_eq!(heard.selected().len(), 3);
}

#[test]
fn a_name_that_is_told_in_part_is_told_in_full_later() {
    let mut heard = Heard::new(&[]);
    let part = "arn:aws:iam::111122223333:role/AWSReservedSSO_Admin_*";
    let mut portal = telling("", Some("ASIA1"), Some(part));
    portal.principal = None;
    heard.hear(portal, "s3:A");
    heard.hear(call(Some("ASIA1")), "s3:B");
    assert_eq!(heard.selected()[1], format!("{part} 1 s3:B"));
    let full = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0a1b/ann";
    heard.hear(telling("ASIA1", None, Some(full)), "s3:C");
    let role = "arn:aws:iam::111122223333:role/AWSReservedSSO_Admin_0a1b";
    assert_eq!(heard.selected()[1], format!("{role} 2 s3:B s3:C"));
    // Somebody else's word does not change it.
    heard.hear(telling("AKIA2", Some("ASIA1"), Some(SESSION)), "s3:D");
    assert_eq!(heard.callers.name(&Principal::Arn(role.to_owned())), role);
    assert_eq!(heard.selected().len(), 3);
}

#[test]
fn the_account_comes_with_the_name_and_the_path_with_the_request() {
    let mut heard = Heard::new(&[]);
    let mut assumed = telling("AKIA1", Some("ASIA1"), Some(SESSION));
    let arn = "arn:aws:iam::111122223333:role/teams/web/deploy";
    assumed.parameters.insert("RoleArn".to_owned(), json!(arn));
    heard.hear(assumed, "sts:AssumeRole");
    let heard_over_csm = Call { source: Source::Csm, ..call(Some("ASIA1")) };
    let mut after = heard.hear(heard_over_csm, "s3:A");
    assert_eq!(after.account.as_deref(), Some("111122223333"));
    heard.callers.tell(&mut after);
    assert_eq!(after.evidence.told[0].arn.as_deref(), Some(SESSION));
    assert_eq!(heard.callers.name(&Principal::Arn(ROLE.to_owned())), arn);
    assert_eq!(heard.hear(call(Some("AKIA1")), "s3:B").account, None);
}

#[test]
fn who_is_selected_is_selected_from_the_first_call() {
    for pattern in [ROLE, "*:role/dep*", SESSION, "arn:aws:iam::111122223333:role/teams/deploy"] {
        let mut heard = Heard::new(&[pattern]);
        heard.hear(call(Some("ASIA1")), "s3:A");
        heard.hear(call(Some("AKIA1")), "s3:B");
        assert_eq!(heard.whole(), "");
        heard.hear(telling("ASIA1", None, Some(SESSION)), "s3:C");
        assert_eq!(heard.whole(), "s3:A s3:C", "{pattern}");
        assert_eq!(heard.selected(), [format!("{ROLE} 2 s3:A s3:C")]);
        assert_eq!(heard.left_out(), ["AKIA1 1 s3:B"]);
    }
    // One of a role's sessions, and one of a user's keys.
    let mut heard = Heard::new(&["ASIA1", "AKIA?"]);
    heard.hear(telling("AKIA1", Some("ASIA1"), Some(SESSION)), "sts:AssumeRole");
    heard.hear(telling("AKIA1", Some("ASIA2"), Some(SESSION)), "sts:AssumeRole");
    heard.hear(call(Some("ASIA1")), "s3:A");
    heard.hear(call(Some("ASIA2")), "s3:B");
    assert_eq!(heard.selected(), ["AKIA1 2 sts:AssumeRole", &format!("{ROLE} 1 s3:A")]);
    assert_eq!(heard.left_out(), [format!("{ROLE} 1 s3:B")]);
    assert_eq!(heard.whole(), "s3:A sts:AssumeRole");
}

#[test]
fn memory_is_bounded() {
    let mut heard = Heard::new(&[]);
    for number in 0..3 * MOST {
        heard.hear(call(Some(&format!("AKIA{number}"))), "s3:A");
    }
    let shares = heard.selected();
    assert_eq!(shares.len(), MOST + 1);
    assert_eq!(shares[MOST], format!("others {} s3:A", 2 * MOST));
}

#[cfg(unix)]
#[test]
fn a_file_that_goes_takes_its_name_along_and_not_what_a_link_leads_to() {
    use crate::output::console::{Console, Verbosity};
    use crate::policy::Generalize;
    use crate::render::Format;
    use crate::session::shape::Shape;

    let shape = Shape {
        order: Order::FirstSeen,
        generalize: Generalize::Exact,
        format: Format::Json,
        sid: false,
        minimize: false,
        fit: None,
    };
    let console = Console::new(Verbosity::Quiet);
    let folder = tempfile::tempdir().unwrap();
    let (file, kept) = (folder.path().join("policies/key-ASIA1.json"), folder.path().join("kept"));
    let mut files =
        crate::output::per_principal::Files::check(&folder.path().join("policies"), &shape, false)
            .unwrap();
    let mut heard = Heard::new(&[]);
    heard.hear(call(Some("ASIA1")), "s3:A");
    files.replace(&heard.callers, &shape, &console);
    // Somebody lays a link in its place, before it is known whose key it is.
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&kept, "kept").unwrap();
    std::os::unix::fs::symlink(&kept, &file).unwrap();
    heard.hear(telling("ASIA1", None, Some(SESSION)), "s3:B");
    files.replace(&heard.callers, &shape, &console);
    assert!(!file.is_symlink() && folder.path().join("policies/role-deploy.json").exists());
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), "kept");
}
