//! Everybody whose calls were heard.

use indexmap::IndexMap;

use crate::call::{Call, Identity};
use crate::policy::{Builder, Growing, HeldBy};
use crate::session::principals::directory::Directory;
use crate::session::principals::principal::Principal;
use crate::session::principals::selection::Selection;

/// Principals that are told apart at most; what comes beyond is [`Principal::Others`].
pub(crate) const MOST: usize = 1_000;

/// The calls of one principal.
#[derive(Debug, Default)]
pub struct Share {
    /// Calls that ended.
    pub calls: u64,
    /// What they need; empty unless it is [kept apart](Callers::new).
    pub builder: Growing,
}

impl Share {
    fn absorb(&mut self, other: Share) {
        self.calls += other.calls;
        self.builder.absorb(&other.builder);
    }
}

/// Whose keys are, of recordings that are read from their beginning once that is known.
#[derive(Debug, Default)]
pub struct Keys(Directory);

impl Keys {
    /// Takes in what a call's answer told.
    pub fn learn(&mut self, call: &Call) {
        self.0.learn(call);
    }

    /// Puts a call into the account of its key, where it has none.
    pub fn complete(&self, call: &mut Call) {
        if call.account.is_none() {
            call.account = call.principal.as_deref().and_then(|key| self.0.account(key));
        }
    }
}

/// Everybody whose calls were heard.
#[derive(Debug)]
pub struct Callers {
    directory: Directory,
    selection: Selection,
    apart: bool,
    /// By principal, and whether it is selected: of one role's sessions some may be.
    shares: IndexMap<(Principal, bool), Share>,
    /// Where the last call belonged: the next is likely to be by the same.
    last: Option<(Option<String>, usize)>,
    /// The accounts that calls were in.
    accounts: Accounts,
    generation: u64,
}

/// The accounts that calls were in, as far as it matters: whether it was one.
#[derive(Debug, Default)]
enum Accounts {
    #[default]
    None,
    One(String),
    Several,
}

impl Accounts {
    fn see(&mut self, account: &str) {
        match self {
            Accounts::None => *self = Accounts::One(account.to_owned()),
            Accounts::One(one) if one != account => *self = Accounts::Several,
            Accounts::One(_) | Accounts::Several => {}
        }
    }
}

impl Callers {
    /// Nobody yet. Policies are kept `apart` where each principal is to have its own; they are too where some principals
    /// are selected, since a key can turn out to be one of theirs.
    pub fn new(selection: Selection, apart: bool) -> Callers {
        Callers {
            directory: Directory::default(),
            apart: apart || !selection.is_all(),
            selection,
            shares: IndexMap::new(),
            last: None,
            accounts: Accounts::None,
            generation: 0,
        }
    }

    /// Takes in what a call's answer told, and completes the call by what is known: its account. What of `whole`, the
    /// policy of all that are selected, was not known to belong there, is added; and where an account was not known, it is
    /// put in.
    pub fn learn(&mut self, call: &mut Call, whole: &mut Growing) {
        if !call.evidence.told.is_empty() {
            let moved = self.directory.learn(call);
            for (before, after) in &moved {
                self.last = None;
                self.rehome(before, after, whole);
            }
            if !moved.is_empty() {
                let Callers { directory, shares, .. } = self;
                settle(shares, whole, |key| key.and_then(|key| directory.account(key)));
            }
        }
        self.complete(call);
    }

    /// Completes a call by what is known: its account.
    pub fn complete(&mut self, call: &mut Call) {
        if call.account.is_none() {
            call.account = call.principal.as_deref().and_then(|key| self.directory.account(key));
        }
        if let Some(account) = &call.account {
            self.accounts.see(account);
        }
    }

    /// No call will come any more: what calls without a key left open is in the one account that was seen, if it was
    /// one.
    pub fn end(&mut self, whole: &mut Growing) {
        let Callers { directory, accounts, shares, .. } = self;
        settle(shares, whole, |key| account_of(directory, accounts, key));
        self.generation += 1;
    }

    /// Changes what each principal's policy has.
    pub fn change(&mut self, change: impl Fn(&Builder) -> Builder) {
        for share in self.shares.values_mut() {
            share.builder = share.builder.changed(&change);
        }
        self.generation += 1;
    }

    /// The account of an access key; of calls without one, the one that all the others were in.
    pub fn account_of(&self, key: Option<&str>) -> Option<String> {
        account_of(&self.directory, &self.accounts, key)
    }

    /// Who made a call.
    pub fn caller(&self, call: &Call) -> Principal {
        self.directory.caller(call)
    }

    /// A principal as it is known by now, of which no more than a key may have been.
    pub fn known(&self, principal: &Principal) -> Principal {
        match principal {
            Principal::Key(key) => self.directory.principal_of(key),
            known => known.clone(),
        }
    }

    /// The ARN of whose key that is, as it was told: `*` stands in it for what was not.
    pub fn arn_of(&self, key: &str) -> Option<&str> {
        self.directory.arn_of(key)
    }

    /// The key that a session was made with that its caller's own principal has (`GetSessionToken`); of all others the key itself.
    pub fn source_of<'a>(&'a self, key: &'a str) -> &'a str {
        self.directory.followed(key)
    }

    /// A role's or user's ARN with its path, where an answer told it.
    pub fn with_path<'a>(&'a self, arn: &'a str) -> &'a str {
        self.directory.with_path(arn)
    }

    /// The ARN of who made a call is put among what was told, for the recording.
    pub fn tell(&self, call: &mut Call) {
        let told = &mut call.evidence.told;
        if let Some(arn) = call.principal.as_deref().and_then(|key| self.directory.arn_of(key))
            && told.iter().all(|it| it.access_key.is_some())
        {
            told.push(Identity { access_key: None, arn: Some(arn.to_owned()) });
        }
    }

    /// The share that a call belongs to, and whether it is selected.
    pub fn share(&mut self, call: &Call) -> (&mut Share, bool) {
        let index = match &self.last {
            // Without a key it depends on the source, too.
            Some((key, index)) if key.is_some() && *key == call.principal => *index,
            _ => {
                let principal = self.directory.caller(call);
                let selected = self.is_selected(call.principal.as_deref(), &principal);
                let index = self.index(principal, selected);
                self.last = Some((call.principal.clone(), index));
                index
            }
        };
        let selected = self.shares.get_index(index).is_none_or(|((_, selected), _)| *selected);
        (&mut self.shares[index], selected)
    }

    /// What a principal needs, if it is kept apart.
    pub fn need(&mut self, call: &Call, need: impl FnOnce(&mut Growing) -> bool) {
        if self.apart && need(&mut self.share(call).0.builder) {
            self.generation += 1;
        }
    }

    /// What holds groups of resources has changed.
    pub fn hold_anew(&mut self, held_by: impl Fn(usize) -> HeldBy) {
        self.shares.values_mut().for_each(|share| share.builder.hold_anew(&held_by));
        self.generation += 1;
    }

    /// A number that grows whenever a principal's policy does, or its name is found out.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Those who are selected, in the order of first sight.
    pub fn selected(&self) -> impl Iterator<Item = (&Principal, &Share)> {
        self.of(true)
    }

    /// Those who are not.
    pub fn left_out(&self) -> impl Iterator<Item = (&Principal, &Share)> {
        self.of(false)
    }

    fn of(&self, wanted: bool) -> impl Iterator<Item = (&Principal, &Share)> {
        let shares = self.shares.iter().filter(move |((_, selected), _)| *selected == wanted);
        shares.map(|((principal, _), share)| (principal, share))
    }

    /// What a principal is called where it is read: its ARN, with the path where that is known.
    pub fn name<'a>(&'a self, principal: &'a Principal) -> &'a str {
        match principal {
            Principal::Arn(arn) => self.directory.with_path(arn),
            _ => principal.name(),
        }
    }

    fn index(&mut self, principal: Principal, selected: bool) -> usize {
        let mut key = (principal, selected);
        if let Some(index) = self.shares.get_index_of(&key) {
            return index;
        }
        if self.shares.len() >= MOST {
            key.0 = Principal::Others;
        }
        let entry = self.shares.entry(key);
        let index = entry.index();
        entry.or_default();
        index
    }

    fn is_selected(&self, key: Option<&str>, principal: &Principal) -> bool {
        if self.selection.is_all() {
            return true;
        }
        let arn = key.and_then(|key| self.directory.arn_of(key));
        let names = [key, Some(principal.name()), Some(self.name(principal)), arn];
        self.selection.has(&names.into_iter().flatten().collect::<Vec<_>>())
    }

    /// It is known now whose the calls of `before` are.
    fn rehome(&mut self, before: &Principal, after: &Principal, whole: &mut Growing) {
        for was_selected in [true, false] {
            let Some(share) = self.shares.shift_remove(&(before.clone(), was_selected)) else {
                continue;
            };
            let key = match before {
                Principal::Key(key) => Some(key.as_str()),
                _ => None,
            };
            let selected = was_selected || self.is_selected(key, after);
            if selected && !was_selected {
                whole.absorb(&share.builder);
            }
            let index = self.index(after.clone(), selected);
            self.shares[index].absorb(share);
            self.generation += 1;
        }
    }
}

fn account_of(directory: &Directory, accounts: &Accounts, key: Option<&str>) -> Option<String> {
    match (key, accounts) {
        (Some(key), _) => directory.account(key),
        (None, Accounts::One(account)) => Some(account.clone()),
        (None, Accounts::None | Accounts::Several) => None,
    }
}

/// Puts accounts that are known where they were left open, in the policy of all and in each one's own.
fn settle(
    shares: &mut IndexMap<(Principal, bool), Share>,
    whole: &mut Growing,
    account_of: impl Fn(Option<&str>) -> Option<String>,
) {
    whole.settle(&account_of);
    shares.values_mut().for_each(|share| share.builder.settle(&account_of));
}
