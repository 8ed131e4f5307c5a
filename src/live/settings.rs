//! What a recording is to do, checked before anything is heard.

use crate::live::following::Page;
use crate::live::judging::Judging;
use crate::output::console::Console;
use crate::output::keeper::Outputs;
use crate::session;

/// What a recording needs to know.
pub struct Settings {
    /// What becomes of calls.
    pub session: session::Settings,
    /// Where everything goes.
    pub outputs: Outputs,
    /// Where policies are in force.
    pub judging: Option<Judging>,
    /// Whether the proxy's requests are printed.
    pub debug: bool,
    /// Whether it is said at the end what the policy cannot do yet.
    pub hints: bool,
    /// The page that is written at the end, or shown meanwhile.
    pub page: Option<Page>,
    /// What is said.
    pub console: Console,
}
