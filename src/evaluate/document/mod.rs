//! Policy documents as people keep them: read with the place of every element, so that what is said
//! about one can name line and column, and a shortened one can keep its author's hand.
//!
//! Read is what IAM takes for a policy (reference_policies_grammar) of a [`Shape`], in every form
//! that the grammar allows: one statement or a list, one string or a list. An action or a resource that IAM
//! certainly refuses is an error here too, since a policy that cannot be put in place fits nothing; about the parts of
//! an ARN [`grammar`](super::grammar) is stricter.

mod operator;
mod places;
mod principals;
mod shape;
mod source;

pub use places::Place;
pub(crate) use principals::is_account;
pub use principals::{Named, Principals};
pub use shape::Shape;

pub use operator::{Comparison, Operator, SetOperator, Test};

use std::collections::HashSet;

use crate::evaluate::grammar;
use crate::policy::Effect;
use places::Places;
use source::{Kind, Member, Node, Span};

/// A policy document.
#[derive(Debug, Clone)]
pub struct Document {
    text: String,
    /// Whether it is of version 2012-10-17, which alone has policy variables. Without `Version` it
    /// is 2008-10-17.
    pub has_variables: bool,
    /// Its statements, in their order.
    pub statements: Vec<Statement>,
    /// What `Statement` is: a list, or one statement.
    pub(crate) body: Span,
}

/// One statement.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Its id.
    pub sid: Option<String>,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// `Principal` or `NotPrincipal`, where the policy has them.
    pub principals: Option<Principals>,
    /// `Action` or `NotAction`.
    pub actions: Element,
    /// `Resource` or `NotResource`; `*` where a resource-based policy names none.
    pub resources: Element,
    /// Whether it names resources; else it is about what its policy is attached to.
    pub names_resources: bool,
    /// The conditions, all of which must hold.
    pub conditions: Vec<Condition>,
    /// Where it stands.
    pub place: Place,
    pub(crate) span: Span,
    /// Where the value of its `Sid` stands.
    pub(crate) sid_span: Option<Span>,
}

/// `Action`, `NotAction`, `Resource` or `NotResource`.
#[derive(Debug, Clone)]
pub struct Element {
    /// Whether it is the `Not…` of the two.
    pub negated: bool,
    /// Its strings; never empty.
    pub items: Vec<Item>,
    /// Where its name stands, quotes included.
    pub(crate) key: Span,
    /// Where its value stands: a string or a list.
    pub(crate) value: Span,
}

/// One string of an element.
#[derive(Debug, Clone)]
pub struct Item {
    /// The string.
    pub text: String,
    /// Where it stands.
    pub place: Place,
    pub(crate) span: Span,
}

/// One condition: an operator on a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The operator, taken apart.
    pub operator: Operator,
    /// The operator as it is written.
    pub operator_name: String,
    /// The condition key as it is written.
    pub key: String,
    /// The values, one of which must match; never empty.
    pub values: Vec<String>,
}

/// Why a text is not a policy: one sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct DocumentError {
    /// Where.
    pub place: Place,
    /// What is wrong, and what would be right.
    pub problem: String,
}

impl Document {
    /// Reads an identity-based policy.
    ///
    /// # Errors
    ///
    /// When the text is not JSON, or not an identity-based policy.
    pub fn parse(text: impl Into<String>) -> Result<Document, DocumentError> {
        Document::parse_as(Shape::Identity, text)
    }

    /// Reads a policy of a shape.
    ///
    /// # Errors
    ///
    /// When the text is not JSON, or not a policy of that shape.
    pub fn parse_as(shape: Shape, text: impl Into<String>) -> Result<Document, DocumentError> {
        let text = text.into();
        let reader = Reader { text: &text, places: Places::of(&text), shape };
        let body = reader.document()?;
        Ok(Document {
            has_variables: body.has_variables,
            statements: body.statements,
            body: body.span,
            text,
        })
    }

    /// The text that was read.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl Element {
    /// Its strings.
    pub fn texts(&self) -> impl ExactSizeIterator<Item = &str> {
        self.items.iter().map(|item| &*item.text)
    }
}

struct Body {
    has_variables: bool,
    statements: Vec<Statement>,
    span: Span,
}

struct Reader<'a> {
    text: &'a str,
    places: Places,
    shape: Shape,
}

type Result<T, E = DocumentError> = std::result::Result<T, E>;

impl Reader<'_> {
    fn document(&self) -> Result<Body> {
        // Some editors put a byte order mark before a text, which JSON does not know.
        let json = self.text.strip_prefix('\u{feff}').unwrap_or(self.text);
        let skipped = self.text.len() - json.len();
        let blank;
        let json = if skipped == 0 {
            self.text
        } else {
            blank = format!("{:skipped$}{json}", "");
            &blank
        };
        let top = Node::read(json).map_err(|error| self.not_json(&error))?;
        let Kind::Object(members) = top.kind() else {
            return self
                .fault(top.span().start, "a policy is an object, with Version and Statement");
        };
        self.only(&members, &["Version", "Id", "Statement"], "a policy")?;
        let has_variables = match find(&members, "Version") {
            None => false,
            Some(member) => match self.string(member)?.as_str() {
                "2012-10-17" => true,
                "2008-10-17" => false,
                other => {
                    let at = member.value.span().start;
                    return self.fault(
                        at,
                        format!("the version {other:?} is not one of IAM's, which are 2012-10-17 and 2008-10-17"),
                    );
                }
            },
        };
        let Some(body) = find(&members, "Statement") else {
            return self.fault(top.span().start, "the policy has no Statement");
        };
        let statements = match body.value.kind() {
            Kind::List(items) => {
                items.into_iter().map(|item| self.statement(item)).collect::<Result<_>>()?
            }
            Kind::Object(_) => vec![self.statement(body.value)?],
            _ => {
                return self.fault(
                    body.value.span().start,
                    "Statement must be a statement or a list of statements",
                );
            }
        };
        Ok(Body { has_variables, statements, span: body.value.span() })
    }

    fn statement(&self, node: Node<'_>) -> Result<Statement> {
        let start = node.span().start;
        let Kind::Object(members) = node.kind() else {
            return self.fault(start, "a statement is an object, with Effect, Action and Resource");
        };
        self.only(&members, self.shape.elements(), "a statement")?;
        let sid = find(&members, "Sid").map(|member| self.string(member)).transpose()?;
        let effect = match find(&members, "Effect") {
            None => return self.fault(start, "the statement has no Effect"),
            Some(member) => match self.string(member)?.as_str() {
                "Allow" => Effect::Allow,
                "Deny" => Effect::Deny,
                other => {
                    return self.fault(
                        member.value.span().start,
                        format!("the Effect is {other:?}; it must be \"Allow\" or \"Deny\""),
                    );
                }
            },
        };
        let conditions = match find(&members, "Condition") {
            None => Vec::new(),
            Some(member) => self.conditions(member.value)?,
        };
        let principals = self.principals(&members, start)?;
        let actions = self.element(&members, ["Action", "NotAction"], start)?;
        let names = ["Resource", "NotResource"];
        let names_resources = self.shape != Shape::Resource
            || names.iter().any(|name| find(&members, name).is_some());
        let resources = if names_resources {
            self.element(&members, names, start)?
        } else {
            let span = node.span();
            let everything =
                Item { text: "*".to_owned(), place: self.place(start), span: span.clone() };
            Element { negated: false, items: vec![everything], key: span.clone(), value: span }
        };
        Ok(Statement {
            sid,
            effect,
            principals,
            actions,
            resources,
            names_resources,
            conditions,
            place: self.place(start),
            span: node.span(),
            sid_span: find(&members, "Sid").map(|member| member.value.span()),
        })
    }

    fn principals(&self, members: &[Member<'_>], start: usize) -> Result<Option<Principals>> {
        if !self.shape.has_principal() {
            return Ok(None);
        }
        let (member, negated) = match (find(members, "Principal"), find(members, "NotPrincipal")) {
            (Some(member), None) => (member, false),
            (None, Some(member)) => (member, true),
            (Some(_), Some(second)) => {
                return self.fault(
                    second.key.start,
                    "the statement has both Principal and NotPrincipal; IAM allows only one of them",
                );
            }
            (None, None) => {
                return self.fault(
                    start,
                    format!(
                        "the statement has no Principal; a {}, which is expected here, says whom it is about",
                        self.shape.name()
                    ),
                );
            }
        };
        let read = principals::read(member, negated);
        let principals = read.or_else(|(at, problem)| self.fault(at, problem))?;
        let is_everybody = !negated && principals.named == [Named::Everybody];
        if self.shape == Shape::ResourceControl && !is_everybody {
            return self.fault(
                member.value.span().start,
                "the Principal of a resource control policy is \"*\"; a condition says whom it is about",
            );
        }
        Ok(Some(principals))
    }

    fn element(&self, members: &[Member<'_>], names: [&str; 2], start: usize) -> Result<Element> {
        let [name, negated] = names;
        let (member, negated) = match (find(members, name), find(members, negated)) {
            (Some(member), None) => (member, false),
            (None, Some(member)) => (member, true),
            (None, None) => {
                return self
                    .fault(start, format!("the statement has neither {name} nor {negated}"));
            }
            (Some(_), Some(second)) => {
                return self.fault(
                    second.key.start,
                    format!(
                        "the statement has both {name} and {negated}; IAM allows only one of them"
                    ),
                );
            }
        };
        let nodes = match member.value.kind() {
            Kind::List(nodes) if nodes.is_empty() => {
                return self.fault(
                    member.value.span().start,
                    format!("{} is an empty list; IAM requires at least one string", member.name),
                );
            }
            Kind::List(nodes) => nodes,
            _ => vec![member.value],
        };
        let problem = if name == "Action" {
            grammar::action_problem
        } else {
            grammar::certain_resource_problem
        };
        let item = |node: Node<'_>| match node.kind() {
            Kind::Text(text) => {
                let span = node.span();
                if let Some(problem) = problem(&text) {
                    let shown = text.escape_debug();
                    return self.fault(
                        span.start,
                        format!("IAM does not accept the {} \"{shown}\": {problem}", member.name),
                    );
                }
                Ok(Item { text, place: self.place(span.start), span })
            }
            _ => self.fault(
                node.span().start,
                format!("{} must be a string or a list of strings", member.name),
            ),
        };
        Ok(Element {
            negated,
            items: nodes.into_iter().map(item).collect::<Result<_>>()?,
            key: member.key.clone(),
            value: member.value.span(),
        })
    }

    fn conditions(&self, node: Node<'_>) -> Result<Vec<Condition>> {
        let Kind::Object(operators) = node.kind() else {
            return self.fault(node.span().start, "Condition must be an object of operators");
        };
        let mut conditions = Vec::new();
        self.no_doubles(&operators)?;
        for operator in operators {
            let Some(parsed) = Operator::parse(&operator.name) else {
                return self.fault(
                    operator.key.start,
                    format!("{:?} is not an IAM condition operator", operator.name),
                );
            };
            let Kind::Object(keys) = operator.value.kind() else {
                return self.fault(
                    operator.value.span().start,
                    format!("{} must be an object of condition keys", operator.name),
                );
            };
            self.no_doubles(&keys)?;
            for key in keys {
                conditions.push(Condition {
                    operator: parsed,
                    operator_name: operator.name.clone(),
                    values: self.values(&key)?,
                    key: key.name,
                });
            }
        }
        Ok(conditions)
    }

    fn values(&self, key: &Member<'_>) -> Result<Vec<String>> {
        let nodes = match key.value.kind() {
            Kind::List(nodes) => nodes,
            _ => vec![key.value],
        };
        let value = |node: Node<'_>| match node.kind() {
            Kind::Text(text) => Ok(text),
            Kind::Bare(text) => Ok(text.to_owned()),
            _ => self.fault(
                node.span().start,
                format!("the values of {} must be strings, numbers or booleans", key.name),
            ),
        };
        nodes.into_iter().map(value).collect()
    }

    fn string(&self, member: &Member<'_>) -> Result<String> {
        match member.value.kind() {
            Kind::Text(text) => Ok(text),
            _ => self.fault(member.value.span().start, format!("{} must be a string", member.name)),
        }
    }

    /// An object has these members alone, and each once.
    fn only(&self, members: &[Member<'_>], known: &[&str], what: &str) -> Result<()> {
        for member in members {
            if known.contains(&&*member.name) {
                continue;
            }
            let meant = known.iter().find(|name| name.eq_ignore_ascii_case(&member.name));
            let problem = match (&*member.name, meant) {
                ("Principal" | "NotPrincipal", _) => format!(
                    "{} belongs in a resource policy or a role's trust policy; {} {}, which is expected here, has none",
                    member.name,
                    if self.shape == Shape::Identity { "an" } else { "a" },
                    self.shape.name()
                ),
                (name, Some(meant)) => {
                    format!("{what} has no element {name:?}; did you mean {meant:?}?")
                }
                (name, None) => {
                    format!("{what} has no element {name:?}; it has {}", known.join(", "))
                }
            };
            return self.fault(member.key.start, problem);
        }
        self.no_doubles(members)
    }

    fn no_doubles(&self, members: &[Member<'_>]) -> Result<()> {
        let mut seen = HashSet::new();
        for member in members {
            if !seen.insert(&*member.name) {
                return self.fault(
                    member.key.start,
                    format!("{:?} appears twice; IAM would read only one of the two", member.name),
                );
            }
        }
        Ok(())
    }

    fn not_json(&self, error: &serde_json::Error) -> DocumentError {
        let place = Place { line: error.line().max(1), column: error.column().max(1) };
        if self.text.trim().is_empty() {
            return DocumentError { place, problem: "it is empty; a policy is JSON".to_owned() };
        }
        let said = error.to_string();
        let said = said.rsplit_once(" at line ").map_or(&*said, |(said, _)| said);
        DocumentError { place, problem: format!("this is not JSON: {said}") }
    }

    fn fault<T>(&self, at: usize, problem: impl Into<String>) -> Result<T> {
        Err(DocumentError { place: self.place(at), problem: problem.into() })
    }

    fn place(&self, at: usize) -> Place {
        self.places.of_offset(self.text, at)
    }
}

fn find<'m, 'a>(members: &'m [Member<'a>], name: &str) -> Option<&'m Member<'a>> {
    members.iter().find(|member| member.name == name)
}

#[cfg(test)]
mod tests;
