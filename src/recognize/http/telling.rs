//! Which texts of an operation's answers are wanted.

use super::makes;
use super::named::answers;
use crate::catalog::Operation;

/// What is wanted of an operation's answers.
#[derive(Debug)]
pub(super) struct Telling {
    /// The paths that are wanted, as they are written in rules; the last name alone, wherever it stands, where it begins
    /// with a dot.
    pub(super) paths: Vec<String>,
    /// How many of them decide; those behind them tell what was made.
    pub(super) deciding: usize,
}

impl Telling {
    /// Works it out, once per operation: its rules are read for it.
    pub(super) fn of(operation: Operation) -> Telling {
        let mut paths = answers(operation);
        if operation.service().name() == "iam" {
            paths.push(".Arn".to_owned());
        }
        let deciding = paths.len();
        paths.extend(makes::wanted(operation));
        Telling { paths, deciding }
    }
}
