//! What the policy is to be (its order, format, Sids, size), and how it becomes text and files.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use crate::catalog::Catalog;
use crate::cli::{self, PolicyOptions, Resources};
use crate::output::console::{Console, Verbosity};
use crate::output::file::{self, OutputError, Target};
use crate::output::overwriting;
use crate::policy::fit::{self, Fit, Fitted, TooLarge};
use crate::policy::size::{self, ATTACHED};
use crate::policy::{
    self, Builder, Count, Generalize, Generalized, Minimized, Order, Policy, Shortened,
};
use crate::render::{self, Format};
use crate::report::summary::counted;
use crate::text::Foreign;

/// How many wildcards, of actions or of resources, are named.
const SHOWN: usize = 10;
/// How many actions are named of those that have a wildcard of resources.
const ACTIONS_SHOWN: usize = 3;
/// `--resources grouped`: two of a kind may be chance, three are a pattern.
const GROUPED: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1);

/// What the policy is to be.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// The order of statements, actions and resources.
    pub order: Order,
    generalize: Generalize,
    format: Format,
    sid: bool,
    minimize: bool,
    fit: Option<Fit>,
    force: bool,
}

/// A policy that is finished: in documents that fit, where that was asked for.
#[derive(Debug)]
pub struct Finished {
    /// As it is without being split.
    pub whole: Policy,
    /// The documents; one, unless it had to be split.
    pub documents: Vec<Policy>,
    generalized: Vec<Generalized>,
    at_least: usize,
    minimized: Minimized,
    fit: Option<Fit>,
    too_large: Option<TooLarge>,
    format: Format,
    force: bool,
}

/// Where a policy was written.
#[derive(Debug)]
pub enum Written {
    /// On standard output, or another stream.
    Printed,
    /// In this file.
    File(String),
    /// The whole in the first, and the documents that fit in the others.
    Files(String, Vec<String>),
}

impl Shape {
    /// What the options say.
    pub fn of(options: &PolicyOptions) -> Shape {
        Shape {
            order: if options.sort_alphabetical { Order::Alphabetical } else { Order::FirstSeen },
            generalize: match options.resources {
                None => Generalize::Over(options.group_over),
                Some(Resources::Exact) => Generalize::Exact,
                Some(Resources::Grouped) => Generalize::Over(GROUPED),
                Some(Resources::Account) => Generalize::Account,
                Some(Resources::Wildcard) => Generalize::Wildcard,
            },
            format: match options.format {
                cli::Format::Json => Format::Json,
                cli::Format::Hcl => Format::Hcl,
                cli::Format::CloudFormation => Format::CloudFormation,
                cli::Format::Cdk => Format::Cdk,
                cli::Format::Markdown => Format::Markdown,
            },
            sid: options.sid,
            force: options.force,
            minimize: options.minimize,
            fit: options.fit.map(|fit| match fit {
                cli::Fit::Managed => Fit::Managed,
                cli::Fit::InlineRole => Fit::InlineRole,
                cli::Fit::InlineUser => Fit::InlineUser,
                cli::Fit::InlineGroup => Fit::InlineGroup,
            }),
        }
    }

    /// What the names of files in this format end in.
    pub fn extension(&self) -> &'static str {
        match self.format {
            Format::Json => "json",
            Format::Hcl => "tf",
            Format::CloudFormation => "yaml",
            Format::Cdk => "ts",
            Format::Markdown => "md",
        }
    }

    /// Whether files that are no policies may be replaced.
    pub fn force(&self) -> bool {
        self.force
    }

    /// Makes every resource `*`, as `--resources wildcard` does.
    pub fn force_wildcard(&mut self) {
        self.generalize = Generalize::Wildcard;
    }

    /// A builder of such a policy.
    pub fn builder(&self) -> Builder {
        Builder::generalizing(self.generalize, formats)
    }

    /// The text of a policy that still grows: whole, however large it is.
    pub fn meanwhile(&self, builder: &Builder) -> String {
        let (policy, _) = self.policy(builder);
        render::render(self.format, &[policy])
    }

    /// The policy at the end.
    pub fn finish(&self, builder: &Builder) -> Finished {
        let (whole, mut minimized) = self.policy(builder);
        let mut finished = Finished {
            documents: vec![whole.clone()],
            whole,
            generalized: builder.generalized(),
            at_least: 1,
            minimized: Minimized::default(),
            fit: self.fit,
            too_large: None,
            format: self.format,
            force: self.force,
        };
        if let Some(to) = self.fit {
            match fit::fit(finished.whole.clone(), to, &mut known) {
                Ok(Fitted { documents, at_least, minimized: for_it }) => {
                    minimized.joined += for_it.joined;
                    minimized.wildcards.extend(for_it.wildcards);
                    finished = Finished { documents, at_least, ..finished };
                }
                Err(too_large) => finished.too_large = Some(too_large),
            }
        }
        finished.minimized = minimized;
        finished
    }

    fn policy(&self, builder: &Builder) -> (Policy, Minimized) {
        let mut policy = builder.policy(self.order);
        // Before anything is shortened: a Sid says what was asked for.
        if self.sid {
            policy::name_statements(&mut policy);
        }
        let minimized = if self.minimize {
            policy::minimize(&mut policy, &mut known)
        } else {
            Minimized::default()
        };
        (policy, minimized)
    }
}

/// The actions of a prefix that AWS has.
fn known(prefix: &str) -> Vec<String> {
    Catalog::embedded().actions(prefix).map(|action| action.name().to_owned()).collect()
}

/// The ARN formats of the resource types of a prefix of actions.
fn formats(prefix: &str) -> Vec<&'static str> {
    let actions = Catalog::embedded().actions(prefix);
    let types = actions.flat_map(|action| action.resources().map(|it| it.resource_type));
    let formats: BTreeSet<_> = types.flat_map(|it| it.arn_formats()).collect();
    formats.into_iter().collect()
}

impl Finished {
    /// Writes it: the file as a whole, and where it takes several documents and the format has one in
    /// a file, those beside it (`policy.json`: `policy-1.json`, `policy-2.json`).
    ///
    /// # Errors
    ///
    /// When a file cannot be written.
    pub fn write(&self, target: &Target) -> Result<Written, OutputError> {
        let shown = target.file().map(|path| path.display().to_string());
        match target.file() {
            Some(path) if self.format.is_one_document() && self.documents.len() > 1 => {
                target
                    .write_end(&render::render(self.format, std::slice::from_ref(&self.whole)))?;
                let mut files = Vec::new();
                for (index, document) in self.documents.iter().enumerate() {
                    let path = file::numbered(path, index + 1);
                    let text = render::render(self.format, std::slice::from_ref(document));
                    let target = Target::unlinked(&path)?;
                    overwriting::check(&target, self.force)?;
                    target.write_end(&text)?;
                    files.push(path.display().to_string());
                }
                Ok(Written::Files(shown.unwrap_or_default(), files))
            }
            _ => {
                target.write_end(&self.text())?;
                Ok(shown.map_or(Written::Printed, Written::File))
            }
        }
    }

    /// All of it as one text.
    pub fn text(&self) -> String {
        render::render(self.format, &self.documents)
    }

    /// How many statements it has in all.
    pub fn statements(&self) -> usize {
        self.documents.iter().map(|document| document.statements.len()).sum()
    }

    /// Whether it is as small as was asked for.
    pub fn fits(&self) -> bool {
        self.too_large.is_none()
    }

    /// Says what was done to it, where it is, and what stands in its way.
    pub fn say(&self, console: &Console, target: &Target, written: Option<&Written>) {
        if !self.generalized.is_empty() {
            console.say(self.generalized(console.says(Verbosity::Verbose)));
        }
        match self.minimized.joined {
            0 => {}
            1 => console
                .say("  1 statement joined another that differed in the values of one condition."),
            more => console.say(format_args!(
                "  {more} statements joined others that differed in the values of one condition."
            )),
        }
        if !self.minimized.wildcards.is_empty() {
            console.say(self.wildcards(console.says(Verbosity::Verbose)));
        }
        if let Some(TooLarge { size, limit }) = self.too_large {
            console.warn(self.refusal(size, limit));
            return;
        }
        let size = size::size(&self.whole);
        if self.fit.is_none() {
            let (limit, managed) = (size::MANAGED.characters, size > size::MANAGED.characters);
            if managed {
                console.say(format_args!(
                    "  The policy has {size} characters, and IAM takes {limit} in a managed one; --fit managed makes it fit."
                ));
            }
            return;
        }
        self.say_documents(console, size, written);
        if let Some(path) = target.file()
            && self.fit == Some(Fit::Managed)
            && self.format.is_one_document()
        {
            let documents = if self.documents.len() > 1 { self.documents.len() } else { 0 };
            let next = file::numbered(path, documents + 1);
            if next.symlink_metadata().is_ok() {
                console.warn(format_args!(
                    "{} is of an earlier policy and no part of this one; remove it, and any that follow",
                    next.display()
                ));
            }
        }
    }

    fn say_documents(&self, console: &Console, size: usize, written: Option<&Written>) {
        let count = self.documents.len();
        if count == 1 {
            return;
        }
        let sizes: Vec<_> =
            self.documents.iter().map(|document| size::size(document).to_string()).collect();
        let fewest = if count == self.at_least {
            "fewer cannot hold it".to_owned()
        } else {
            format!("{} are needed at least", self.at_least)
        };
        console.say(format_args!(
            "  It takes {count} managed policies of {} characters; {fewest}.",
            sizes.join(", ")
        ));
        match written {
            Some(Written::Files(whole, files)) => console.warn(format_args!(
                "attach {}; {whole} holds the whole policy, which has {size} characters and is too large for IAM",
                files.join(", ")
            )),
            Some(Written::Printed) if self.format.is_one_document() => {
                console.warn("the policy is a list of documents, each to be attached by itself");
            }
            _ => {}
        }
        if count > ATTACHED {
            console.warn(format_args!(
                "{count} managed policies are more than the {ATTACHED} that can be attached to one role, user or group, unless AWS has raised your quota; \
                 inline policies count apart"
            ));
        }
    }

    fn generalized(&self, all: bool) -> String {
        let count = self.generalized.len();
        let shown = if all { count } else { SHOWN };
        let stand = if count == 1 { "stands" } else { "stand" };
        let mut text = format!(
            "  {} {stand} for the resources of calls; --resources exact lists each:",
            counted(count, "pattern")
        );
        for Generalized { pattern, actions, resources } in self.generalized.iter().take(shown) {
            let mut names = actions.iter().take(ACTIONS_SHOWN).map(|it| Foreign(it));
            let mut names = names.by_ref().map(|it| it.to_string()).collect::<Vec<_>>().join(", ");
            if actions.len() > ACTIONS_SHOWN {
                names.push_str(", …");
            }
            let Count { number, exact } = *resources;
            let about = if exact { "" } else { "about " };
            let resources = counted(number, "resource");
            text.push_str(&format!("\n    {names}: {about}{resources} as {}", Foreign(pattern)));
        }
        if count > shown {
            text.push_str(&format!("\n    and {} more (-v)", count - shown));
        }
        text
    }

    fn wildcards(&self, all: bool) -> String {
        let wildcards = &self.minimized.wildcards;
        let count: usize = wildcards.iter().map(|it| it.actions.len()).sum();
        let shown = if all { wildcards.len() } else { SHOWN };
        let mut names: Vec<_> = wildcards.iter().take(shown).map(|it| described(it, all)).collect();
        if wildcards.len() > shown {
            names.push("…".to_owned());
        }
        let (number, stand) = match wildcards.len() {
            1 => ("1 wildcard".to_owned(), "stands"),
            more => (format!("{more} wildcards"), "stand"),
        };
        format!(
            "  {number} {stand} for {count} actions, and for nothing else that AWS has today:\n    {}",
            names.join(if all { "\n    " } else { ", " })
        )
    }

    fn refusal(&self, size: usize, limit: size::Limit) -> String {
        let size::Limit { name, characters, .. } = limit;
        if self.fit == Some(Fit::Managed) {
            return format!(
                "the policy does not fit: one action on one resource alone is too large for {name} ({characters} characters); it was written whole"
            );
        }
        format!(
            "the policy does not fit: it has {size} characters, minimized, and {name} have {characters} at most; \
             it was written whole; --fit managed splits it"
        )
    }
}

fn described(shortened: &Shortened, all: bool) -> String {
    let Shortened { wildcard, actions } = shortened;
    if all {
        format!("{wildcard}: {}", actions.join(", "))
    } else {
        format!("{wildcard} ({})", actions.len())
    }
}
