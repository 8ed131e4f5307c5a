//! What rules say: the values that the language is read into.

use std::fmt;

/// What the variables of an operation are called that say of which resource its calls and their answers tell the key. In a later
/// answer the key is the member [`ENCRYPTION_KEY`] beside the resource's ARN.
pub const ENCRYPTION_KEY_OF: &str = "EncryptionKeyOf";
/// And which key that is; of a key, the alias by which AWS manages it.
pub const ENCRYPTION_KEY: &str = "EncryptionKey";

/// When an action is needed, and on what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// When.
    pub verdict: Verdict,
    /// On what; empty where the general way finds it.
    pub on: Vec<Target>,
    /// The service that calls it with the caller's rights (`s3`); of `iam:PassRole`, the services that the role may be
    /// passed to (`monitoring.rds`). Mostly one or none.
    pub via: Vec<String>,
    /// What else the policy asks for, where the request has the value.
    pub with: Option<With>,
    /// Whether it is included by default where the request is not visible.
    pub likely: bool,
}

/// A condition of the policy: a condition key that is to have a value of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct With {
    /// The condition key (`states:StateMachineQualifier`).
    pub key: String,
    /// Whether AWS gives the key several values, of which one is to be it.
    pub any: bool,
    /// Whether the key is `true` or `false`.
    pub is_bool: bool,
    /// The value.
    pub value: Value,
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
    /// Neither request nor answer tells; why, and when it is out of the question.
    Possible(String, Option<Condition>),
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
    /// This, in every call.
    Text(String),
    /// A header of the request.
    Header(String),
    /// A key of the request's query string.
    Query(String),
    /// A header of the answer.
    Response(String),
    /// A text in the answer's body, by the names of the members on the way.
    Answer(String),
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
    /// What is before the last of these.
    Before(String),
    /// What is behind the last of these.
    Last(String),
    /// What is behind the first of these.
    After(String),
    /// Without this in front.
    Strip(String),
    /// With this in front.
    Prepend(String),
    /// With this behind it.
    Append(String),
    /// In lower case.
    Lower,
    /// The table that a PartiQL statement is on, as ARNs have it; with the index, if it is on one.
    PartiQl,
    /// The ARN of what a URL or URI names in S3.
    S3,
    /// As it is when it passes this test; nothing otherwise.
    Only(Test),
    /// This in its place.
    As(String),
    /// With this and the other value behind it, where the request has that beside it.
    Join(String, Box<Value>),
    /// What it is where the request does not say it; the first of a value's functions.
    Else(Default),
}

/// What a member that is not there stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Default {
    /// This.
    Text(String),
    /// Something that the request does not name.
    Any,
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
    /// An ARN, with `${Partition}`, `${Region}` and `${Account}` for those of the call, and the values of variables and members
    /// by their names.
    Literal(String, Vec<(String, Value)>),
    /// A resource type; its ARN, or the last variable of its ARN's format, from the value.
    Type {
        /// As AWS names it.
        name: String,
        /// Where the resource is named; in the general way otherwise.
        value: Option<Value>,
        /// Whether it may be in any region.
        anywhere: bool,
        /// The region that it is in, where the request names one.
        region: Option<Value>,
        /// The account that it is in, where the request names one.
        account: Option<Value>,
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
    /// What it asks of a call.
    pub fn condition(&self) -> Option<&Condition> {
        match &self.verdict {
            Verdict::When(condition) | Verdict::Possible(_, Some(condition)) => Some(condition),
            Verdict::Always | Verdict::Never | Verdict::Possible(_, None) => None,
        }
    }

    /// Every value that the rule looks at.
    pub fn values(&self) -> Vec<&Value> {
        let mut values = Vec::new();
        if let Some(condition) = self.condition() {
            condition.collect(&mut values);
        }
        values.extend(self.on.iter().flat_map(Target::values));
        values.extend(self.with.as_ref().map(|it| &it.value));
        let joined: Vec<&Value> = values.iter().flat_map(|it| it.joined()).collect();
        values.extend(joined);
        values
    }
}

impl Target {
    /// Every value that it looks at.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        let (values, members): (_, &[_]) = match self {
            Target::Type { value, region, account, .. } => {
                ([value.as_ref(), region.as_ref(), account.as_ref()], &[])
            }
            Target::Arns(value) => ([Some(value), None, None], &[]),
            Target::Literal(_, members) => ([None; 3], members),
            Target::Everything | Target::Route => ([None; 3], &[]),
        };
        values.into_iter().flatten().chain(members.iter().map(|(_, value)| value))
    }
}

impl Condition {
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
    /// The path, where it is one of members.
    pub fn path(&self) -> Option<&[Step]> {
        match &self.source {
            Source::Path(steps) => Some(steps),
            _ => None,
        }
    }

    /// The values that are put behind it.
    pub fn joined(&self) -> impl Iterator<Item = &Value> {
        self.functions.iter().filter_map(|function| match function {
            Function::Join(_, value) => Some(&**value),
            _ => None,
        })
    }

    /// What it is where the request does not say it.
    pub fn default(&self) -> Option<&Default> {
        match self.functions.first() {
            Some(Function::Else(default)) => Some(default),
            _ => None,
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Test::Present => Ok(()),
            Test::Equals(text) => write!(f, "= '{text}'"),
            Test::StartsWith(text) => write!(f, "starts with '{text}'"),
            Test::EndsWith(text) => write!(f, "ends with '{text}'"),
            Test::Contains(text) => write!(f, "contains '{text}'"),
            Test::Like(text) => write!(f, "like '{text}'"),
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
            Source::Text(text) => write!(f, "'{text}'")?,
            Source::Header(name) => write!(f, "header '{name}'")?,
            Source::Query(name) => write!(f, "query '{name}'")?,
            Source::Response(name) => write!(f, "response '{name}'")?,
            Source::Answer(path) => write!(f, "answer '{path}'")?,
            Source::Status => f.write_str("status")?,
            Source::Error => f.write_str("error")?,
            Source::Authorization => f.write_str("authorization")?,
        }
        for function in &self.functions {
            match function {
                Function::First(text) => write!(f, " | first '{text}'")?,
                Function::Before(text) => write!(f, " | before '{text}'")?,
                Function::Last(text) => write!(f, " | last '{text}'")?,
                Function::After(text) => write!(f, " | after '{text}'")?,
                Function::Strip(text) => write!(f, " | strip '{text}'")?,
                Function::Prepend(text) => write!(f, " | prepend '{text}'")?,
                Function::Append(text) => write!(f, " | append '{text}'")?,
                Function::Lower => f.write_str(" | lower")?,
                Function::PartiQl => f.write_str(" | partiql")?,
                Function::S3 => f.write_str(" | s3")?,
                Function::Only(test) => write!(f, " | only {test}")?,
                Function::As(text) => write!(f, " | as '{text}'")?,
                Function::Join(text, value) => write!(f, " | join '{text}' {value}")?,
                Function::Else(Default::Text(text)) => write!(f, " | else '{text}'")?,
                Function::Else(Default::Any) => f.write_str(" | else *")?,
            }
        }
        Ok(())
    }
}
