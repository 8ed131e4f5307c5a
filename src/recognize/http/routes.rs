//! Which operation of a REST service a method, a path and a query mean.
//!
//! A tree of path segments per service: a word, a label (one segment) or a greedy label (one or more). The
//! most specific route wins, segment by segment: word before label before greedy label. Where several
//! operations have the same route, the query keys of the route decide, then the query keys and
//! headers that the operations require. The order in which operations are added does not matter.

use super::uri;
use crate::catalog::{Form, Location, Operation, Service, Shape};

/// The routes of one service.
pub(super) struct Routes {
    nodes: Vec<Node>,
    /// The version of the API, where all paths begin with it (`/2020-05-31/distribution`).
    version: Option<&'static str>,
}

/// An operation, and the form of the past in which it was called, where it was.
#[derive(Clone, Copy)]
pub(super) struct Found {
    pub(super) operation: Operation,
    pub(super) form: Option<Form>,
}

impl Found {
    pub(super) fn route(self) -> &'static str {
        self.form.map_or_else(|| self.operation.route(), Form::route)
    }
}

#[derive(Default)]
struct Node {
    /// Sorted by the word.
    words: Vec<(&'static str, usize)>,
    label: Option<usize>,
    greedy: Option<usize>,
    leaves: Vec<Leaf>,
}

/// An operation whose path ends here.
struct Leaf {
    found: Found,
    /// Whether SDKs of today have it so, and no newer operation took its place.
    is_current: bool,
    method: &'static str,
    /// Query keys of the route, with the value where it has one.
    query: Vec<(&'static str, Option<&'static str>)>,
    /// Required members in the query and in headers, by their names on the wire.
    required_query: Vec<&'static str>,
    required_headers: Vec<&'static str>,
}

/// A request as routes see it.
pub(super) struct Routed<'a> {
    pub(super) method: &'a str,
    /// The path's segments, still encoded.
    pub(super) segments: Vec<&'a str>,
    /// The query's pairs, still encoded, without those of a signature.
    pub(super) query: Vec<(&'a str, &'a str)>,
    pub(super) headers: &'a [(&'a str, &'a [u8])],
    /// Whether the first segment is the bucket that the host names.
    pub(super) has_bucket: bool,
}

/// How well an operation fits; greater is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fit {
    /// Two bits per segment, the first segment's highest: word, label, greedy label.
    path: u128,
    /// Query keys of the route that are there, twice as much with a value.
    query: usize,
    /// Whether the request carries the operation's name (`x-id=GetObject`), as newer SDKs do.
    named: bool,
    /// Whether every required member is there.
    complete: bool,
    /// How many of the required members outside the path are there.
    required: usize,
    /// Whether SDKs of today have it so, and no newer operation took its place.
    current: bool,
}

/// The method of an operation that is called by any.
const ANY: &str = "*";

/// Operations that are on the wire what a newer one of the same service is.
const SUPERSEDED: [(&str, &str); 4] = [
    ("s3", "GetBucketLifecycle"),
    ("s3", "PutBucketLifecycle"),
    ("s3", "GetBucketNotification"),
    ("s3", "PutBucketNotification"),
];

impl<'a> Routed<'a> {
    pub(super) fn new(
        method: &'a str,
        path: &'a str,
        query: &'a str,
        headers: &'a [(&'a str, &'a [u8])],
    ) -> Routed<'a> {
        let is_signature = |name: &str| {
            name.len() > 6
                && name[..6].eq_ignore_ascii_case("x-amz-")
                && matches!(
                    &name[6..],
                    "Algorithm"
                        | "Credential"
                        | "Date"
                        | "Expires"
                        | "SignedHeaders"
                        | "Signature"
                        | "Security-Token"
                        | "Region-Set"
                )
        };
        Routed {
            method,
            segments: path.strip_prefix('/').unwrap_or(path).split('/').collect(),
            query: uri::pairs(query)
                .filter(|(name, _)| !(name.is_char_boundary(6) && is_signature(name)))
                .collect(),
            headers,
            has_bucket: false,
        }
    }

    /// Puts the bucket that the host names where S3's routes have it.
    pub(super) fn put_in_front(&mut self, bucket: &'a str) {
        self.segments.insert(0, bucket);
        self.has_bucket = true;
    }

    /// The same request without the first segment of its path.
    pub(super) fn without_first(&self) -> Routed<'a> {
        Routed {
            method: self.method,
            segments: self.segments.get(1..).unwrap_or_default().to_vec(),
            query: self.query.clone(),
            headers: self.headers,
            has_bucket: false,
        }
    }

    /// A header of a presigned request, which has it in the query.
    pub(super) fn in_query(&self, header: &str) -> Option<std::borrow::Cow<'a, str>> {
        let found = self.query.iter().find(|(name, _)| name.eq_ignore_ascii_case(header));
        found.map(|(_, value)| uri::form_decoded(value))
    }

    fn has_query(&self, name: &str) -> bool {
        self.query.iter().any(|(found, _)| is_spelt(found, name))
    }

    fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|(found, _)| found.eq_ignore_ascii_case(name))
            // Presigned requests carry them in the query.
            || self.query.iter().any(|(found, _)| found.eq_ignore_ascii_case(name))
    }
}

/// Whether a segment is a version of an API: `2019-03-26`.
fn is_version(segment: &str) -> bool {
    let is_date = |(at, byte): (usize, u8)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    segment.len() == 10 && segment.bytes().enumerate().all(is_date)
}

/// Whether an encoded text is this word.
fn is_spelt(encoded: &str, word: &str) -> bool {
    encoded == word || (encoded.contains(['%', '+']) && uri::form_decoded(encoded) == word)
}

/// Splits a route: its path's segments, and the pairs of its query.
fn parts(route: &'static str) -> (impl Iterator<Item = &'static str>, &'static str) {
    let (path, query) = route.split_once('?').unwrap_or((route, ""));
    let path = path.strip_prefix('/').unwrap_or(path);
    (path.strip_suffix('/').unwrap_or(path).split('/'), query)
}

impl Routes {
    /// The routes of a service that has paths.
    pub(super) fn of(service: Service) -> Routes {
        let mut routes = Routes { nodes: vec![Node::default()], version: None };
        let dropped: Vec<Operation> = service.dropped().collect();
        for operation in service.operations() {
            let is_current = !dropped.contains(&operation)
                && !SUPERSEDED.contains(&(service.name(), operation.name()));
            let found = Found { operation, form: None };
            routes.add(found, is_current, operation.method(), operation.input());
        }
        for form in service.forms() {
            let found = Found { operation: form.operation(), form: Some(form) };
            routes.add(found, false, form.method(), form.input());
        }
        for node in &mut routes.nodes {
            node.words.sort_unstable();
        }
        let root = &routes.nodes[0];
        if let ([(word, _)], None, None) = (&root.words[..], root.label, root.greedy)
            && *word == service.api_version()
        {
            routes.version = Some(word);
        }
        routes
    }

    fn add(&mut self, found: Found, is_current: bool, method: &'static str, input: Option<Shape>) {
        let (segments, query) = parts(found.route());
        let mut node = 0;
        for segment in segments {
            node = self.child(node, segment);
        }
        let required = |location| {
            let members = input.into_iter().flat_map(Shape::members);
            let members = members.filter(|it| it.is_required() && it.location() == location);
            members.map(|member| member.wire).collect()
        };
        self.nodes[node].leaves.push(Leaf {
            found,
            is_current,
            method,
            query: uri::pairs(query)
                .map(|(name, value)| (name, (!value.is_empty()).then_some(value)))
                .collect(),
            required_query: required(Location::Query),
            required_headers: required(Location::Header),
        });
    }

    fn child(&mut self, node: usize, segment: &'static str) -> usize {
        let next = self.nodes.len();
        let parent = &mut self.nodes[node];
        let child = match segment.strip_prefix('{') {
            Some(label) if label.ends_with("+}") => *parent.greedy.get_or_insert(next),
            Some(_) => *parent.label.get_or_insert(next),
            None => match parent.words.iter().find(|(word, _)| *word == segment) {
                Some((_, child)) => *child,
                None => {
                    parent.words.push((segment, next));
                    next
                }
            },
        };
        if child == next {
            self.nodes.push(Node::default());
        }
        child
    }

    /// The operation that fits best.
    pub(super) fn find(&self, request: &Routed<'_>) -> Option<(Fit, Found)> {
        self.below(0, &request.segments, 0, request)
    }

    /// The same where SDKs older and newer than the catalogue put another version of the API in front.
    pub(super) fn find_in_other_version(&self, request: &Routed<'_>) -> Option<(Fit, Found)> {
        let (version, (first, rest)) = (self.version?, request.segments.split_first()?);
        if *first == version || !is_version(first) {
            return None;
        }
        let segments: Vec<&str> = std::iter::once(version).chain(rest.iter().copied()).collect();
        self.below(0, &segments, 0, request)
    }

    fn below(
        &self,
        node: usize,
        segments: &[&str],
        path: u128,
        request: &Routed<'_>,
    ) -> Option<(Fit, Found)> {
        let node = &self.nodes[node];
        let Some((first, rest)) = segments.split_first() else {
            return node.best(path, request);
        };
        let path = path << 2;
        let word = node.words.binary_search_by(|(word, _)| (*word).cmp(first)).ok().or_else(|| {
            let encoded = first.contains('%');
            let position = || node.words.iter().position(|(word, _)| uri::decoded(first) == *word);
            if encoded { position() } else { None }
        });
        if let Some(found) =
            word.and_then(|at| self.below(node.words[at].1, rest, path | 2, request))
        {
            return Some(found);
        }
        if let Some(label) = node.label
            && !first.is_empty()
            && let Some(found) = self.below(label, rest, path | 1, request)
        {
            return Some(found);
        }
        if let Some(greedy) = node.greedy {
            // What ends in a word (`{name+}/policy`) is more specific than what takes all there is.
            for end in (1..segments.len()).rev().chain([segments.len()]) {
                if segments[..end].iter().all(|segment| segment.is_empty()) && end == 1 {
                    continue;
                }
                if let Some(found) = self.below(greedy, &segments[end..], path, request) {
                    return Some(found);
                }
            }
        }
        // A slash at the end, which routes may or may not have.
        if first.is_empty() && rest.is_empty() { node.best(path >> 2, request) } else { None }
    }
}

impl Node {
    fn best(&self, path: u128, request: &Routed<'_>) -> Option<(Fit, Found)> {
        let fits =
            self.leaves.iter().filter_map(|leaf| Some((leaf.fit(path, request)?, leaf.found)));
        let name = |found: &Found| found.operation.name();
        // Of equals the first by name.
        fits.max_by(|(a, one), (b, other)| a.cmp(b).then_with(|| name(other).cmp(name(one))))
    }
}

impl Leaf {
    fn fit(&self, path: u128, request: &Routed<'_>) -> Option<Fit> {
        if self.method != request.method && self.method != ANY {
            return None;
        }
        let mut query = 0;
        for (name, value) in &self.query {
            let mut found = request.query.iter().filter(|(key, _)| is_spelt(key, name));
            match value {
                Some(value) => {
                    found.find(|(_, sent)| is_spelt(sent, value))?;
                    query += 2;
                }
                None => {
                    found.next()?;
                    query += 1;
                }
            }
        }
        let in_query = self.required_query.iter().filter(|name| request.has_query(name)).count();
        let in_headers =
            self.required_headers.iter().filter(|name| request.has_header(name)).count();
        let required = in_query + in_headers;
        let x_id = request.query.iter().find(|(name, _)| *name == "x-id");
        Some(Fit {
            path,
            query,
            named: x_id.is_some_and(|(_, name)| *name == self.found.operation.name()),
            complete: required == self.required_query.len() + self.required_headers.len(),
            required,
            current: self.is_current,
        })
    }
}

/// The labels of a route with what stands for them in the path, decoded.
pub(super) fn labels(
    route: &'static str,
    segments: &[&str],
    mut found: impl FnMut(&'static str, String),
) {
    let (names, _) = parts(route);
    let names: Vec<&'static str> = names.collect();
    // A slash at the end, which such a route may or may not have.
    let is_word = names.last().is_some_and(|name| !name.starts_with('{'));
    let segments = match segments {
        [segments @ .., ""] if is_word => segments,
        segments => segments,
    };
    let mut at = 0;
    for (index, name) in names.iter().enumerate() {
        let Some(name) = name.strip_prefix('{') else {
            at += 1;
            continue;
        };
        let behind = names.len() - index - 1;
        let (name, end) = match name.strip_suffix("+}") {
            Some(name) => (name, segments.len().saturating_sub(behind).max(at + 1)),
            None => (name.strip_suffix('}').unwrap_or(name), at + 1),
        };
        let Some(values) = segments.get(at..end) else { return };
        found(name, uri::decoded(&values.join("/")).into_owned());
        at = end;
    }
}
