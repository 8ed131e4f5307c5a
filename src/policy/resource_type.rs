//! Resource types as ARN formats tell them, and what of a type a few of its resources have in common.

use std::sync::Arc;

use crate::policy::pattern::Pattern;

/// Where names have parts, of one name or of a path.
pub(super) const LEVELS: [char; 2] = ['/', ':'];
/// Where a single name has parts.
pub(super) const WITHIN: [char; 3] = ['-', '_', '.'];

/// A resource type: an ARN format (`arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}/index/${IndexName}`).
#[derive(Debug, Clone)]
pub(super) struct ResourceType {
    /// Every ARN of the type.
    all: Pattern,
    /// What it has in the sixth part (`table/*/index/*`).
    resource: Box<str>,
    /// What the sixth part of each begins with (`table/`).
    head: Box<str>,
    /// The sixth part, level by level.
    levels: Vec<Level>,
    /// Characters of the format that are no variable: of two types that an ARN has, the one with more is
    /// the narrower.
    literals: usize,
}

/// What stands between two delimiters of a format.
#[derive(Debug, Clone)]
struct Level {
    /// With its delimiter, variables as `*` (`table/`, `*/`).
    text: Box<str>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Name,
    /// A name that somebody chose nothing of.
    Id,
}

/// What resources of one type, in one place, have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Common {
    /// The beginning of their sixth parts.
    text: String,
    /// Whether it was one resource alone so far.
    alone: bool,
    /// Whether the levels of all are those of the format.
    regular: bool,
}

impl ResourceType {
    /// Reads a format; `None` for what is no ARN.
    pub(super) fn parse(format: &str) -> Option<ResourceType> {
        let starred = starred(format);
        let all = Pattern::parse(&starred)?;
        let resource = starred.splitn(6, ':').nth(5)?;
        let head = resource.split('*').next().unwrap_or_default();
        let of_format = format_resource(format)?;
        let levels = levels(of_format).map(|level| {
            let kind = if !level.contains(['$', '*']) {
                Kind::Word
            } else if is_id(level) {
                Kind::Id
            } else {
                Kind::Name
            };
            Level { text: self::starred(level).into(), kind }
        });
        Some(ResourceType {
            head: head.into(),
            literals: starred.chars().filter(|&letter| letter != '*').count(),
            levels: levels.collect(),
            resource: resource.into(),
            all,
        })
    }

    /// The type of an ARN that no format tells of: as its first word says.
    pub(super) fn guess(place: &str, resource: &str) -> Option<ResourceType> {
        let head = resource.find(LEVELS).map_or("", |end| &resource[..=end]);
        ResourceType::parse(&format!("{place}{head}*"))
    }

    /// The types of these formats, narrower ones first.
    pub(super) fn all(formats: Vec<&str>) -> Vec<Arc<ResourceType>> {
        let mut types: Vec<_> = formats.into_iter().filter_map(ResourceType::parse).collect();
        types.sort_by_key(|it| std::cmp::Reverse(it.literals));
        types.into_iter().map(Arc::new).collect()
    }

    /// Whether somebody chose nothing of the names of its resources.
    pub(super) fn is_of_ids(&self) -> bool {
        let mut kinds = self.levels.iter().map(|level| level.kind);
        kinds.clone().any(|kind| kind == Kind::Id) && kinds.all(|kind| kind != Kind::Name)
    }

    /// How many letters and digits each of its resources has, whatever it is called.
    pub(super) fn letters(&self) -> usize {
        self.resource.chars().filter(|letter| letter.is_alphanumeric()).count()
    }

    /// Whether this ARN, of which `resource` is the sixth part, is of the type.
    pub(super) fn has(&self, resource: &str, arn: &Pattern) -> bool {
        resource.starts_with(&*self.head) && self.all.covers(arn)
    }

    /// Every resource of the type in this place: an ARN's first five parts with their colons, and a bucket.
    pub(super) fn everywhere(&self, place: &Place<'_>) -> String {
        match place.bucket {
            // The bucket is the first level.
            Some(bucket) => {
                let rest: String = self.levels.iter().skip(1).map(|it| &*it.text).collect();
                format!("{}{bucket}{rest}", place.beginning)
            }
            None => format!("{}{}", place.beginning, self.resource),
        }
    }

    /// A pattern for all that have this in common: what they begin with up to a delimiter, else the type.
    pub(super) fn pattern(&self, common: &Common, place: &Place<'_>) -> String {
        if let Some(resource) = common.alone() {
            return format!("{}{resource}", place.beginning);
        }
        let kept = &common.text[..self.cut(&common.text)];
        if !common.regular || kept.len() <= self.head.len().max(place.bucket.map_or(0, str::len)) {
            return self.everywhere(place);
        }
        let level = kept.matches(LEVELS).count();
        if self.levels.get(level).is_some_and(|it| it.kind == Kind::Word) {
            return self.everywhere(place);
        }
        let mut pattern = format!("{}{kept}*", place.beginning);
        if let Some(this) = self.levels.get(level)
            && level + 1 < self.levels.len()
        {
            pattern.extend(this.text.chars().next_back());
            pattern.extend(self.levels[level + 1..].iter().map(|it| &*it.text));
        }
        // A level of several variables (`${DomainName}+${DomainIdentifier}`) has words that a beginning lacks.
        let everywhere = self.everywhere(place);
        if crate::policy::pattern::covers(&everywhere, &pattern) { pattern } else { everywhere }
    }

    /// How much of a common beginning names something: never a part of an id.
    fn cut(&self, common: &str) -> usize {
        let whole = common.rfind(LEVELS).map_or(0, |end| end + 1);
        let level = common[..whole].matches(LEVELS).count();
        let kind = self.levels.get(level.min(self.levels.len().saturating_sub(1)));
        if kind.is_some_and(|it| it.kind == Kind::Id) {
            return whole;
        }
        common[whole..].rfind(WITHIN).map_or(whole, |end| whole + end + 1)
    }

    /// Whether the levels of a resource are those of the format, the last of which may hold several.
    fn is_regular(&self, resource: &str) -> bool {
        let mut of_resource = levels(resource);
        let mut last = None;
        for level in &self.levels {
            let Some(text) = of_resource.next() else { return false };
            let same = match level.kind {
                Kind::Word => text == &*level.text,
                Kind::Name | Kind::Id => true,
            };
            let wanted = level.text.chars().next_back().filter(|it| LEVELS.contains(it));
            if !same || wanted.is_some_and(|wanted| !text.ends_with(wanted)) {
                return false;
            }
            last = Some(level.kind);
        }
        last != Some(Kind::Word) || of_resource.next().is_none()
    }

    /// What one resource has in common with itself.
    pub(super) fn common(&self, resource: &str) -> Common {
        Common { text: resource.to_owned(), alone: true, regular: self.is_regular(resource) }
    }

    /// One resource more; whether that changes what they have in common.
    pub(super) fn extend(&self, common: &mut Common, resource: &str) -> bool {
        if common.alone && common.text == resource {
            return false;
        }
        let shared = shared(&common.text, resource);
        let regular = common.regular && self.is_regular(resource);
        let changed = common.alone || shared < common.text.len() || regular != common.regular;
        common.text.truncate(shared);
        (common.alone, common.regular) = (false, regular);
        changed
    }
}

impl Common {
    /// What other resources have in common, too.
    pub(super) fn join(&mut self, other: &Common) {
        self.text.truncate(shared(&self.text, &other.text));
        (self.alone, self.regular) = (false, self.regular && other.regular);
    }

    /// The one resource that it is of.
    pub(super) fn alone(&self) -> Option<&str> {
        self.alone.then_some(&*self.text)
    }
}

/// Where a resource is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// The first five parts of its ARN, with their colons.
    pub(super) beginning: &'a str,
    /// The bucket of an S3 object, whose ARN says no account.
    pub(super) bucket: Option<&'a str>,
}

/// The first levels of a resource, each with its delimiter; all of it when it has no more.
pub(super) fn first_levels(resource: &str, number: usize) -> &str {
    let length = levels(resource).take(number).map(str::len).sum();
    &resource[..length]
}

pub(super) fn level_count(resource: &str) -> usize {
    levels(resource).count()
}

fn levels(resource: &str) -> impl Iterator<Item = &str> {
    resource.split_inclusive(LEVELS)
}

/// The sixth part of a format, whose variables hold no colons.
fn format_resource(format: &str) -> Option<&str> {
    format.splitn(6, ':').nth(5)
}

/// `${TableName}` as `*`.
fn starred(format: &str) -> String {
    let mut text = String::with_capacity(format.len());
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("${") {
        text.push_str(before);
        text.push('*');
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    text + rest
}

/// A variable whose values AWS makes. Secrets are named by their `SecretId`.
fn is_id(level: &str) -> bool {
    let name = level.trim_end_matches(LEVELS).trim_end_matches('}');
    let generated = ["Id", "ID", "Uuid", "UUID"].iter().any(|end| name.ends_with(end));
    generated && name != "secret:${SecretId" && name != "${SecretId"
}

/// How many bytes two texts begin with in common, whole characters.
fn shared(one: &str, other: &str) -> usize {
    let differ = one.char_indices().zip(other.chars()).find(|((_, a), b)| a != b);
    differ.map_or(one.len().min(other.len()), |((place, _), _)| place)
}
