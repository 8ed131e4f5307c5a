//! What `run` is told of a command that is tried.

use crate::cli::declared::Run;
use crate::cli::enforce::Enforce;
use crate::cli::gate::RunCheck;
use crate::cli::levels::PolicyLevels;
use crate::cli::report::Page;
use crate::cli::shared::Neighbours;
use crate::cli::trying::Try;

impl Try {
    /// The command as `run` runs it.
    pub(crate) fn as_run(&self) -> Run {
        let mut shared = self.shared.clone();
        if self.learn {
            // What is learned is written there at the end.
            shared.policy.output_file = None;
        }
        Run {
            shared,
            mode: self.mode,
            neighbours: Neighbours::default(),
            proxy: self.proxy.clone(),
            check: RunCheck::default(),
            enforce: Enforce::default(),
            levels: PolicyLevels::default(),
            page: Page::default(),
            view: false,
            command: self.command.clone(),
        }
    }
}
