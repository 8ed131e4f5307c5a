//! Clients that do not go through the proxy as they should: what shows it, in bounded memory.

use std::collections::HashSet;

use crate::call::Call;
use crate::session::tally::{COUNTED_BY_NAME, Tally};

/// Whose calls are no AWS service's: machines have them in themselves.
const METADATA: &str = "ec2metadata";

/// What shows that clients go astray.
#[derive(Debug, Default)]
pub struct Astray {
    /// Connections whose client did not trust the proxy's certificate.
    pub untrusted: u64,
    /// Connections that were closed without a request, by host.
    unused: Tally,
    /// Hosts of calls: as many as the tally has names.
    heard: HashSet<Box<str>>,
    /// Calls that were answered and only reported, by what the program calls itself.
    pub past: Tally,
}

impl Astray {
    pub(crate) fn unused(&mut self, host: &str) {
        self.unused.add([host, "", ""]);
    }

    pub(crate) fn heard(&mut self, call: &Call) {
        if let Some(host) = call.host.as_deref().filter(|_| self.heard.len() < COUNTED_BY_NAME)
            && !self.heard.contains(host)
        {
            self.heard.insert(host.into());
        }
    }

    /// A call was reported that the proxy has not seen. One without an answer may have got no further than the proxy.
    pub(crate) fn reported(&mut self, call: &Call) {
        if call.outcome.status.is_some() && !call.service.eq_ignore_ascii_case(METADATA) {
            let agent = call.user_agent.as_deref().and_then(|it| it.split(' ').next());
            self.past.add([agent.unwrap_or("a program that does not say what it is"), "", ""]);
        }
    }

    /// The hosts to which there were connections and no call, with how many; none where too many hosts were heard to tell.
    pub fn never_asked(&self) -> Vec<(&str, u64)> {
        if self.heard.len() >= COUNTED_BY_NAME {
            return Vec::new();
        }
        let is_heard = |host: &str| {
            let below = format!(".{host}");
            self.heard.iter().any(|it| {
                let it = it.rsplit_once(':').map_or(&**it, |(name, _)| name);
                it == host || it.ends_with(&below)
            })
        };
        let entries = self.unused.entries().map(|([host, ..], count)| (&**host, count));
        entries.filter(|(host, _)| !is_heard(host)).collect()
    }
}
