//! Which members of a request name what ARN formats have variables for: what `data/rules` says, else what the names
//! tell. `${FunctionName}` is lambda's `FunctionName`, `${DbInstanceName}` RDS's `DBInstanceIdentifier`.

use std::cell::OnceCell;

use super::action::{Action, ResourceType};
use super::rule::{Source, Step, Value};
use super::service::Operation;
use super::shape::{Kind, Location, Member, Scalar, Type};

/// The variables of a format but those of its place: partition, region and account.
pub fn variables(format: &'static str) -> impl Iterator<Item = &'static str> {
    let names = format.split("${").skip(1).filter_map(|rest| rest.split_once('}').map(|it| it.0));
    names.filter(|name| !matches!(*name, "Partition" | "Region" | "Account"))
}

/// How a variable is filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// By all of these: a rule says so.
    ByAll(Vec<Value>),
    /// By the first of these that the request has; none when nothing is known.
    ByFirst(Vec<Value>),
}

impl Named {
    /// The values, whichever of them count.
    pub fn values(&self) -> &[Value] {
        match self {
            Named::ByAll(values) | Named::ByFirst(values) => values,
        }
    }
}

/// What requests of an operation can name things by: worked out once for all the variables that its actions have.
pub struct Members {
    operation: Operation,
    /// The prefix of the operation's own action.
    home: Option<&'static str>,
    said: Vec<(&'static str, Vec<&'static str>)>,
    candidates: OnceCell<Vec<Candidate>>,
}

impl Members {
    /// Those of an operation.
    pub fn of(operation: Operation) -> Members {
        Members {
            operation,
            home: operation.authorized().next().map(|it| it.action().prefix()),
            said: operation.variables().collect(),
            candidates: OnceCell::new(),
        }
    }

    /// The operation.
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// The prefix of its own action; none where it has no actions.
    pub fn home(&self) -> Option<&'static str> {
        self.home
    }

    /// What `data/rules` says fills a variable of all resource types, or of one (`instance.InstanceId`).
    pub fn said(&self, wanted: &str) -> Option<&[&'static str]> {
        self.said.iter().find(|(name, _)| *name == wanted).map(|(_, texts)| &**texts)
    }

    /// Whether `data/rules` says of any variable what fills it.
    pub fn says_anything(&self) -> bool {
        !self.said.is_empty()
    }

    /// What fills `variable` of a format of `kind`, a resource type of `action`. `is_last`: it is the variable that tells
    /// resources of the type apart, the last of its format.
    pub fn named(
        &self,
        action: Action,
        kind: ResourceType,
        variable: &str,
        is_last: bool,
    ) -> Named {
        let kind = kind.name();
        if self.says_anything()
            && let Some(texts) =
                self.said(&format!("{kind}.{variable}")).or_else(|| self.said(variable))
        {
            return Named::ByAll(texts.iter().filter_map(|it| Value::parse(it).ok()).collect());
        }
        Named::ByFirst(by_name(self, action, kind, variable, is_last))
    }

    fn candidates(&self) -> &[Candidate] {
        self.candidates.get_or_init(|| candidates(self.operation))
    }
}

/// A member that can name something.
struct Candidate {
    path: Vec<Step>,
    letters: String,
    stem: String,
    required: bool,
    in_path: bool,
}

/// Why a member may name what a variable stands for; the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Likeness {
    /// It has the variable's name: `FunctionName` for `${FunctionName}`.
    Name,
    /// It has it but for what says that it is a name: `DBInstanceIdentifier` for `${DbInstanceName}`.
    Stem,
    /// It is called what the resource type is called: `environmentId` for the `${Id}` of an `environment`.
    Type,
    /// Its name begins or ends with the variable's, or the other way round: `Group` for `${GroupNameWithPath}`.
    Part,
    /// It is a name of no more than a name, and must be given: `name`, `ResourceId`.
    Bare,
    /// It must be given and stands in the path, where the variable's name says nothing.
    Path,
}

impl Likeness {
    const ALL: [Likeness; 6] = [
        Likeness::Name,
        Likeness::Stem,
        Likeness::Type,
        Likeness::Part,
        Likeness::Bare,
        Likeness::Path,
    ];

    /// Whether it is a guess, which counts when it is the only one and nothing surer is there.
    fn is_guess(self) -> bool {
        matches!(self, Likeness::Part | Likeness::Bare | Likeness::Path)
    }
}

/// A variable that something is to name.
struct Sought<'a> {
    letters: &'a str,
    stem: &'a str,
    /// The resource type's name.
    kind: &'a str,
    /// Whether its name says nothing; the resource type's does.
    is_generic: bool,
    /// Whether what is called like the resource type can name it.
    by_kind: bool,
    /// Whether it may be guessed what names it.
    loosely: bool,
    action: Action,
}

impl Sought<'_> {
    /// What is called like a variable of another type is of that: `TrafficMirrorFilterRuleId` is no filter's.
    fn is_elsewhere(&self, it: &Candidate) -> bool {
        let others = self.action.resources().map(|it| it.resource_type);
        let others = others.filter(|other| letters(other.name()) != self.kind);
        let mut names = others.flat_map(ResourceType::arn_formats).flat_map(variables);
        names.any(|variable| letters(variable) == it.letters)
    }

    fn is_like(&self, likeness: Likeness, it: &Candidate) -> bool {
        let is_part = |one: &str, other: &str| {
            one.len() >= 3 && (other.starts_with(one) || other.ends_with(one))
        };
        let has_stem = !it.stem.is_empty();
        match likeness {
            Likeness::Name => it.letters == self.letters,
            Likeness::Stem => has_stem && it.stem == self.stem,
            Likeness::Type => self.by_kind && has_stem && it.stem == self.kind,
            Likeness::Part => {
                self.loosely
                    && (is_part(&it.stem, self.stem) || is_part(self.stem, &it.stem))
                    && !self.is_elsewhere(it)
            }
            Likeness::Bare => self.loosely && it.required && (!has_stem || it.stem == "resource"),
            Likeness::Path => self.loosely && self.is_generic && it.required && it.in_path,
        }
    }
}

fn by_name(
    members: &Members,
    action: Action,
    kind: &str,
    variable: &str,
    is_last: bool,
) -> Vec<Value> {
    let (letters, kind) = (letters(variable), letters(kind));
    let letters = letters.strip_suffix("withpath").unwrap_or(&letters);
    let stem = stem(letters);
    // What AWS numbers has a name beside its id, and the ARN has the id.
    let is_id = letters.ends_with("id") || letters.ends_with("uuid");
    let candidates = members.candidates().iter();
    let candidates: Vec<&Candidate> =
        candidates.filter(|it| !is_id || !it.letters.ends_with("name")).collect();
    // `${ResourceId}`, `${Id}`, `${UUID}`
    let is_generic = matches!(stem, "" | "resource" | "uu" | "resourceuu" | "unique");
    // What is being made is not there to be named by an id, and what another service's action is on is not named by
    // whatever this one's request has.
    let makes = ["Copy", "Create", "Import", "Register", "Start"];
    let makes = is_id && makes.iter().any(|it| members.operation.name().starts_with(it));
    let sought = Sought {
        letters,
        stem,
        by_kind: is_last && (is_generic || stem.contains(&kind) || kind.contains(stem)),
        kind: &kind,
        is_generic,
        loosely: is_last && !makes && members.home == Some(action.prefix()),
        action,
    };
    let mut found: Vec<Value> = Vec::new();
    for likeness in Likeness::ALL {
        let those: Vec<&Candidate> =
            candidates.iter().copied().filter(|it| sought.is_like(likeness, it)).collect();
        if likeness.is_guess() && (those.len() != 1 || !found.is_empty()) {
            continue;
        }
        for candidate in those {
            let value =
                Value { source: Source::Path(candidate.path.clone()), functions: Vec::new() };
            if !found.contains(&value) {
                found.push(value);
            }
        }
    }
    found
}

/// The members at the top of the input, and those that name the structure they stand in (`InstanceProfile.Name`).
fn candidates(operation: Operation) -> Vec<Candidate> {
    let mut found = Vec::new();
    for member in operation.input().into_iter().flat_map(|input| input.members()) {
        if member.sensitive {
            continue;
        }
        if let Some(candidate) = candidate(member, Vec::new(), None) {
            found.push(candidate);
            continue;
        }
        let Type::Shape(shape) = member.kind else { continue };
        if !matches!(shape.kind(), Kind::Structure { .. }) {
            continue;
        }
        let above = vec![Step::Member(member.name.to_owned())];
        for inner in shape.members().filter(|it| !it.sensitive) {
            let it = letters(inner.name);
            if stem(&it).is_empty() || it.starts_with(stem(&letters(member.name))) {
                found.extend(candidate(inner, above.clone(), Some(member.name)));
            }
        }
    }
    found
}

fn candidate(member: Member, mut path: Vec<Step>, within: Option<&str>) -> Option<Candidate> {
    let nested = !path.is_empty();
    path.push(Step::Member(member.name.to_owned()));
    let mut own = letters(member.name);
    let scalar = match member.kind {
        Type::Scalar(scalar) => scalar,
        Type::Shape(shape) => match shape.kind() {
            Kind::List { item: Type::Scalar(scalar), sensitive: false, .. } => {
                path.push(Step::Items);
                own.truncate(own.strip_suffix('s').map_or(own.len(), str::len));
                scalar
            }
            _ => return None,
        },
    };
    if !matches!(scalar, Scalar::String | Scalar::Number) {
        return None;
    }
    // `Name` in `InstanceProfile` is `InstanceProfileName`.
    let letters = match within {
        Some(within) if stem(&own).is_empty() => letters(within) + &own,
        _ => own,
    };
    Some(Candidate {
        stem: stem(&letters).to_owned(),
        letters,
        required: member.is_required() && !nested,
        in_path: member.location() == Location::Uri,
        path,
    })
}

/// A name without what says that it is a name: `bucketname`, `bucket` and `bucketid` are one.
pub(crate) fn stem(letters: &str) -> &str {
    ["identifier", "name", "id", "arn"]
        .into_iter()
        .find_map(|ending| letters.strip_suffix(ending))
        .unwrap_or(letters)
}

/// The letters and digits of a name in lower case: `code signing config` is in `CreateCodeSigningConfig`.
pub fn letters(name: &str) -> String {
    let mut letters = String::with_capacity(name.len());
    let those = name.bytes().filter(u8::is_ascii_alphanumeric);
    those.for_each(|byte| letters.push(char::from(byte.to_ascii_lowercase())));
    letters
}

/// Whether a member of this name has the tags of something: `Tags`, `TagSpecifications`, `Tagging`, `TagList`, `TagSet`.
pub fn is_tags(name: &str) -> bool {
    let name = name.as_bytes();
    let is = |found: Option<&[u8]>, word: &str| {
        found.is_some_and(|it| it.eq_ignore_ascii_case(word.as_bytes()))
    };
    is(name.last_chunk::<4>().map(<[u8; 4]>::as_slice), "tags")
        || is(name.first_chunk::<7>().map(<[u8; 7]>::as_slice), "tagspec")
        || ["tagging", "taglist", "tagset"].iter().any(|word| is(Some(name), word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[track_caller]
    fn names(service: &str, operation: &str, kind: &str, variable: &str) -> Vec<String> {
        let operation = Catalog::embedded().service(service).unwrap().operation(operation).unwrap();
        let own = operation.authorized().next().unwrap().action();
        let kind = own.resources().find(|it| it.resource_type.name() == kind).unwrap();
        let named = Members::of(operation).named(own, kind.resource_type, variable, true);
        named.values().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn names_tell() {
        assert_eq!(names("lambda", "Invoke", "function", "FunctionName"), ["FunctionName"]);
        assert_eq!(names("ec2", "StopInstances", "instance", "InstanceId"), ["InstanceIds[]"]);
        assert_eq!(names("eks", "DeleteCluster", "cluster", "ClusterName"), ["name"]);
        assert_eq!(names("s3", "GetBucketAcl", "bucket", "BucketName"), ["Bucket"]);
        assert_eq!(
            names("elasticache", "DeleteCacheCluster", "cluster", "CacheClusterId"),
            ["CacheClusterId"]
        );
    }
}
