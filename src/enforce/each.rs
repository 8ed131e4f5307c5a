//! Policies that each principal has for itself.

use std::collections::HashMap;

use crate::call::Call;
use crate::evaluate::levels::Levels;
use crate::session::principals::{Callers, Principal, file_name};

/// The policies of each principal, by what its file is called (`role-deploy`, or with the account `role-deploy-111122223333`).
#[derive(Debug, Default)]
pub struct Each {
    by_name: HashMap<String, Levels>,
    /// What holds for who has no file.
    nobody: Option<Levels>,
    /// Whose names need no account: another account's role of the same name is somebody else.
    account: Option<String>,
}

/// Whose policies hold for a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Own {
    /// Those of this name.
    Named(String),
    /// It has none.
    None,
    /// It was not told who that is.
    NotTold,
}

impl Each {
    /// Policies by the names of their files, and those of who has no file. `account`: whose names need no account; without it, that
    /// of the first call.
    pub fn new(by_name: HashMap<String, Levels>, nobody: Levels, account: Option<String>) -> Each {
        Each { by_name, nobody: Some(nobody), account }
    }

    /// Others take the place of the policies; whose names need no account stays.
    pub(super) fn replace(&mut self, other: Each) {
        self.by_name = other.by_name;
        self.nobody = other.nobody;
    }

    /// Whose policies hold for a call.
    pub(super) fn own(&mut self, callers: &Callers, call: &Call) -> Own {
        let principal = callers.caller(call);
        let Principal::Arn(arn) = &principal else { return Own::NotTold };
        let Some(account) = arn.split(':').nth(4).filter(|it| !it.is_empty()) else {
            return Own::NotTold;
        };
        let short = file_name(&principal);
        let long = format!("{short}-{account}");
        if self.by_name.contains_key(&long) {
            return Own::Named(long);
        }
        let home = self.account.get_or_insert_with(|| account.to_owned());
        if home == account && self.by_name.contains_key(&short) {
            Own::Named(short)
        } else {
            Own::None
        }
    }

    /// The policies.
    pub(super) fn levels(&self, own: &Own) -> Option<&Levels> {
        match own {
            Own::Named(name) => self.by_name.get(name),
            Own::None => self.nobody.as_ref(),
            Own::NotTold => None,
        }
    }
}
