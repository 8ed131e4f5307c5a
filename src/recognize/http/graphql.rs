//! The fields that a GraphQL document asks for at the top of its operations, without anything else that is in it: names of
//! variables, arguments and literals are nobody's business.
//!
//! It is no parser of the language but a reader of its tokens (<https://spec.graphql.org/October2021/#sec-Language>): what it does
//! not understand it passes over, and of what it has not seen the end of, any field may be asked for.

use serde_json::{Value, json};

/// Fields that are kept of a document.
const MOST: usize = 100;
/// Names are no longer.
const LONGEST: usize = 256;
/// Fragments that are followed within one another.
const DEEPEST: usize = 8;

/// What a document's operations ask for: `[{"type": "Query", "field": "getPost"}]`. `cut`: this is only its beginning. An
/// entry without a field stands for any of its type, one without either for anything.
pub(super) fn fields(document: &str, cut: bool) -> Value {
    let tokens = tokens(document);
    let mut reader = Reader { tokens: &tokens, at: 0 };
    let (mut operations, mut fragments) = (Vec::new(), Vec::new());
    while let Some(token) = reader.next() {
        let kind = match token {
            "{" => {
                reader.at -= 1;
                "Query"
            }
            "query" => "Query",
            "mutation" => "Mutation",
            "subscription" => "Subscription",
            "fragment" => {
                let name = reader.next().unwrap_or_default();
                fragments.push((name, reader.selection()));
                continue;
            }
            _ => continue,
        };
        operations.push((kind, reader.selection()));
    }
    let mut found = Vec::new();
    for (kind, selection) in &operations {
        let is_open = cut && !selection.is_closed;
        add(kind, selection, &fragments, cut, 0, &mut found);
        if is_open || selection.fields.is_empty() && selection.spreads.is_empty() {
            push(&mut found, json!({ "type": kind }));
        }
    }
    if found.is_empty() { json!([{}]) } else { Value::Array(found) }
}

/// Adds what a selection has, and the fragments that are spread in it.
fn add(
    kind: &str,
    selection: &Selection<'_>,
    fragments: &[(&str, Selection<'_>)],
    cut: bool,
    depth: usize,
    found: &mut Vec<Value>,
) {
    for field in &selection.fields {
        push(found, json!({ "type": kind, "field": field }));
    }
    for spread in &selection.spreads {
        match fragments.iter().find(|(name, _)| name == spread) {
            Some((_, inner)) if depth < DEEPEST => {
                add(kind, inner, fragments, cut, depth + 1, found);
            }
            // It may stand where the document was cut off.
            None if !cut => {}
            _ => push(found, json!({ "type": kind })),
        }
    }
}

fn push(found: &mut Vec<Value>, entry: Value) {
    match found.len() {
        MOST => found.push(json!({})),
        count if count < MOST && !found.contains(&entry) => found.push(entry),
        _ => {}
    }
}

/// What stands at the top of a selection.
#[derive(Default)]
struct Selection<'a> {
    fields: Vec<&'a str>,
    spreads: Vec<&'a str>,
    is_closed: bool,
}

struct Reader<'a, 't> {
    tokens: &'t [&'a str],
    at: usize,
}

impl<'a> Reader<'a, '_> {
    fn peek(&self) -> Option<&'a str> {
        self.tokens.get(self.at).copied()
    }

    fn next(&mut self) -> Option<&'a str> {
        let token = self.peek();
        self.at += usize::from(token.is_some());
        token
    }

    /// The next selection, behind a name, variables and directives.
    fn selection(&mut self) -> Selection<'a> {
        let mut selection = Selection::default();
        while let Some(token) = self.next() {
            match token {
                "(" => self.pass_over(),
                "{" => {
                    self.within(&mut selection);
                    break;
                }
                _ => {}
            }
        }
        selection
    }

    /// What is behind the brace. Inline fragments at the top are of the same type.
    fn within(&mut self, selection: &mut Selection<'a>) {
        let mut inline = 0;
        while let Some(token) = self.next() {
            match token {
                "}" if inline == 0 => {
                    selection.is_closed = true;
                    return;
                }
                "}" => inline -= 1,
                "{" | "(" => self.pass_over(),
                "@" => drop(self.next()),
                "..." => match self.peek() {
                    Some("on") => {
                        self.at += 2;
                        inline += usize::from(self.enters());
                    }
                    Some("{" | "@") => inline += usize::from(self.enters()),
                    Some(name) => {
                        self.at += 1;
                        selection.spreads.push(name);
                    }
                    None => {}
                },
                name if is_name(name) => {
                    let field = match self.peek() {
                        // Behind an alias.
                        Some(":") => {
                            self.at += 1;
                            self.next().unwrap_or_default()
                        }
                        _ => name,
                    };
                    if is_name(field) && field != "__typename" && selection.fields.len() <= MOST {
                        selection.fields.push(field);
                    }
                }
                _ => {}
            }
        }
    }

    /// Goes behind the brace of an inline fragment, past its directives; whether there is one.
    fn enters(&mut self) -> bool {
        while let Some(token) = self.next() {
            match token {
                "{" => return true,
                "(" => self.pass_over(),
                _ => {}
            }
        }
        false
    }

    /// Passes over all up to the end of what was opened.
    fn pass_over(&mut self) {
        let mut depth = 1_usize;
        while let Some(token) = self.next() {
            match token {
                "(" | "{" | "[" => depth += 1,
                ")" | "}" | "]" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return;
            }
        }
    }
}

fn is_name(token: &str) -> bool {
    token.len() <= LONGEST
        && token.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
}

/// Names and punctuation; strings, numbers and comments are left out.
fn tokens(document: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = document;
    while let Some(first) = rest.chars().next() {
        if let Some(behind) = rest.strip_prefix("\"\"\"") {
            rest = behind.find("\"\"\"").map_or("", |end| &behind[end + 3..]);
        } else if let Some(behind) = rest.strip_prefix('"') {
            rest = behind_string(behind);
        } else if first == '#' {
            rest = rest.find(['\n', '\r']).map_or("", |end| &rest[end..]);
        } else if rest.starts_with("...") {
            tokens.push(&rest[..3]);
            rest = &rest[3..];
        } else if first.is_ascii_alphanumeric() || first == '_' {
            let is_in = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
            let end = rest.find(|letter| !is_in(letter)).unwrap_or(rest.len());
            tokens.push(&rest[..end]);
            rest = &rest[end..];
        } else {
            if "{}()[]:@".contains(first) {
                tokens.push(&rest[..1]);
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    tokens
}

fn behind_string(text: &str) -> &str {
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => drop(letters.next()),
            '"' => return &text[at + 1..],
            _ => {}
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(document: &str, cut: bool) -> String {
        let words = fields(document, cut);
        let words = words.as_array().unwrap().iter().map(|it| {
            let word = |name: &str| it.get(name).and_then(Value::as_str).unwrap_or("*").to_owned();
            format!("{}/{}", word("type"), word("field"))
        });
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn fields_at_the_top_are_found_and_nothing_within_them() {
        for (document, fields) in [
            ("{ getPost(id: 1) { id title } }", "Query/getPost"),
            (
                "query Q($id: ID! = \"}\") { a: getPost(id: $id) @include(if: true) { id } b }",
                "Query/getPost Query/b",
            ),
            (
                "mutation { addPost(input: {title: \"{ x }\", tags: [\"a\"]}) { id } }",
                "Mutation/addPost",
            ),
            ("subscription S { onPost }", "Subscription/onPost"),
            (
                "query { ...F ... on Query { c } ... @skip(if: false) { d } __typename } fragment F on Query { a { x } b }",
                "Query/c Query/d Query/a Query/b",
            ),
            ("query A { a } mutation B { b } # query { c }\n", "Query/a Mutation/b"),
            ("query { text(value: \"\"\"a \" } \"\"\") z }", "Query/text Query/z"),
            ("query { ...Missing }", "*/*"),
            ("", "*/*"),
            ("nonsense", "*/*"),
            ("query", "Query/*"),
        ] {
            assert_eq!(found(document, false), fields, "{document}");
        }
    }

    #[test]
    fn of_what_is_cut_off_any_field_of_the_type_may_be_meant() {
        assert_eq!(found("mutation { a(x: \"", true), "Mutation/a Mutation/*");
        assert_eq!(found("query { a } fragment F", true), "Query/a");
        assert_eq!(found("query { ...F } fragm", true), "Query/*");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let many: String = (0..5_000).map(|number| format!(" f{number}")).collect();
        let all = fields(&format!("{{{many}}}"), false);
        assert_eq!(all.as_array().unwrap().len(), MOST + 1);
        let circle = "query { ...A } fragment A on Q { a ...B } fragment B on Q { b ...A }";
        assert_eq!(found(circle, false), "Query/a Query/b Query/*");
        let nested = "{".repeat(100_000);
        assert_eq!(found(&nested, false), "Query/*");
    }
}
