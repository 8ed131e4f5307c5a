//! The demo: a small deployment through the real proxy, to a stand-in for AWS inside this program, reported over client-side monitoring as
//! an SDK does it.

mod script;
mod stand_in;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::runtime::{Builder, Runtime};

use crate::aws::{AskError, Client, Credentials, Reach, Reached, Stream, Target};
use crate::capture::proxy::{Line, Roots, UpstreamProxy};
use script::{ACCESS_KEY, SECRET, Step, deployment, request_id};
use stand_in::StandIn;

/// Between two looks whether somebody wants it to be over.
const LOOK: Duration = Duration::from_millis(25);
/// So long a connection to the proxy may take to be made.
const CONNECT: Duration = Duration::from_secs(10);

/// Why the deployment did not come to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    /// The system gave no thread or socket.
    #[error("the demo could not begin: {0}")]
    System(#[from] io::Error),
    /// The proxy is nowhere to be found.
    #[error("the demo could not find its own proxy: {0}")]
    Proxy(String),
    /// A call failed that does not fail.
    #[error("the demo's own call failed: {0}")]
    Call(#[from] AskError),
}

/// A deployment that is about to begin: its stand-in answers already.
pub(crate) struct Deployment {
    runtime: Runtime,
    steps: Arc<[Step]>,
    stand_in: SocketAddr,
}

/// Whom the deployment goes to.
pub(crate) struct Route {
    /// The proxy.
    pub(crate) proxy: SocketAddr,
    /// The certificate of its authority, and no other.
    pub(crate) roots: Roots,
    /// Where reports of calls are heard.
    pub(crate) csm: SocketAddr,
}

impl Deployment {
    /// Prepares it.
    ///
    /// # Errors
    ///
    /// When the system gives no thread or socket.
    pub(crate) fn prepare() -> Result<Deployment, DemoError> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let stand_in = runtime.block_on(StandIn::bind())?;
        let address = stand_in.address();
        let steps: Arc<[Step]> = deployment().into();
        runtime.spawn(stand_in.serve(Arc::clone(&steps)));
        Ok(Deployment { runtime, steps, stand_in: address })
    }

    /// Where the proxy is to send what goes to AWS.
    pub(crate) fn stand_in(&self) -> String {
        format!("http://{}", self.stand_in)
    }

    /// Makes all calls, with a pause after each, until somebody wants it to be over.
    ///
    /// # Errors
    ///
    /// When a call fails that does not fail.
    pub(crate) fn play(
        &self,
        route: Route,
        pace: Duration,
        is_over: impl Fn() -> bool,
    ) -> Result<(), DemoError> {
        let reports = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        let found = |error: &dyn std::error::Error| DemoError::Proxy(error.to_string());
        let proxy = format!("http://{}", route.proxy);
        let via = UpstreamProxy::new(Some(&proxy), None, "").map_err(|error| found(&error))?;
        for (number, step) in self.steps.iter().enumerate() {
            let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let origin = format!("https://{}", step.host);
            let host = origin.parse().map_err(|error| found(&error))?;
            let line = Line::new(host, route.roots.clone(), via.clone(), CONNECT);
            let asked = self.runtime.block_on(ask(step, Through(line)));
            match asked {
                Err(AskError::Refused { .. }) if step.is_refused() => {}
                asked => asked?,
            }
            for datagram in step.datagrams(&request_id(number), began.as_millis() as u64) {
                reports.send_to(&datagram, route.csm)?;
            }
            pause(pace, &is_over);
            if is_over() {
                break;
            }
        }
        Ok(())
    }
}

/// Makes a call.
async fn ask(step: &Step, through: Through) -> Result<(), AskError> {
    let credentials = Credentials::new(ACCESS_KEY, SECRET, None);
    let client = Client::new("https", step.host, credentials, Box::new(through));
    let target =
        Target { service: step.signing_name, region: step.region(), operation: step.operation };
    let headers: Vec<_> =
        step.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    client.ask(target, (step.method, step.path), &headers, step.body.clone().into_bytes()).await
}

/// The way through the proxy.
struct Through(Line);

impl Reach for Through {
    fn reach(&self) -> Reached<'_> {
        Box::pin(async { Ok(Box::new(self.0.dial().await?) as Box<dyn Stream>) })
    }
}

/// Waits, but not when somebody wants it to be over.
pub(crate) fn pause(duration: Duration, is_over: &impl Fn() -> bool) {
    let end = Instant::now() + duration;
    while !is_over() {
        match end.checked_duration_since(Instant::now()) {
            Some(left) if !left.is_zero() => std::thread::sleep(left.min(LOOK)),
            _ => break,
        }
    }
}
