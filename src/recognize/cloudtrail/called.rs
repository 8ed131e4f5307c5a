//! What was called: `eventSource` and `eventName` → service and operation.

use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use crate::catalog::{Catalog, Operation, Service};

/// What a record's source and name stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Called {
    /// An operation of the catalogue.
    Operation(Operation),
    /// A service of the catalogue, which has no operation of the name.
    Service(Service),
    /// Nothing that the catalogue has.
    Unknown,
}

/// Event sources that are not what services' hosts or signatures are called.
const SOURCES: &str = include_str!("../../../data/cloudtrail/sources.txt");
/// Event names that are not their operation's.
const EVENTS: &str = include_str!("../../../data/cloudtrail/events.txt");

/// The services behind a source's first word; the likeliest first.
static BY_SOURCE: LazyLock<HashMap<&'static str, Vec<Service>>> = LazyLock::new(|| {
    let mut found: HashMap<&'static str, Vec<Service>> = HashMap::new();
    let mut add = |source: &'static str, service: Service| {
        let services = found.entry(source).or_default();
        if !services.contains(&service) {
            services.push(service);
        }
    };
    let catalog = Catalog::embedded();
    for line in lines(SOURCES) {
        let mut words = line.split_whitespace();
        let source = words.next().unwrap_or_default();
        words.filter_map(|name| catalog.service(name)).for_each(|service| add(source, service));
    }
    // Of what no SDK has a model of, trails have no events of their own.
    let modelled = || catalog.services().filter(|service| !service.is_data_plane());
    // A service is likeliest where its own name stands.
    let names: [fn(Service) -> &'static str; 3] =
        [Service::name, Service::endpoint_prefix, Service::signing_name];
    for name in names {
        modelled().for_each(|service| add(name(service), service));
    }
    for service in modelled() {
        service.hosts().filter(|host| !host.contains('*')).for_each(|host| add(host, service));
        service.further_signing_names().for_each(|name| add(name, service));
    }
    found
});

/// By service and event name, the operation.
static BY_EVENT: LazyLock<HashMap<(Service, &'static str), Operation>> = LazyLock::new(|| {
    let named = lines(EVENTS).filter_map(|line| {
        let mut words = line.split_whitespace();
        let service = Catalog::embedded().service(words.next()?)?;
        let event = words.next()?;
        Some(((service, event), service.operation(words.next()?)?))
    });
    named.collect()
});

pub(super) fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The services that a source can stand for; the likeliest first.
pub(super) fn services(source: &str) -> &'static [Service] {
    // `ec2.amazonaws.com`, `s3.amazonaws.com.cn`
    let word = source.split_once(".amazon").map_or(source, |(word, _)| word);
    BY_SOURCE.get(word).map(Vec::as_slice).unwrap_or_default()
}

/// What was called. `version` is the record's `apiVersion`; `fits` says how many of the request's members an operation has, by
/// which services that share a source and an event's name are told apart.
pub(super) fn called(
    source: &str,
    name: &str,
    version: Option<&str>,
    fits: impl Fn(Operation) -> usize,
) -> Called {
    let services = services(source);
    let found = operations(services, source, name);
    let fit = |operation: Operation| {
        let own = operation.service().api_version();
        (version.is_some_and(|it| it.replace('_', "-") == own), fits(operation))
    };
    let best = match &*found {
        [] => None,
        [only] => Some(*only),
        [first, others @ ..] => {
            let mut best = (fit(*first), *first);
            for other in others {
                let fit = fit(*other);
                if fit > best.0 {
                    best = (fit, *other);
                }
            }
            Some(best.1)
        }
    };
    match (best, services.first()) {
        (Some(operation), _) => Called::Operation(operation),
        (None, Some(service)) => Called::Service(*service),
        (None, None) => Called::Unknown,
    }
}

/// What a record's source and name tell by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alone {
    /// The operation.
    One(Operation),
    /// Which of several operations it is depends on what is in the request.
    Several,
    /// The catalogue has none.
    None,
}

/// What a record's source and name tell by themselves.
pub(super) fn alone(source: &str, name: &str) -> Alone {
    match *operations(services(source), source, name) {
        [] => Alone::None,
        [only] => Alone::One(only),
        _ => Alone::Several,
    }
}

/// The operations that an event can be of: those of its name; else those of its name without a date; else those whose name is
/// written otherwise.
fn operations(services: &[Service], source: &str, event: &str) -> Vec<Operation> {
    let exactly = |event: &str| -> Vec<Operation> {
        let of = |service: &Service| {
            let renamed = BY_EVENT.get(&(*service, event)).copied();
            renamed.or_else(|| service.operation(event))
        };
        services.iter().filter_map(of).collect()
    };
    let found = exactly(event);
    if !found.is_empty() || services.is_empty() {
        return found;
    }
    let undated = undated(event);
    let found = if undated == event { Vec::new() } else { exactly(undated) };
    if found.is_empty() { loosely(services, source, undated) } else { found }
}

/// Names that were looked for in all operations of a service, and what was found.
type Looked = HashMap<(String, String), Vec<Operation>>;
static LOOKED: LazyLock<RwLock<Looked>> = LazyLock::new(RwLock::default);
/// Of which so many are remembered; past that they are forgotten together.
const MOST: usize = 4_096;
/// The longest name of an event that is looked for.
const LONGEST: usize = 128;

fn loosely(services: &[Service], source: &str, event: &str) -> Vec<Operation> {
    if event.len() > LONGEST || source.len() > LONGEST {
        return Vec::new();
    }
    let key = (source.to_owned(), event.to_owned());
    // What a thread left behind that was ended is still what was found.
    let known = LOOKED.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
    if let Some(known) = known {
        return known;
    }
    let found: Vec<_> = services.iter().filter_map(|it| it.operation_like(event)).collect();
    let mut looked = LOOKED.write().unwrap_or_else(PoisonError::into_inner);
    if looked.len() >= MOST {
        looked.clear();
    }
    looked.insert(key, found.clone());
    found
}

/// An event's name without the date and version that lambda's and CloudFront's end with: `UpdateFunctionCode20150331v2`,
/// `CreateDistribution2020_05_31`
/// (docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html).
pub(super) fn undated(event: &str) -> &str {
    let unversioned = match event.rsplit_once('v') {
        Some((before, digits))
            if !digits.is_empty() && is_digits(digits) && ends_in_date(before) =>
        {
            before
        }
        _ => event,
    };
    let date = unversioned.trim_end_matches(|it: char| it.is_ascii_digit() || it == '_');
    if ends_in_date(unversioned) && !date.is_empty() { date } else { event }
}

fn ends_in_date(text: &str) -> bool {
    let end = text.trim_start_matches(|it: char| !it.is_ascii_digit());
    let tail = text.trim_end_matches(|it: char| it.is_ascii_digit() || it == '_');
    let tail = &text[tail.len()..];
    let digits = tail.bytes().filter(u8::is_ascii_digit).count();
    !end.is_empty() && digits == 8 && (tail.starts_with("20") || tail.starts_with("_20"))
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}
