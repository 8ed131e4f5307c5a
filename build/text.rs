//! Reads `data/catalog`: the grammar that `data/README.md` describes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::format::{
    ACCESS_LEVELS, BY_ARN, CONDITION_KEYS, IN_REQUEST, LOCATIONS, MEMBER_FLAGS, PROTOCOLS, SCALARS,
};

/// The whole catalogue.
pub(crate) struct Catalog {
    pub(crate) services: BTreeMap<String, Service>,
    pub(crate) prefixes: BTreeMap<String, Prefix>,
    pub(crate) partitions: Vec<Partition>,
}

/// `services/NAME.txt`.
#[derive(Default)]
pub(crate) struct Service {
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) operations: BTreeMap<String, Operation>,
    /// Other methods and paths by which operations were called: the operation's name, and how.
    pub(crate) forms: Vec<(String, Wire)>,
    /// What calls make and answers tell, by operation.
    pub(crate) made: BTreeMap<String, Made>,
    pub(crate) shapes: BTreeMap<String, Shape>,
}

/// How an operation looks on the wire.
#[derive(Default)]
pub(crate) struct Wire {
    pub(crate) method: String,
    pub(crate) route: String,
    pub(crate) input: Option<String>,
    pub(crate) host_prefix: String,
    pub(crate) auth: String,
    /// The last release of botocore that has it so, when the newest has not.
    pub(crate) last: Option<String>,
}

pub(crate) struct Operation {
    pub(crate) wire: Wire,
    pub(crate) known: Known,
    pub(crate) actions: Vec<Authorized>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    Mapped,
    SameName,
    Unknown,
}

pub(crate) struct Authorized {
    pub(crate) prefix: String,
    pub(crate) name: String,
    pub(crate) contexts: Vec<(String, Vec<String>)>,
}

pub(crate) enum Shape {
    Structure { eventstream: bool, payload: String, members: Vec<Member> },
    List { kind: Kind, item: String, flat: bool },
    Map { kind: Kind, key: String, value: String, flat: bool },
}

pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Bits in the order of `MEMBER_FLAGS`.
    pub(crate) flags: u32,
    /// Index into `LOCATIONS`.
    pub(crate) location: u32,
    pub(crate) wire: String,
}

pub(crate) struct Kind {
    pub(crate) of: KindOf,
    pub(crate) sensitive: bool,
}

pub(crate) enum KindOf {
    Scalar(u32),
    Shape(String),
}

/// What a call of an operation makes, and what its answer tells of resources that have a parent.
#[derive(Default)]
pub(crate) struct Made {
    pub(crate) makes: Vec<Name>,
    /// A resource and its parent.
    pub(crate) tells: Vec<(Name, Name)>,
}

/// How an answer or a request names a resource.
pub(crate) struct Name {
    pub(crate) path: String,
    pub(crate) variable: String,
    pub(crate) prefix: String,
    pub(crate) kind: String,
    /// `BY_ARN`, `IN_REQUEST`.
    pub(crate) flags: u32,
}

/// `actions/PREFIX.txt`.
#[derive(Default)]
pub(crate) struct Prefix {
    pub(crate) actions: BTreeMap<String, Action>,
    pub(crate) resources: BTreeMap<String, ResourceType>,
}

pub(crate) struct Action {
    pub(crate) access_level: u32,
    /// Condition keys that AWS lists for the action whatever it is on, as bits in the order of `CONDITION_KEYS`.
    pub(crate) keys: u32,
    pub(crate) resources: Vec<ActionResource>,
}

/// A resource type of an action.
pub(crate) struct ActionResource {
    pub(crate) kind: String,
    pub(crate) is_required: bool,
    /// Condition keys that AWS lists for action and type together; none where those of the type count.
    pub(crate) keys: Option<u32>,
}

pub(crate) struct ResourceType {
    pub(crate) formats: Vec<String>,
    pub(crate) keys: u32,
}

pub(crate) struct Partition {
    pub(crate) id: String,
    pub(crate) dns_suffix: String,
    pub(crate) dual_stack_suffix: String,
    pub(crate) region_prefixes: Vec<String>,
    pub(crate) regions: Vec<String>,
}

impl Catalog {
    /// Reads what was generated, and what was written by hand beside it; or says which line of which file is not as it should be.
    pub(crate) fn read(folder: &Path, by_hand: &Path) -> Result<Catalog, String> {
        let mut catalog = Catalog {
            services: BTreeMap::new(),
            prefixes: BTreeMap::new(),
            partitions: Vec::new(),
        };
        for (name, text) in files(&folder.join("services"))? {
            let service = located(&name, &text, Service::default(), Service::line)?;
            catalog.services.insert(name, service);
        }
        for (name, text) in files(by_hand)? {
            let service = located(&name, &text, Service::default(), Service::line)?;
            if service.places().is_empty() || catalog.services.contains_key(&name) {
                return Err(format!(
                    "{name}.txt: it needs a place, and a name that no service has"
                ));
            }
            catalog.services.insert(name, service);
        }
        for (name, text) in files(&folder.join("actions"))? {
            let prefix = located(&name, &text, Prefix::default(), Prefix::line)?;
            catalog.prefixes.insert(name, prefix);
        }
        let path = folder.join("partitions.txt");
        let text =
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            catalog.partitions.push(partition(line)?);
        }
        Ok(catalog)
    }
}

/// The `.txt` files of a folder in order: stem and text.
fn files(folder: &Path) -> Result<BTreeMap<String, String>, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "txt") {
            let text = fs::read_to_string(&path).map_err(failed)?;
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            files.insert(stem, text);
        }
    }
    Ok(files)
}

/// Feeds the lines of a file to `line` with the section that they stand in ("" before the first).
fn located<T>(
    name: &str,
    text: &str,
    mut value: T,
    line: fn(&mut T, &str, &str) -> Result<(), String>,
) -> Result<T, String> {
    let mut section = "";
    for (index, words) in text.lines().enumerate() {
        match words {
            "" => {}
            _ if words.starts_with('#') => {}
            "operations" | "forms" | "makes" | "tells" | "shapes" | "actions" | "resources" => {
                section = words;
            }
            _ => line(&mut value, section, words)
                .map_err(|problem| format!("data/catalog {name}.txt:{}: {problem}", index + 1))?,
        }
    }
    Ok(value)
}

impl Service {
    fn line(&mut self, section: &str, line: &str) -> Result<(), String> {
        let (name, rest) = line.split_once(' ').ok_or("a word is missing")?;
        match section {
            "" => {
                self.metadata.insert(name.to_owned(), rest.to_owned());
            }
            "operations" => {
                self.operations.insert(name.to_owned(), operation(rest)?);
            }
            "forms" => {
                let (wire, words) = wire(rest)?;
                if let Some(word) = words.first() {
                    return Err(format!("{word:?} is not a word of a form"));
                }
                if !self.operations.contains_key(name) {
                    return Err(format!("there is no operation {name}"));
                }
                self.forms.push((name.to_owned(), wire));
            }
            "makes" | "tells" => {
                if !self.operations.contains_key(name) {
                    return Err(format!("there is no operation {name}"));
                }
                let made = self.made.entry(name.to_owned()).or_default();
                match rest.split_once(" in ") {
                    // Nothing, and why.
                    _ if rest.starts_with("- ") => {}
                    Some((child, parent)) if section == "tells" => {
                        made.tells.push((resource_name(child)?, resource_name(parent)?));
                    }
                    _ if section == "tells" => return Err("the parent is missing".to_owned()),
                    _ => made.makes.push(resource_name(rest)?),
                }
            }
            _ => {
                self.shapes.insert(name.to_owned(), shape(rest)?);
            }
        }
        Ok(())
    }

    /// A value of the head of the file; empty when it is not there.
    pub(crate) fn get(&self, key: &str) -> &str {
        self.metadata.get(key).map(String::as_str).unwrap_or_default()
    }

    /// Where requests of a service of the data plane are found: hosts, and whether elsewhere too. No others have places.
    pub(crate) fn places(&self) -> Vec<String> {
        let words = |key: &'static str| {
            let words = self.get(key).split(' ').filter(|it| !it.is_empty());
            words.map(move |word| format!("{key} {word}"))
        };
        let mut places: Vec<String> =
            words("api").chain(words("shared")).chain(words("elsewhere")).collect();
        for key in ["unnamed", "unless"].into_iter().filter(|key| !self.get(key).is_empty()) {
            places.push(format!("{key} {}", self.get(key)));
        }
        places
    }

    /// The protocols as bits in the order of `PROTOCOLS`.
    pub(crate) fn protocols(&self) -> Result<u32, String> {
        self.get("protocols").split(' ').try_fold(0, |bits, word| {
            Ok(bits | 1 << index_of(&PROTOCOLS, word).ok_or(format!("protocol {word}"))?)
        })
    }
}

fn operation(text: &str) -> Result<Operation, String> {
    let (head, actions) = match text.split_once(" : ") {
        Some((head, actions)) => (head, actions),
        None => (text, ""),
    };
    let (wire, words) = wire(head)?;
    let mut operation = Operation { wire, known: Known::Mapped, actions: Vec::new() };
    for word in words {
        match word {
            "same-name" => operation.known = Known::SameName,
            "unknown" => operation.known = Known::Unknown,
            _ => return Err(format!("{word:?} is not a word of an operation")),
        }
    }
    for word in actions.split(' ').filter(|word| !word.is_empty()) {
        operation.actions.push(authorized(word)?);
    }
    if operation.actions.is_empty() != (operation.known == Known::Unknown) {
        return Err("an operation has actions or is unknown".to_owned());
    }
    Ok(operation)
}

/// `METHOD route in=Shape host=prefix auth=scheme last=version`, and the words that are none of these.
fn wire(text: &str) -> Result<(Wire, Vec<&str>), String> {
    let mut words = text.split(' ');
    let mut wire = Wire {
        method: words.next().unwrap_or_default().to_owned(),
        route: words.next().ok_or("the route is missing")?.to_owned(),
        ..Wire::default()
    };
    let mut others = Vec::new();
    for word in words {
        match word.split_once('=') {
            Some(("in", shape)) => wire.input = Some(shape.to_owned()),
            Some(("host", prefix)) => prefix.clone_into(&mut wire.host_prefix),
            Some(("auth", auth)) => auth.clone_into(&mut wire.auth),
            Some(("last", version)) => wire.last = Some(version.to_owned()),
            _ => others.push(word),
        }
    }
    Ok((wire, others))
}

/// `path Variable prefix:type`: `path` begins with `@` where the request names it, and `=` behind it stands for an ARN.
fn resource_name(text: &str) -> Result<Name, String> {
    let odd = || format!("{text:?} names no resource");
    let mut words = text.splitn(3, ' ');
    let (path, variable) = (words.next().ok_or_else(odd)?, words.next().ok_or_else(odd)?);
    let (prefix, kind) = words.next().and_then(|it| it.split_once(':')).ok_or_else(odd)?;
    let (path, in_request) = match path.strip_prefix('@') {
        Some(path) => (path, IN_REQUEST),
        None => (path, 0),
    };
    let (path, by_arn) = match path.strip_suffix('=') {
        Some(path) => (path, BY_ARN),
        None => (path, 0),
    };
    Ok(Name {
        path: path.to_owned(),
        variable: variable.to_owned(),
        prefix: prefix.to_owned(),
        kind: kind.to_owned(),
        flags: in_request | by_arn,
    })
}

fn authorized(word: &str) -> Result<Authorized, String> {
    let (action, contexts) = word.split_once('?').unwrap_or((word, ""));
    let (prefix, name) = action.split_once(':').ok_or(format!("{action:?} has no prefix"))?;
    let mut authorized =
        Authorized { prefix: prefix.to_owned(), name: name.to_owned(), contexts: Vec::new() };
    for context in contexts.split('&').filter(|context| !context.is_empty()) {
        let (key, values) = context.split_once('=').ok_or("a context has no value")?;
        let values = values.split('|').map(str::to_owned).collect();
        authorized.contexts.push((key.to_owned(), values));
    }
    Ok(authorized)
}

fn shape(text: &str) -> Result<Shape, String> {
    let mut words = text.split(' ');
    let kind = words.next().unwrap_or_default();
    match kind {
        "structure" | "eventstream" => {
            let mut payload = String::new();
            let mut members = Vec::new();
            for word in words {
                match word.strip_prefix("payload=") {
                    Some(member) => member.clone_into(&mut payload),
                    None => members.push(member(word)?),
                }
            }
            Ok(Shape::Structure { eventstream: kind == "eventstream", payload, members })
        }
        "list" | "map" => {
            let of = kind_of(words.next().ok_or("its type is missing")?);
            let (mut item, mut key, mut value, mut flat) =
                (String::new(), String::new(), String::new(), false);
            for word in words {
                match word.split_once('=') {
                    Some(("item", name)) => name.clone_into(&mut item),
                    Some(("key", name)) => name.clone_into(&mut key),
                    Some(("value", name)) => name.clone_into(&mut value),
                    None if word == "flat" => flat = true,
                    _ => return Err(format!("{word:?} is not a word of a {kind}")),
                }
            }
            Ok(match kind {
                "list" => Shape::List { kind: of, item, flat },
                _ => Shape::Map { kind: of, key, value, flat },
            })
        }
        _ => Err(format!("{kind:?} is not a kind of shape")),
    }
}

/// `Name*:type!~flag@location=wire`
fn member(word: &str) -> Result<Member, String> {
    let (word, wire) = match word.split_once('=') {
        Some((word, wire)) => (word, Some(wire)),
        None => (word, None),
    };
    let (word, location) = word.split_once('@').unwrap_or((word, ""));
    let mut parts = word.split('~');
    let (name, kind) = parts
        .next()
        .and_then(|head| head.split_once(':'))
        .ok_or(format!("{word:?} is not a member"))?;
    let (name, required) = match name.strip_suffix('*') {
        Some(name) => (name, 1),
        None => (name, 0),
    };
    let flags = parts.try_fold(required, |bits, flag| {
        Ok::<u32, String>(bits | 1 << index_of(&MEMBER_FLAGS, flag).ok_or(format!("flag {flag}"))?)
    })?;
    Ok(Member {
        name: name.to_owned(),
        kind: kind_of(kind),
        flags,
        location: index_of(&LOCATIONS, location).ok_or(format!("location {location}"))?,
        wire: wire.unwrap_or(name).to_owned(),
    })
}

fn kind_of(word: &str) -> Kind {
    let (word, sensitive) = match word.strip_suffix('!') {
        Some(word) => (word, true),
        None => (word, false),
    };
    let of = match index_of(&SCALARS, word) {
        Some(scalar) => KindOf::Scalar(scalar),
        None => KindOf::Shape(word.to_owned()),
    };
    Kind { of, sensitive }
}

impl Prefix {
    fn line(&mut self, section: &str, line: &str) -> Result<(), String> {
        match section {
            "" => {}
            "actions" => {
                let mut words = line.splitn(3, ' ');
                let name = words.next().unwrap_or_default();
                let level = words.next().ok_or("the access level is missing")?;
                let (level, keys) = with_keys(level)?;
                let access_level =
                    index_of(&ACCESS_LEVELS, level).ok_or(format!("access level {level}"))?;
                let resources = words.next().unwrap_or_default().split(';');
                let resources = resources.filter(|name| !name.is_empty()).map(|word| {
                    let (name, keys) = with_keys(word)?;
                    let kind = name.strip_suffix('*').unwrap_or(name);
                    let is_required = kind != name;
                    Ok(ActionResource { kind: kind.to_owned(), is_required, keys })
                });
                let resources: Result<Vec<ActionResource>, String> = resources.collect();
                let keys = keys.unwrap_or_default();
                let action = Action { access_level, keys, resources: resources? };
                self.actions.insert(name.to_owned(), action);
            }
            _ => {
                let (name, formats) = line.split_once(" = ").ok_or("the ARN format is missing")?;
                let (formats, keys) = match formats.rsplit_once(' ') {
                    Some((formats, keys)) if keys.starts_with('{') => (formats, with_keys(keys)?.1),
                    _ => (formats, None),
                };
                let formats = formats.split(' ').map(str::to_owned).collect();
                let kind = ResourceType { formats, keys: keys.unwrap_or_default() };
                self.resources.insert(name.to_owned(), kind);
            }
        }
        Ok(())
    }
}

/// A word and the condition keys in braces behind it, if they are there.
fn with_keys(word: &str) -> Result<(&str, Option<u32>), String> {
    let Some((name, keys)) = word.split_once('{') else { return Ok((word, None)) };
    let keys = keys.strip_suffix('}').ok_or("the brace is not closed")?;
    let bits = keys.split(',').filter(|key| !key.is_empty()).try_fold(0, |bits, key| {
        let bit = index_of(&CONDITION_KEYS, key).ok_or(format!("condition key {key}"))?;
        Ok::<u32, String>(bits | 1 << bit)
    })?;
    Ok((name, Some(bits)))
}

fn partition(line: &str) -> Result<Partition, String> {
    let mut words = line.split(' ').map(str::to_owned);
    let mut word = || words.next().ok_or(format!("data/catalog partitions.txt: {line:?}"));
    let (id, dns_suffix, dual_stack_suffix, pattern) = (word()?, word()?, word()?, word()?);
    Ok(Partition {
        id,
        dns_suffix,
        dual_stack_suffix,
        region_prefixes: region_prefixes(&pattern)?,
        regions: words.collect(),
    })
}

/// A partition's region pattern is `^(us|eu)\-\w+\-\d+$`, `^cn\-\w+\-\d+$` or `^eusc\-(de)\-\w+\-\d+$`: the
/// beginnings (`us-`, `eu-`) are all that tells partitions apart, so no regular expressions are needed
/// at run time.
fn region_prefixes(pattern: &str) -> Result<Vec<String>, String> {
    let odd =
        || format!("data/catalog partitions.txt: the region pattern {pattern:?} is of a new form");
    let head = pattern
        .strip_prefix('^')
        .and_then(|it| it.strip_suffix("\\-\\w+\\-\\d+$"))
        .ok_or_else(odd)?
        .replace("\\-", "-");
    let (before, choices) = head.split_once('(').unwrap_or(("", &head));
    let choices = choices.strip_suffix(')').unwrap_or(choices);
    let plain = |it: &str| it.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let prefixes = choices.split('|').map(|choice| format!("{before}{choice}-"));
    prefixes.map(|prefix| if plain(&prefix) { Ok(prefix) } else { Err(odd()) }).collect()
}

fn index_of(words: &[&str], word: &str) -> Option<u32> {
    words.iter().position(|it| *it == word).and_then(|index| u32::try_from(index).ok())
}
