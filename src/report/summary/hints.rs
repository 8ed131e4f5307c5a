//! What the policy cannot do yet, and what to record for it.

use std::fmt::Write as _;

use crate::report::documents::document;
use crate::session::hints::Hint;

/// Lines that are shown.
const SHOWN: usize = 5;
/// How many operations or actions of a line are named.
const NAMED: usize = 3;

/// Tells the hints; nothing where there are none.
pub fn tell(hints: &[Hint], text: &mut String) {
    if hints.is_empty() {
        return;
    }
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "  What this policy cannot do yet (--hints off leaves this out; see {}):",
        document("docs/next-run.md")
    );
    for hint in hints.iter().take(SHOWN) {
        let _ = writeln!(text, "    {}", sentence(hint));
    }
}

/// One sentence that says what to do.
fn sentence(hint: &Hint) -> String {
    match hint {
        Hint::OnlyFailed(failed) => {
            let failed: Vec<String> = failed.iter().map(with_error).collect();
            format!(
                "{} only failed, so what follows when it succeeds was not seen: remove the cause and record again.",
                named(&failed)
            )
        }
        Hint::Update { by, operation, actions } => {
            let by = if by.is_empty() { String::new() } else { format!(" of {by}") };
            format!(
                "{operation}{by} created what the next run changes: record that run, too, with something changed; it also needs {}.",
                named(actions)
            )
        }
        Hint::NoneDeleted { made, actions } => format!(
            "{} created something and nothing of it was deleted: if the policy is to destroy it, record that, too; it needs {}.",
            named(made),
            named(actions)
        ),
        Hint::FirstPages(operations) => format!(
            "The answers of {} had more pages, which were not asked for, so what is done with the rest was not seen: record a run that reads them.",
            named(operations)
        ),
    }
}

fn with_error((operation, error): &(String, String)) -> String {
    if error.is_empty() { operation.clone() } else { format!("{operation} ({error})") }
}

/// The first of them: `a`, `a and b`, `a, b, c and 2 more`.
fn named(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [.., last] if names.len() <= NAMED => {
            format!("{} and {last}", names[..names.len() - 1].join(", "))
        }
        _ => format!("{} and {} more", names[..NAMED].join(", "), names.len() - NAMED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(names: &[&str]) -> Vec<String> {
        names.iter().map(|it| (*it).to_owned()).collect()
    }

    fn told(hints: &[Hint]) -> String {
        let mut text = String::new();
        tell(hints, &mut text);
        text
    }

    #[test]
    fn nothing_is_said_where_there_is_nothing_to_say() {
        assert_eq!(told(&[]), "");
    }

    #[test]
    fn each_hint_is_a_sentence_that_says_what_to_do() {
        let failed = |operation: &str, error: &str| (operation.to_owned(), error.to_owned());
        let text = told(&[
            Hint::OnlyFailed(vec![
                failed("lambda.CreateFunction", "InvalidParameterValueException"),
                failed("sqs.SendMessage", ""),
            ]),
            Hint::Update {
                by: "`cdk deploy`".to_owned(),
                operation: "cloudformation.CreateChangeSet".to_owned(),
                actions: texts(&["cloudformation:DeleteChangeSet", "cloudformation:GetTemplate"]),
            },
            Hint::Update {
                by: String::new(),
                operation: "cloudformation.CreateStack".to_owned(),
                actions: texts(&["cloudformation:UpdateStack"]),
            },
            Hint::NoneDeleted {
                made: texts(&["a.CreateA", "a.CreateB", "a.CreateC", "a.CreateD", "a.CreateE"]),
                actions: texts(&["a:DeleteA", "a:DeleteB", "a:DeleteC"]),
            },
            Hint::FirstPages(texts(&["s3.ListObjectsV2"])),
        ]);
        let (header, lines) = text.split_once('\n').unwrap();
        assert!(header.starts_with("  What this policy cannot do yet"), "{header}");
        assert!(header.contains("docs/next-run.md"), "{header}");
        assert_eq!(
            lines,
            "    lambda.CreateFunction (InvalidParameterValueException) and sqs.SendMessage only failed, so what follows when it succeeds was not seen: remove the cause and record again.
    cloudformation.CreateChangeSet of `cdk deploy` created what the next run changes: record that run, too, with something changed; it also needs cloudformation:DeleteChangeSet and cloudformation:GetTemplate.
    cloudformation.CreateStack created what the next run changes: record that run, too, with something changed; it also needs cloudformation:UpdateStack.
    a.CreateA, a.CreateB, a.CreateC and 2 more created something and nothing of it was deleted: if the policy is to destroy it, record that, too; it needs a:DeleteA, a:DeleteB and a:DeleteC.
    The answers of s3.ListObjectsV2 had more pages, which were not asked for, so what is done with the rest was not seen: record a run that reads them.
"
        );
    }

    #[test]
    fn five_lines_at_most() {
        let hint = || Hint::OnlyFailed(vec![("a.B".to_owned(), String::new())]);
        let hints: Vec<Hint> = (0..9).map(|_| hint()).collect();
        assert_eq!(told(&hints).lines().count(), 1 + SHOWN);
    }
}
