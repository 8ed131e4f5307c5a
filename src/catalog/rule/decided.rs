//! How the actions of an operation are decided.

/// How an operation's actions are decided.
#[derive(Debug)]
pub(crate) struct Decided {
    /// `MAPPED` and so on.
    pub(crate) permission: u32,
    /// The actions that it can need, its own first.
    pub(crate) actions: Vec<DecidedAction>,
    /// Which members name what ARN formats have variables for.
    pub(crate) variables: Vec<(String, Vec<String>)>,
}

/// How an action is decided.
#[derive(Debug)]
pub(crate) struct DecidedAction {
    /// Its prefix.
    pub(crate) prefix: String,
    /// Its name.
    pub(crate) name: String,
    /// `OWN` and so on.
    pub(crate) class: u32,
    /// Included by default although the request is not visible.
    pub(crate) common: bool,
    /// Condition keys with the values that they have.
    pub(crate) contexts: Vec<(String, Vec<String>)>,
    /// A condition of all its rules; mostly empty.
    pub(crate) guard: String,
    /// When it is needed; empty where its class says so.
    pub(crate) rules: Vec<String>,
    /// Whether the file says when it is needed.
    pub(crate) by_file: bool,
}
