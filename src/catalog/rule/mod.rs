//! The language in which `data/rules` says when a call needs an action; `data/README.md` describes it.
//!
//! `build/` checks every rule with this parser and packs its text; what is evaluated is parsed from that text
//! again, when an operation is first seen. Files of rules (`file`), the checks of them against the catalogue (`facts`) and what
//! they make of an operation (`decide`) are here as well, for `build/` and for rules that are given at run time.

pub(super) mod decide;
pub(super) mod facts;
pub(super) mod file;
mod parse;
mod path;
#[cfg(test)]
mod tests;

use std::fmt;

/// When an action is needed, and on what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// When.
    pub verdict: Verdict,
    /// On what; empty where the general way finds it.
    pub on: Vec<Target>,
    /// The service that calls it with the caller's rights (`s3`).
    pub via: Option<String>,
    /// Whether it is included by default where the request is not visible.
    pub likely: bool,
}

/// When an action is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// In every call.
    Always,
    /// In none.
    Never,
    /// When this holds.
    When(Condition),
    /// Neither request nor answer tells; why.
    Possible(String),
}

/// What is asked of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// All of these hold.
    All(Vec<Condition>),
    /// One of these holds.
    Any(Vec<Condition>),
    /// This does not hold.
    Not(Box<Condition>),
    /// The request names a resource of one of the action's types.
    Named,
    /// One of the values passes.
    Test(Value, Test),
}

/// What is asked of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// It is there, and not empty.
    Present,
    /// It is this, exactly.
    Equals(String),
    /// It begins with this, in any case, after any white space.
    StartsWith(String),
    /// It ends with this, in any case.
    EndsWith(String),
    /// This is in it, in any case.
    Contains(String),
    /// It matches this pattern with `*` and `?`, in any case.
    Like(String),
}

/// Where values come from, and what is made of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// Where from.
    pub source: Source,
    /// What is made of each, in this order.
    pub functions: Vec<Function>,
}

/// Where values come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Members of the operation's input.
    Path(Vec<Step>),
    /// A header of the request.
    Header(String),
    /// A key of the request's query string.
    Query(String),
    /// A header of the answer.
    Response(String),
    /// The HTTP status of the answer.
    Status,
    /// AWS's error code.
    Error,
    /// How the request was authorised.
    Authorization,
}

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// To a member of a structure.
    Member(String),
    /// To every item of a list.
    Items,
    /// To every value of a map.
    Values,
    /// To every key of a map.
    Keys,
}

/// What is made of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Function {
    /// What is before the first of these.
    First(String),
    /// What is behind the last of these.
    Last(String),
    /// What is behind the first of these.
    After(String),
    /// Without this in front.
    Strip(String),
    /// With this behind it.
    Append(String),
    /// In lower case.
    Lower,
    /// The table that a PartiQL statement is on.
    PartiQl,
    /// The ARN of what a URL or URI names in S3.
    S3,
}

/// What an action is needed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Everything.
    Everything,
    /// The path of the request, as in API Gateway's ARNs.
    Route,
    /// The ARNs that a value is, of whatever types the action's service has.
    Arns(Value),
    /// A resource of AWS's own: its ARN, with `${Partition}` and `${Region}` for those of the call.
    Literal(String),
    /// A resource type; its ARN, or the last variable of its ARN's format, from the value.
    Type {
        /// As AWS names it.
        name: String,
        /// Where the resource is named; in the general way otherwise.
        value: Option<Value>,
        /// Whether it may be in any region.
        anywhere: bool,
    },
}

/// Why a text is not a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// The text.
    pub text: String,
    /// What is wrong, as a clause.
    pub problem: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\": {}", self.text, self.problem)
    }
}

impl std::error::Error for ParseError {}

impl Rule {
    /// Reads a rule. `$name` stands for the condition that `definition` gives for the name.
    ///
    /// # Errors
    /// What is not understood, and where.
    pub fn parse(
        text: &str,
        definition: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Rule, ParseError> {
        parse::rule(text, definition)
    }

    /// Every value that the rule looks at.
    pub fn values(&self) -> Vec<&Value> {
        let mut values = Vec::new();
        if let Verdict::When(condition) = &self.verdict {
            condition.collect(&mut values);
        }
        values.extend(self.on.iter().filter_map(|target| match target {
            Target::Type { value, .. } => value.as_ref(),
            Target::Arns(value) => Some(value),
            Target::Everything | Target::Route | Target::Literal(_) => None,
        }));
        values
    }
}

impl Condition {
    /// Reads a condition, as [`Rule::parse`] does.
    ///
    /// # Errors
    /// What is not understood, and where.
    pub fn parse(
        text: &str,
        definition: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Condition, ParseError> {
        parse::condition(text, definition)
    }

    /// Every value that the condition looks at.
    pub fn values(&self) -> Vec<&Value> {
        let mut values = Vec::new();
        self.collect(&mut values);
        values
    }

    fn collect<'a>(&'a self, values: &mut Vec<&'a Value>) {
        match self {
            Condition::All(all) | Condition::Any(all) => {
                all.iter().for_each(|it| it.collect(values));
            }
            Condition::Not(inner) => inner.collect(values),
            Condition::Named => {}
            Condition::Test(value, _) => values.push(value),
        }
    }
}

impl Value {
    /// Reads a value (`QueueUrl | last '/'`).
    ///
    /// # Errors
    /// What is not understood, and where.
    pub fn parse(text: &str) -> Result<Value, ParseError> {
        parse::value(text)
    }

    /// The path, where it is one of members.
    pub fn path(&self) -> Option<&[Step]> {
        match &self.source {
            Source::Path(steps) => Some(steps),
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Source::Path(steps) => {
                for (index, step) in steps.iter().enumerate() {
                    match step {
                        Step::Member(name) if index > 0 => write!(f, ".{name}")?,
                        Step::Member(name) => f.write_str(name)?,
                        Step::Items => f.write_str("[]")?,
                        Step::Values => f.write_str("{}")?,
                        Step::Keys => f.write_str("{key}")?,
                    }
                }
            }
            Source::Header(name) => write!(f, "header '{name}'")?,
            Source::Query(name) => write!(f, "query '{name}'")?,
            Source::Response(name) => write!(f, "response '{name}'")?,
            Source::Status => f.write_str("status")?,
            Source::Error => f.write_str("error")?,
            Source::Authorization => f.write_str("authorization")?,
        }
        for function in &self.functions {
            match function {
                Function::First(text) => write!(f, " | first '{text}'")?,
                Function::Last(text) => write!(f, " | last '{text}'")?,
                Function::After(text) => write!(f, " | after '{text}'")?,
                Function::Strip(text) => write!(f, " | strip '{text}'")?,
                Function::Append(text) => write!(f, " | append '{text}'")?,
                Function::Lower => f.write_str(" | lower")?,
                Function::PartiQl => f.write_str(" | partiql")?,
                Function::S3 => f.write_str(" | s3")?,
            }
        }
        Ok(())
    }
}
