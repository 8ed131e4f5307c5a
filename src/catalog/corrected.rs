//! What rules that were given at run time say of operations. It is set once; where nothing is, an operation finds that
//! out by one look at a static.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::action::Action;
use super::looked::Looked;

static SET: OnceLock<Set> = OnceLock::new();

/// Everything that such rules say.
#[derive(Debug, Default)]
pub(super) struct Set {
    /// By the places of service and operation.
    pub(super) operations: HashMap<(usize, usize), Corrected>,
    /// Headers, query keys, headers of answers.
    pub(super) looked_at: [Vec<String>; 3],
}

/// An operation of which rules that were given at run time say something.
#[derive(Debug)]
pub(super) struct Corrected {
    pub(super) permission: u32,
    pub(super) actions: Vec<CorrectedAction>,
    pub(super) variables: Vec<(String, Vec<String>)>,
    /// Whether another member names its resources than before.
    pub(super) renamed: bool,
    /// The file that says so.
    pub(super) file: String,
}

#[derive(Debug)]
pub(super) struct CorrectedAction {
    pub(super) action: Action,
    pub(super) class: u32,
    pub(super) common: bool,
    pub(super) contexts: Vec<(String, Vec<String>)>,
    pub(super) guard: String,
    pub(super) rules: Vec<String>,
    /// The file that says when it is needed, if it is none of the built-in ones.
    pub(super) file: Option<String>,
}

/// Sets it, or gives it back when something was set before.
pub(super) fn set(it: Set) -> Result<(), Set> {
    SET.set(it)
}

/// What was set for the operation with this place of a service with that.
pub(super) fn of(service: usize, operation: usize) -> Option<&'static Corrected> {
    SET.get()?.operations.get(&(service, operation))
}

/// Headers or query keys that were set to be looked at.
pub(super) fn looked_at(what: Looked) -> &'static [String] {
    SET.get().map(|it| &it.looked_at[what as usize][..]).unwrap_or_default()
}
