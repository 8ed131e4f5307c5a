//! Where requests go, and which services that can be: read once for the requests that go there again and again. A thread
//! remembers a few places; what it remembers is what it would read.

use std::cell::RefCell;
use std::sync::Arc;

use super::candidates::Candidates;
use super::endpoint::Endpoint;

/// How many places a thread remembers. A program has few that it asks often.
const PLACES: usize = 16;
/// Bytes of host, service and user agent that are remembered; AWS's SDKs send a few hundred.
const LONGEST: usize = 1_024;

/// What is read of where a request goes and what it is signed for.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) endpoint: Arc<Endpoint>,
    pub(super) candidates: Arc<Candidates>,
}

/// All that a [`Place`] is read from.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) host: &'a str,
    /// The service for which the request is signed; the older schemes sign none.
    pub(super) service: Option<&'a str>,
    pub(super) user_agent: &'a str,
}

struct Remembered {
    host: String,
    service: Option<String>,
    user_agent: String,
    place: Place,
}

impl Remembered {
    fn is(&self, asked: Asked<'_>) -> bool {
        self.host == asked.host
            && self.service.as_deref() == asked.service
            && self.user_agent == asked.user_agent
    }
}

thread_local! {
    /// The places, and which of them is forgotten next.
    static PLACES_OF_THREAD: RefCell<(Vec<Remembered>, usize)> = const { RefCell::new((Vec::new(), 0)) };
}

/// The place that was asked, as `read` reads it.
pub(super) fn place(asked: Asked<'_>, read: impl FnOnce() -> Place) -> Place {
    PLACES_OF_THREAD.with_borrow_mut(|(places, oldest)| {
        if let Some(known) = places.iter().find(|it| it.is(asked)) {
            return known.place.clone();
        }
        let place = read();
        let length = asked.host.len() + asked.service.map_or(0, str::len) + asked.user_agent.len();
        if length <= LONGEST {
            let known = Remembered {
                host: asked.host.to_owned(),
                service: asked.service.map(str::to_owned),
                user_agent: asked.user_agent.to_owned(),
                place: place.clone(),
            };
            match places.get_mut(*oldest) {
                Some(forgotten) => *forgotten = known,
                None => places.push(known),
            }
            *oldest = (*oldest + 1) % PLACES;
        }
        place
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    fn asked<'a>(host: &'a str, service: Option<&'a str>, user_agent: &'a str) -> Asked<'a> {
        Asked { host, service, user_agent }
    }

    /// Whether it had to be read.
    fn is_read(asked: Asked<'_>) -> bool {
        let mut is_read = false;
        let place = place(asked, || {
            is_read = true;
            let endpoint = Endpoint::read(asked.host);
            let candidates = Candidates::of(Catalog::embedded(), None, &endpoint, asked.user_agent);
            Place { endpoint: Arc::new(endpoint), candidates: Arc::new(candidates) }
        });
        assert_eq!(place.endpoint.stem, Endpoint::read(asked.host).stem);
        is_read
    }

    #[test]
    fn the_same_place_is_read_once_and_no_other_is_taken_for_it() {
        let places = [
            asked("dynamodb.eu-west-1.amazonaws.com", Some("dynamodb"), "a"),
            asked("dynamodb.eu-west-1.amazonaws.com", Some("dynamodb"), "b"),
            asked("dynamodb.eu-west-1.amazonaws.com", Some("s3"), "a"),
            asked("dynamodb.eu-west-1.amazonaws.com", None, "a"),
            asked("dynamodb.eu-west-2.amazonaws.com", Some("dynamodb"), "a"),
        ];
        assert!(places.iter().all(|it| is_read(*it)));
        assert!(!places.iter().any(|it| is_read(*it)));
    }

    #[test]
    fn a_thread_remembers_few_and_none_that_is_long() {
        let hosts: Vec<String> =
            (0..PLACES).map(|number| format!("b-{number}.s3.amazonaws.com")).collect();
        let of = |host| asked(host, Some("s3"), "a");
        assert!(is_read(of("first.s3.amazonaws.com")));
        assert!(hosts.iter().all(|host| is_read(of(host))));
        assert!(!hosts.iter().any(|host| is_read(of(host))));
        assert!(is_read(of("first.s3.amazonaws.com")));
        let long = "a".repeat(LONGEST);
        assert!(is_read(asked("sts.amazonaws.com", Some("sts"), &long)));
        assert!(is_read(asked("sts.amazonaws.com", Some("sts"), &long)));
        assert_eq!(PLACES_OF_THREAD.with_borrow(|(places, _)| places.len()), PLACES);
    }
}
