//! A picture in Mermaid, as GitHub and GitLab draw it in Markdown: what leads to what, where that is little enough to be read.

use std::fmt::Write as _;

use crate::text::printable;

/// Pictures of more than so many names on a side are not drawn.
const MOST: usize = 12;
/// No name is longer.
const LONGEST: usize = 60;

/// From what, through what, to what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// On the left.
    pub from: String,
    /// What is written on the line.
    pub through: Vec<String>,
    /// On the right.
    pub to: String,
}

/// The picture, in a fence of its own; `None` where there is too little or too much of it.
pub fn picture(edges: &[Edge]) -> Option<String> {
    let (mut left, mut right): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for edge in edges {
        for (side, name) in [(&mut left, edge.from.as_str()), (&mut right, edge.to.as_str())] {
            if !side.contains(&name) {
                side.push(name);
            }
        }
    }
    if edges.len() < 2 || left.len() > MOST || right.len() > MOST {
        return None;
    }
    let mut text = String::from("```mermaid\nflowchart LR\n");
    for (letter, side) in [('a', &left), ('b', &right)] {
        for (number, name) in side.iter().enumerate() {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "  {letter}{number}[\"{}\"]", escaped(name));
        }
    }
    let number = |side: &[&str], name: &str| side.iter().position(|it| *it == name);
    for Edge { from, through, to } in edges {
        let (Some(from), Some(to)) = (number(&left, from), number(&right, to)) else { continue };
        let label = match &through[..] {
            [] => String::new(),
            some if some.len() <= 3 => format!("|\"{}\"|", escaped(&some.join(", "))),
            many => format!("|\"{} actions\"|", many.len()),
        };
        let _ = writeln!(text, "  a{from} -->{label} b{to}");
    }
    text.push_str("```\n");
    Some(text)
}

/// The name of a resource without what all ARNs begin with.
pub fn short(resource: &str) -> &str {
    match resource {
        "*" => "everything",
        arn if arn.starts_with("arn:") => arn.splitn(6, ':').nth(5).unwrap_or(arn),
        other => other,
    }
}

/// Text as it is: what is no letter, digit or one of a few signs stands as the number of the character
/// (<https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters>).
fn escaped(name: &str) -> String {
    let name = printable(name);
    let mut text = String::with_capacity(name.len());
    for (index, character) in name.chars().enumerate() {
        if index == LONGEST {
            text.push_str("...");
            break;
        }
        match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' | '.' | ',' | '/' | ':' | '-' => {
                text.push(character);
            }
            other => {
                let _ = write!(text, "#{};", u32::from(other));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(from: &str, through: &[&str], to: &str) -> Edge {
        let through = through.iter().map(|it| (*it).to_owned()).collect();
        Edge { from: from.to_owned(), through, to: to.to_owned() }
    }

    #[test]
    fn what_is_little_is_drawn() {
        let edges = [
            edge("s3", &["PutObject"], "acme/a.txt"),
            edge("s3", &["a", "b", "c", "d"], "acme"),
            edge("sqs", &[], "acme"),
        ];
        let drawn = "```mermaid\nflowchart LR\n  a0[\"s3\"]\n  a1[\"sqs\"]\n  b0[\"acme/a.txt\"]\n  b1[\"acme\"]\n  \
                     a0 -->|\"PutObject\"| b0\n  a0 -->|\"4 actions\"| b1\n  a1 --> b1\n```\n";
        assert_eq!(picture(&edges).as_deref(), Some(drawn));
        assert_eq!(picture(&edges[..1]), None);
        let many: Vec<_> = (0..=MOST).map(|it| edge("s3", &[], &it.to_string())).collect();
        assert_eq!(picture(&many), None);
        assert_eq!(short("arn:aws:sqs:eu-west-1:111122223333:jobs"), "jobs");
        assert_eq!(short("*"), "everything");
    }

    #[test]
    fn names_are_text() {
        for name in [
            "\"]; click a0 href \"javascript:x\"",
            "```\n# x",
            "<script>",
            "`x`",
            "end\n",
            "a|b",
            "#35;",
            "%%{init}%%",
            "\u{202e}x",
        ] {
            let drawn = picture(&[edge(name, &[name], "x"), edge("y", &[], name)]).unwrap();
            let inside = drawn.strip_prefix("```mermaid\n").unwrap().strip_suffix("```\n").unwrap();
            assert_eq!(inside.lines().count(), 7, "{drawn}");
            let is_ours = |it: char| it.is_ascii_alphanumeric() || " .,/:-#;[]|\">\n".contains(it);
            assert!(inside.chars().all(is_ours), "{drawn}");
            assert_eq!(inside.matches('"').count(), 4 * 2 + 2, "{drawn}");
        }
        let long = "x".repeat(10_000);
        assert!(picture(&[edge(&long, &[], "x"), edge("y", &[], "x")]).unwrap().len() < 300);
    }
}
