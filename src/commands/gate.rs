//! The gate: policies that are read, held against what was recorded, and the result wherever it is wanted.

use std::path::{Path, PathBuf};

use crate::cli;
use crate::commands::recorded::said;
use crate::evaluate::audit::Audit;
use crate::evaluate::document::Document;
use crate::failure::Failure;
use crate::judge::{Identity, Judged, simulate};
use crate::output::appended::append;
use crate::output::console::Console;
use crate::output::overwriting;
use crate::output::print;
use crate::output::target::Target;
use crate::policies::PolicyFile;
use crate::remote::Asking;
use crate::report::check::outcome::{Options, Outcome};
use crate::report::check::{json, markdown, plain, sarif};
use crate::session::needs::Collected;
use crate::text;

/// Policies, and how they are judged.
#[derive(Debug)]
pub(super) struct Gate {
    files: Vec<PathBuf>,
    documents: Vec<Document>,
    options: Options,
    sarif: Option<Target>,
}

/// Where the result is printed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Destination<'a> {
    /// Standard output, as text.
    Stdout,
    /// Standard output, as JSON.
    Json,
    /// Standard error, as text; where standard output is the command's.
    Stderr(&'a Console),
}

impl Gate {
    /// Reads the policies, and makes sure that the result can be written.
    ///
    /// # Errors
    ///
    /// When a policy cannot be read or is none, or a file cannot be written.
    pub(super) fn open(policies: &[PathBuf], options: &cli::Gate) -> Result<Gate, Failure> {
        let sarif = options.sarif.as_deref().map(Target::check_unlinked).transpose()?;
        if let Some(sarif) = &sarif {
            overwriting::check_sarif(sarif)?;
        }
        let read = policies.iter().map(|path| PolicyFile::read(path));
        let (files, documents) = read
            .map(|file| file.map(|file| (file.path, file.document)))
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .unzip();
        Ok(Gate { files, documents, options: judging(options), sarif })
    }

    /// The gate of `run --check`, if it was asked for. `enforces`: what is said of condition keys is said for --enforce, too.
    ///
    /// # Errors
    ///
    /// As [`open`](Gate::open), and when there is an option for a check that there is not.
    pub(super) fn for_a_run(
        options: &cli::RunCheck,
        enforces: bool,
    ) -> Result<Option<Gate>, Failure> {
        if !options.check.is_empty() {
            return Gate::open(&options.check, &options.gate).map(Some);
        }
        let cli::Gate { unused, allow_undecided, context, sarif } = &options.gate;
        for (given, name) in [
            (*unused, "--unused"),
            (*allow_undecided, "--allow-undecided"),
            (!context.is_empty() && !enforces, "--context"),
            (sarif.is_some(), "--sarif"),
        ] {
            if given {
                return Err(Failure::WithoutCheck(name));
            }
        }
        Ok(None)
    }

    /// Holds the policies against needs, says what comes of it wherever that is wanted, and returns
    /// the exit code: 0 when they fit, 3 when something is missing, 4 when something is unused.
    ///
    /// # Errors
    ///
    /// When the result cannot be written.
    pub(super) fn check(&self, collected: &Collected, to: Destination<'_>) -> Result<i32, Failure> {
        self.check_beside(collected, to, None)
    }

    /// As [`check`](Gate::check), with AWS's verdicts beside ours; `caller` is the user who asks, if that is known.
    ///
    /// # Errors
    ///
    /// Also when AWS does not answer.
    pub(super) fn check_with_aws(
        &self,
        collected: &Collected,
        to: Destination<'_>,
        (asking, caller): (&Asking, Option<&str>),
    ) -> Result<i32, Failure> {
        let (needs, _) = collected.needs(&self.options.context);
        let judgements = &Audit::of(&self.documents, &needs).judgements;
        let identity = Identity::Policies {
            names: &self.names(),
            documents: &self.documents,
            judgements,
            caller,
        };
        self.check_beside(collected, to, Some(simulate(asking, identity, &needs)?))
    }

    fn names(&self) -> Vec<String> {
        self.files.iter().map(|path| path.display().to_string()).collect()
    }

    fn check_beside(
        &self,
        collected: &Collected,
        to: Destination<'_>,
        aws: Option<Judged>,
    ) -> Result<i32, Failure> {
        let outcome =
            Outcome::of(self.names(), &self.documents, &self.options, collected).beside(aws);
        let code = outcome.exit_code();
        let unwritten = |path: &str, error| Failure::Report { path: path.to_owned(), error };
        if let Some(target) = &self.sarif {
            target.write_end(&sarif::render(&outcome)).map_err(Failure::Written)?;
        }
        if let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty())
        {
            let path = Path::new(&path);
            append(path, &markdown::render(&outcome))
                .map_err(|error| unwritten(&path.display().to_string(), error))?;
        }
        match to {
            Destination::Stderr(console) => console.print(&plain::render(&outcome)),
            Destination::Stdout | Destination::Json => {
                let json = matches!(to, Destination::Json);
                let text = if json { json::render(&outcome) } else { plain::render(&outcome) };
                let text = if json { text::json(&text) } else { text::page(&text) };
                print::show(&text)?;
            }
        }
        Ok(code)
    }
}

fn judging(options: &cli::Gate) -> Options {
    Options {
        context: said(&options.context),
        fails_unused: options.unused,
        fails_undecided: !options.allow_undecided,
    }
}
