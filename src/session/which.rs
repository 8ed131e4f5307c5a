//! Which calls shape a policy: by how they ended, and by who stands behind them.

use crate::authorize::Standing;
use crate::call::Call;
use crate::session::aside::Aside;

/// Which calls go into a policy, by how they ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All: one that failed needs its permission as well.
    All,
    /// Those that failed.
    Failed,
    /// Those that did not.
    Succeeded,
}

impl Which {
    /// Whether a call is one of them.
    pub fn has(self, call: &Call) -> bool {
        match self {
            Which::All => true,
            Which::Failed => call.outcome.failed(),
            Which::Succeeded => !call.outcome.failed(),
        }
    }
}

/// Whether calls without credentials are taken into account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Anonymous {
    /// Leave them out: no policy of the caller decides about them.
    #[default]
    Omit,
    /// Treat them as if they had been signed.
    Include,
}

/// Why a call is left out of the policy, if it is: no policy of the caller's was to decide on it. `needs`: whether it would
/// need something otherwise.
pub fn set_aside(call: &Call, needs: bool, anonymous: Anonymous) -> Option<Aside> {
    match Standing::of(call) {
        Standing::Unauthenticated => Some(Aside::Unauthenticated),
        Standing::Anonymous if needs && anonymous == Anonymous::Omit => Some(Aside::Anonymous),
        Standing::Anonymous | Standing::Judged => None,
    }
}
