//! Connections to AWS, made as the proxy makes its own.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::aws::{Connect, Endpoint, Reached, Stream};
use crate::capture::proxy::{Line, Roots, StandIn, UpstreamProxy};

/// So long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);

/// Connects to AWS.
pub(super) struct Way {
    roots: Roots,
    via: UpstreamProxy,
    lines: Mutex<HashMap<Endpoint, Arc<Line>>>,
}

impl Way {
    pub(super) fn new(roots: Roots, via: UpstreamProxy) -> Way {
        Way { roots, via, lines: Mutex::default() }
    }

    fn line(&self, to: &Endpoint) -> Result<Arc<Line>, String> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = lines.get(to) {
            return Ok(Arc::clone(line));
        }
        let origin = to.origin();
        let host: StandIn =
            origin.parse().map_err(|_| format!("{origin} is no address of a server"))?;
        // What hands out credentials and what stands in for AWS is near, and speaks without TLS: no proxy stands before it.
        let via = match origin.starts_with("https:") {
            true => self.via.clone(),
            false => UpstreamProxy::default(),
        };
        let line = Arc::new(Line::new(host, self.roots.clone(), via, CONNECT));
        lines.insert(to.clone(), Arc::clone(&line));
        Ok(line)
    }
}

impl Connect for Way {
    fn connect<'a>(&'a self, to: &'a Endpoint) -> Reached<'a> {
        Box::pin(async {
            // Its sentences are those of the proxy, which has an option for what SDKs have a variable for.
            let told = |why: String| why.replace("--upstream-ca FILE", "AWS_CA_BUNDLE");
            let stream = self.line(to)?.dial().await.map_err(told)?;
            Ok(Box::new(stream) as Box<dyn Stream>)
        })
    }
}

/// A proxy's URL may have a password, which its own type does not show.
impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Way").field("via", &self.via).finish_non_exhaustive()
    }
}
