//! A policy that grows, and that is mended: when it becomes known which account a call was in, and when a tag that held
//! something is changed.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Deref;

use indexmap::{IndexMap, IndexSet};

use crate::authorize::Conditions;
use crate::policy::builder::Builder;

/// Keys whose accounts are waited for; a program has a handful. What is beyond keeps its `*`.
const MOST_KEYS: usize = 1_000;

/// What holds the resources of a group: keys of conditions and their values, all of which are to be so
/// (`aws:ResourceTag/env`, `ci`).
pub type HeldBy = Vec<(String, String)>;

/// In which account a call was whose needs are added.
#[derive(Debug, Clone, Copy)]
pub enum Account<'a> {
    /// In one that was known, or that is named otherwise.
    Known,
    /// In that of this access key, which is not known, so that resources have `*` in its place; `None`: the call had no
    /// key.
    Of(Option<&'a str>),
}

/// A policy that grows. Resources whose account was left open are kept apart as well, by key, until it is known; while none
/// was, this is a [`Builder`] and costs no more.
#[derive(Debug, Default)]
pub struct Growing {
    builder: Builder,
    open: Option<Box<Open>>,
}

/// What is allowed under conditions that may change.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Held {
    action: Box<str>,
    resource: Box<str>,
    /// Those that stay.
    conditions: Conditions,
    group: usize,
    /// The access key whose account it is in, where that is open; the empty text without one.
    open: Option<Box<str>>,
}

#[derive(Debug, Default)]
struct Open {
    /// What a group's conditions hold.
    held: IndexSet<Held>,
    /// The conditions of the groups, as they are now.
    held_by: HashMap<usize, HeldBy>,
    /// All but what is open.
    closed: Builder,
    /// What is open, by the access key; by the empty text where there was none.
    by_key: IndexMap<Box<str>, Builder>,
    /// More was left open than is waited for.
    more: bool,
}

impl Growing {
    /// Begins with what a builder has.
    pub fn new(builder: Builder) -> Growing {
        Growing { builder, open: None }
    }

    /// Adds an action on resources under conditions, as [`Builder::allow`] does.
    pub fn allow(
        &mut self,
        action: &str,
        resources: &[String],
        conditions: &Conditions,
        account: Account<'_>,
    ) -> bool {
        let key = match account {
            Account::Of(key) if resources.iter().any(|it| is_open(it)) => Some(key),
            _ => None,
        };
        if key.is_some() {
            self.open();
        }
        if let Some(open) = &mut self.open {
            for resource in resources {
                let to = match key.filter(|_| is_open(resource)) {
                    Some(key) => open.of(key.unwrap_or_default()),
                    None => &mut open.closed,
                };
                to.allow(action, std::slice::from_ref(resource), conditions);
            }
        }
        self.builder.allow(action, resources, conditions)
    }

    /// The same, where resources are also held by conditions of a group, which may change later.
    pub fn allow_held(
        &mut self,
        action: &str,
        resources: &[String],
        conditions: &Conditions,
        account: Account<'_>,
        group: usize,
        held_by: impl FnOnce() -> HeldBy,
    ) -> bool {
        let open = self.open();
        let held_by = open.held_by.entry(group).or_insert_with(held_by).clone();
        let mut is_new = false;
        for resource in resources {
            let key = match account {
                Account::Of(key) if is_open(resource) => Some(key.unwrap_or_default().into()),
                _ => None,
            };
            is_new |= open.held.insert(Held {
                action: action.into(),
                resource: resource.as_str().into(),
                conditions: conditions.clone(),
                group,
                open: key,
            });
        }
        is_new && self.builder.allow(action, resources, &with(conditions, &held_by))
    }

    /// What holds groups has changed.
    pub fn hold_anew(&mut self, held_by: impl Fn(usize) -> HeldBy) {
        let Some(open) = &mut self.open else { return };
        let mut changed = false;
        for (group, conditions) in &mut open.held_by {
            let now = held_by(*group);
            changed |= now != *conditions;
            *conditions = now;
        }
        if changed {
            self.rebuild();
        }
    }

    fn open(&mut self) -> &mut Open {
        let Growing { builder, open } = self;
        open.get_or_insert_with(|| Box::new(Open { closed: builder.clone(), ..Open::default() }))
    }

    /// Puts together what is kept apart.
    fn rebuild(&mut self) {
        let Growing { builder, open } = self;
        let Some(open) = open else { return };
        let parts: Vec<&Builder> =
            std::iter::once(&open.closed).chain(open.by_key.values()).collect();
        *builder = builder.rebuilt(&parts);
        for Held { action, resource, conditions, group, .. } in &open.held {
            let resource = [resource.to_string()];
            let held_by = open.held_by.get(group).map_or(&[][..], Vec::as_slice);
            builder.allow(action, &resource, &with(conditions, held_by));
        }
    }

    /// Adds all that another one allows.
    pub fn absorb(&mut self, other: &Growing) {
        if other.open.is_some() {
            self.open();
        }
        if let Some(open) = &mut self.open {
            open.closed.absorb(other.open.as_ref().map_or(&other.builder, |it| &it.closed));
            for (key, builder) in other.open.iter().flat_map(|it| &it.by_key) {
                open.of(key).absorb(builder);
            }
            if let Some(other) = &other.open {
                open.held.extend(other.held.iter().cloned());
                open.held_by.extend(other.held_by.iter().map(|(group, it)| (*group, it.clone())));
            }
            open.more |= other.open.as_ref().is_some_and(|it| it.more);
        }
        self.builder.absorb(&other.builder);
    }

    /// Puts accounts that are known by now where `*` stands for them; `account_of` knows them by access key.
    pub fn settle(&mut self, account_of: impl Fn(Option<&str>) -> Option<String>) {
        let Some(open) = &mut self.open else { return };
        let known = |key: &str| account_of(Some(key).filter(|key| !key.is_empty()));
        let mut mended = false;
        let Open { closed, by_key, held, .. } = &mut **open;
        let is_known = |it: &Held| it.open.as_deref().and_then(known);
        if held.iter().any(|it| is_known(it).is_some()) {
            let settled = std::mem::take(held).into_iter().map(|it| match is_known(&it) {
                Some(account) => {
                    Held { resource: with_account(&it.resource, &account).into(), open: None, ..it }
                }
                None => it,
            });
            *held = settled.collect();
            mended = true;
        }
        by_key.retain(|key, builder| {
            let Some(account) = known(key) else { return true };
            closed.absorb_each(builder, |resource| with_account(resource, &account));
            mended = true;
            false
        });
        if !mended {
            return;
        }
        self.rebuild();
        if self
            .open
            .as_ref()
            .is_some_and(|it| it.by_key.is_empty() && it.held.is_empty() && !it.more)
        {
            self.open = None;
        }
    }

    /// The same, with what each builder has changed.
    pub fn changed(&self, change: impl Fn(&Builder) -> Builder) -> Growing {
        let open = self.open.as_ref().map(|open| {
            let mut all = Open { closed: open.closed.clone(), ..Open::default() };
            all.by_key = open.by_key.iter().map(|(key, it)| (key.clone(), it.clone())).collect();
            all.more = open.more;
            // What holds something is as it stays.
            for Held { action, resource, conditions, group, open: key } in &open.held {
                let held_by = open.held_by.get(group).map_or(&[][..], Vec::as_slice);
                let to = match key {
                    Some(key) => all.of(key),
                    None => &mut all.closed,
                };
                to.allow(action, &[resource.to_string()], &with(conditions, held_by));
            }
            all.closed = change(&all.closed);
            all.by_key.values_mut().for_each(|it| *it = change(it));
            Box::new(all)
        });
        Growing { builder: change(&self.builder), open }
    }

    /// Whether resources are left open, since an account is not known.
    pub fn is_open(&self) -> bool {
        self.open.as_ref().is_some_and(|open| {
            open.more || !open.by_key.is_empty() || open.held.iter().any(|it| it.open.is_some())
        })
    }
}

/// Conditions and what holds beside them.
fn with(conditions: &Conditions, held_by: &[(String, String)]) -> Conditions {
    let mut conditions = conditions.clone();
    for (key, value) in held_by {
        let keys = conditions.entry(Cow::Borrowed("StringEquals")).or_default();
        keys.insert(Cow::Owned(key.clone()), vec![value.clone()]);
    }
    conditions
}

impl Open {
    /// Where what is open for a key is kept.
    fn of(&mut self, key: &str) -> &mut Builder {
        if !self.by_key.contains_key(key) {
            if self.by_key.len() >= MOST_KEYS {
                self.more = true;
                return &mut self.closed;
            }
            self.by_key.insert(key.into(), Builder::new());
        }
        &mut self.by_key[key]
    }
}

/// What is there now.
impl Deref for Growing {
    type Target = Builder;

    fn deref(&self) -> &Builder {
        &self.builder
    }
}

/// Whether the account of a resource is left open. It is not where AWS's own formats have `*` for it: devices of Braket's,
/// and recovery points, which are of any service.
pub fn is_open(resource: &str) -> bool {
    let mut fields = resource.splitn(6, ':');
    let mut field = || fields.next().unwrap_or_default();
    let (start, _, service, region, account) = (field(), field(), field(), field(), field());
    let Some(name) = fields.next() else { return false };
    let is_anybodys =
        service == "*" || (service, region) == ("braket", "*") && name.starts_with("device/");
    start == "arn" && account == "*" && !is_anybodys
}

/// The resource in this account, if its account is left open.
pub fn with_account(resource: &str, account: &str) -> String {
    if !is_open(resource) {
        return resource.to_owned();
    }
    let mut fields: Vec<&str> = resource.splitn(6, ':').collect();
    fields[4] = account;
    fields.join(":")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::policy::statement::Order;

    const QUEUE: &str = "arn:aws:sqs:eu-west-1:*:q";

    fn allow(policy: &mut Growing, resource: &str, account: Account<'_>) {
        policy.allow("sqs:SendMessage", &[resource.to_owned()], &Conditions::new(), account);
    }

    fn resources(policy: &Growing) -> Vec<String> {
        let policy = policy.policy(Order::FirstSeen);
        policy.statements.into_iter().flat_map(|it| it.resources).collect()
    }

    #[test]
    fn an_account_that_becomes_known_takes_its_place() {
        let mut policy = Growing::default();
        let elsewhere = "arn:aws:sqs:eu-west-1:444455556666:q";
        allow(&mut policy, "arn:aws:sqs:eu-west-1:111122223333:other", Account::Known);
        assert!(!policy.is_open());
        allow(&mut policy, QUEUE, Account::Of(Some("A")));
        // The pattern swallows it, and gives it back.
        allow(&mut policy, elsewhere, Account::Known);
        assert_eq!(resources(&policy).len(), 2);
        let before = policy.generation();
        policy.settle(|key| (key == Some("B")).then(|| "111122223333".to_owned()));
        assert!(policy.is_open() && policy.generation() == before, "another key says nothing");
        policy.settle(|key| (key == Some("A")).then(|| "111122223333".to_owned()));
        assert!(!policy.is_open() && policy.generation() > before);
        let all = resources(&policy);
        assert_eq!(all.len(), 3, "{all:?}");
        assert!(all.iter().all(|it| !is_open(it)) && all.contains(&elsewhere.to_owned()));
    }

    #[test]
    fn what_two_keys_left_open_stays_open_for_the_other() {
        let mut policy = Growing::default();
        allow(&mut policy, QUEUE, Account::Of(Some("A")));
        allow(&mut policy, QUEUE, Account::Of(None));
        let known = |key: Option<&str>| key.map(|_| "111122223333".to_owned());
        policy.settle(known);
        assert_eq!(resources(&policy), [QUEUE]);
        policy.settle(|_| Some("111122223333".to_owned()));
        assert_eq!(resources(&policy), ["arn:aws:sqs:eu-west-1:111122223333:q"]);
    }

    #[test]
    fn what_is_absorbed_is_mended_too() {
        let (mut whole, mut share) = (Growing::default(), Growing::default());
        allow(&mut whole, "arn:aws:sqs:eu-west-1:111122223333:other", Account::Known);
        allow(&mut share, QUEUE, Account::Of(Some("A")));
        whole.absorb(&share);
        whole.settle(|_| Some("111122223333".to_owned()));
        assert!(resources(&whole).iter().all(|it| !is_open(it)), "{:?}", resources(&whole));
        assert_eq!(resources(&share), [QUEUE]);
    }

    #[test]
    fn what_is_held_changes_with_what_holds_it() {
        let mut policy = Growing::default();
        let vpc = ["arn:aws:ec2:eu-west-1:*:vpc/*".to_owned()];
        let mut tags = vec![("aws:ResourceTag/env".to_owned(), "ci".to_owned())];
        let held = |policy: &Growing| {
            let policy = policy.policy(Order::FirstSeen);
            policy
                .statements
                .into_iter()
                .map(|it| (it.resources, it.conditions))
                .collect::<Vec<_>>()
        };
        let add = |policy: &mut Growing, tags: &Vec<(String, String)>| {
            let account = Account::Of(Some("A"));
            policy
                .allow_held("ec2:DeleteVpc", &vpc, &Conditions::new(), account, 0, || tags.clone())
        };
        assert!(add(&mut policy, &tags) && !add(&mut policy, &tags));
        assert_eq!(held(&policy)[0].1["StringEquals"]["aws:ResourceTag/env"], ["ci"]);
        assert!(policy.is_open());
        policy.settle(|_| Some("111122223333".to_owned()));
        let settled = held(&policy);
        assert_eq!(settled.len(), 1);
        assert_eq!(settled[0].0, ["arn:aws:ec2:eu-west-1:111122223333:vpc/*"]);
        assert!(!policy.is_open());
        tags.clear();
        policy.hold_anew(|_| tags.clone());
        let changed = held(&policy);
        assert_eq!((changed.len(), changed[0].1.len()), (1, 0), "{changed:?}");
    }

    #[test]
    fn memory_is_bounded() {
        let mut policy = Growing::default();
        for number in 0..2 * MOST_KEYS {
            allow(&mut policy, QUEUE, Account::Of(Some(&number.to_string())));
        }
        let kept = policy.open.as_ref().map(|open| open.by_key.len());
        assert_eq!(kept, Some(MOST_KEYS));
        policy.settle(|_| Some("111122223333".to_owned()));
        assert!(policy.is_open(), "what is beyond stays open, and that is said");
    }

    #[test]
    fn formats_that_leave_the_account_open_are_not_mended() {
        let catalog = Catalog::embedded();
        let actions = catalog.services().flat_map(|it| it.operations());
        let actions = actions.flat_map(|it| it.authorized()).map(|it| it.action());
        for format in
            actions.flat_map(|it| it.resources()).flat_map(|it| it.resource_type.arn_formats())
        {
            assert!(!is_open(&format.replace("${Vendor}", "*")), "{format}");
        }
        assert!(is_open(QUEUE) && !is_open("*") && !is_open("arn:aws:s3:::*"));
    }
}
