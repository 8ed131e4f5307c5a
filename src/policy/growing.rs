//! A policy that grows, and that is mended when it becomes known which account a call was in.

use std::ops::Deref;

use indexmap::IndexMap;

use crate::authorize::Conditions;
use crate::policy::builder::Builder;

/// Keys whose accounts are waited for; a program has a handful. What is beyond keeps its `*`.
const MOST_KEYS: usize = 1_000;

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

#[derive(Debug)]
struct Open {
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
        if self.open.is_none() && key.is_some() {
            let closed = self.builder.clone();
            self.open = Some(Box::new(Open { closed, by_key: IndexMap::new(), more: false }));
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

    /// Adds all that another one allows.
    pub fn absorb(&mut self, other: &Growing) {
        if self.open.is_none() && other.open.is_some() {
            let closed = self.builder.clone();
            self.open = Some(Box::new(Open { closed, by_key: IndexMap::new(), more: false }));
        }
        if let Some(open) = &mut self.open {
            open.closed.absorb(other.open.as_ref().map_or(&other.builder, |it| &it.closed));
            for (key, builder) in other.open.iter().flat_map(|it| &it.by_key) {
                open.of(key).absorb(builder);
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
        let Open { closed, by_key, .. } = &mut **open;
        by_key.retain(|key, builder| {
            let Some(account) = known(key) else { return true };
            closed.absorb_each(builder, |resource| with_account(resource, &account));
            mended = true;
            false
        });
        if !mended {
            return;
        }
        let parts: Vec<&Builder> = std::iter::once(&*closed).chain(by_key.values()).collect();
        self.builder = self.builder.rebuilt(&parts);
        if open.by_key.is_empty() && !open.more {
            self.open = None;
        }
    }

    /// The same, with what each builder has changed.
    pub fn changed(&self, change: impl Fn(&Builder) -> Builder) -> Growing {
        let open = self.open.as_ref().map(|open| {
            let by_key = open.by_key.iter().map(|(key, it)| (key.clone(), change(it))).collect();
            Box::new(Open { closed: change(&open.closed), by_key, more: open.more })
        });
        Growing { builder: change(&self.builder), open }
    }

    /// Whether resources are left open, since an account is not known.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }
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
