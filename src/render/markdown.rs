//! A policy as a summary for a pull request: a table of its statements, and how large it is against IAM's
//! limits. It is read by people (GitHub's and GitLab's Markdown); IAM reads the other formats.

use std::fmt::Write as _;

use crate::policy::size::{self, LIMITS};
use crate::policy::{Effect, Policy, Statement};
use crate::render::mermaid::{self, Edge};
use crate::text::printable;

/// Lines of a picture at most.
const MOST_EDGES: usize = 40;

/// Writes the documents.
pub fn render(documents: &[Policy]) -> String {
    let mut text = String::new();
    for (index, policy) in documents.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        let _ = match documents.len() {
            1 => writeln!(text, "## IAM policy\n"),
            count => writeln!(text, "## IAM policy, document {} of {count}\n", index + 1),
        };
        write_policy(&mut text, policy);
    }
    text
}

fn write_policy(text: &mut String, policy: &Policy) {
    let statements = &policy.statements;
    if statements.is_empty() {
        text.push_str("It allows nothing.\n");
        return;
    }
    let mut actions: Vec<_> = statements.iter().flat_map(|it| &it.actions).collect();
    actions.sort_unstable();
    actions.dedup();
    let (size, limits) = (size::size(policy), LIMITS.iter().filter(|it| !it.counts_space));
    let (fits, exceeds): (Vec<_>, Vec<_>) = limits.partition(|limit| size <= limit.characters);
    let names = |limits: &[&size::Limit]| {
        let name = |limit: &&size::Limit| format!("{} ({})", limit.name, limit.characters);
        limits.iter().map(name).collect::<Vec<_>>().join(", ")
    };
    let _ = write!(
        text,
        "{} in {}; {size} characters as IAM counts them.",
        counted(actions.len(), "action"),
        counted(statements.len(), "statement"),
    );
    if !fits.is_empty() {
        let _ = write!(text, " Fits {}.", names(&fits));
    }
    if !exceeds.is_empty() {
        let _ = write!(text, " Too large for {}.", names(&exceeds));
    }
    text.push_str("\n\n");
    let sids = statements.iter().any(|statement| statement.sid.is_some());
    let conditions = statements.iter().any(|statement| !statement.conditions.is_empty());
    let denies = statements.iter().any(|statement| statement.effect == Effect::Deny);
    let columns = [
        (sids, "Statement"),
        (denies, "Effect"),
        (true, "Actions"),
        (true, "Resources"),
        (conditions, "Conditions"),
    ];
    let row = |text: &mut String, cells: [String; 5]| {
        let cells = columns.iter().zip(cells).filter(|((shown, _), _)| *shown);
        for (_, cell) in cells {
            let _ = write!(text, "| {cell} ");
        }
        text.push_str("|\n");
    };
    row(text, columns.map(|(_, title)| title.to_owned()));
    row(text, columns.map(|_| "---".to_owned()));
    for statement in statements {
        row(text, cells(statement));
    }
    if let Some(picture) = mermaid::picture(&edges(statements)) {
        text.push('\n');
        text.push_str(&picture);
    }
}

/// What services may do to which resources.
fn edges(statements: &[Statement]) -> Vec<Edge> {
    let mut edges: Vec<Edge> = Vec::new();
    for statement in statements.iter().filter(|it| it.effect == Effect::Allow) {
        for (resource, action) in statement
            .resources
            .iter()
            .flat_map(|it| statement.actions.iter().map(move |action| (it, action)))
        {
            // More is not drawn.
            if edges.len() > MOST_EDGES {
                return Vec::new();
            }
            let (from, name) = action.split_once(':').unwrap_or(("", action));
            let to = mermaid::short(resource);
            let found = edges.iter().position(|it| it.from == from && it.to == to);
            match found.map(|it| &mut edges[it]) {
                Some(edge) if edge.through.iter().any(|it| it == name) => {}
                Some(edge) => edge.through.push(name.to_owned()),
                None => edges.push(Edge {
                    from: from.to_owned(),
                    through: vec![name.to_owned()],
                    to: to.to_owned(),
                }),
            }
        }
    }
    edges
}

fn cells(statement: &Statement) -> [String; 5] {
    let conditions = statement.conditions.iter().flat_map(|(operator, keys)| {
        keys.iter().map(move |(key, values)| {
            format!("{} {}: {}", code(operator), code(key), list(values, ", "))
        })
    });
    [
        statement.sid.as_deref().map(code).unwrap_or_default(),
        statement.effect.as_str().to_owned(),
        list(&statement.actions, "<br>"),
        list(&statement.resources, "<br>"),
        conditions.collect::<Vec<_>>().join("<br>"),
    ]
}

fn list(texts: &[String], separator: &str) -> String {
    texts.iter().map(|text| code(text)).collect::<Vec<_>>().join(separator)
}

/// Text as it is, in a table: a code span with more backticks around it than it has in a row. What would
/// end a cell or a line, and what cannot be seen, is escaped.
pub fn code(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 2);
    let (mut longest, mut run) = (0, 0);
    for character in printable(text).chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
        match character {
            '|' => shown.push_str("\\|"),
            other => shown.push(other),
        }
    }
    let fence = "`".repeat(longest + 1);
    let edge = shown.starts_with(['`', ' ']) || shown.ends_with(['`', ' ']);
    let space = if edge { " " } else { "" };
    format!("{fence}{space}{shown}{space}{fence}")
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
