//! Accepts connections and gives each its task.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use super::authority::Authority;
use super::buffer::Buffer;
use super::connect;
use super::hosts::Hosts;
use super::http1::{After, Route, Session};
use super::observe::{FailureKind, Observer};
use super::shared::{Limits, Shared};
use super::upstream::{Dialer, Pool, Roots, StandIn, UpstreamProxy};

/// Two threads move the bytes: more would take time from the program that is recorded.
const WORKERS: usize = 2;
/// After so long without a byte the system asks whether the other side is still there.
const KEEPALIVE: Duration = Duration::from_secs(60);
const SWEEP_EVERY: Duration = Duration::from_secs(5);
/// Out of file descriptors: some will be free in a moment.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// What a proxy is to do.
#[derive(Debug, Clone)]
pub struct Config {
    /// The hosts that are intercepted.
    pub hosts: Hosts,
    /// Vouches for them. It has to cover `hosts`; what it does not cover is tunnelled, with a
    /// [`Failure`](super::Failure) that says so.
    pub authority: Arc<Authority>,
    /// What upstreams' certificates are verified against.
    pub roots: Roots,
    /// Where requests to AWS's suffixes go in place of AWS (`--upstream`).
    pub stand_in: Option<StandIn>,
    /// The user's own proxy.
    pub upstream_proxy: UpstreamProxy,
    /// How long things may take.
    pub limits: Limits,
}

impl Config {
    /// A proxy for `hosts` that goes straight to the upstreams and trusts what the system trusts.
    pub fn new(hosts: Hosts, authority: Arc<Authority>) -> Self {
        Self {
            hosts,
            authority,
            roots: Roots::default(),
            stand_in: None,
            upstream_proxy: UpstreamProxy::default(),
            limits: Limits::default(),
        }
    }
}

/// A proxy at work. Dropping it ends every connection at once.
pub struct Running {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    runtime: Option<Runtime>,
}

/// Starts a proxy on `listener`, in threads of its own.
///
/// # Errors
/// When the listener or the threads cannot be set up.
pub fn start(
    listener: TcpListener,
    config: Config,
    observer: Arc<dyn Observer>,
) -> io::Result<Running> {
    let address = listener.local_addr()?;
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .thread_name("leastwise-proxy")
        .enable_io()
        .enable_time()
        .build()?;
    let Config { hosts, authority, roots, stand_in, upstream_proxy, limits } = config;
    let shared = Arc::new(Shared {
        hosts,
        authority,
        stand_in: stand_in.map(|stand_in| Arc::new(stand_in.0)),
        dialer: Dialer::new(roots, upstream_proxy, limits.connect, Some(address)),
        pool: Pool::new(limits.pool),
        limits,
        observer,
        active: AtomicUsize::new(0),
    });
    let (stop, stopped) = oneshot::channel();
    let listener = {
        let _inside = runtime.enter();
        tokio::net::TcpListener::from_std(listener)?
    };
    runtime.spawn(accept(listener, shared.clone(), stopped));
    Ok(Running { address, shared, stop: Some(stop), runtime: Some(runtime) })
}

impl Running {
    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more connections, waits until the exchanges at hand are over, for `patience` at
    /// most, then ends every connection. Must not be called inside an async runtime.
    pub fn stop(mut self, patience: Duration) {
        drop(self.stop.take());
        let deadline = std::time::Instant::now() + patience;
        while self.shared.active.load(Ordering::Acquire) > 0 && std::time::Instant::now() < deadline
        {
            std::thread::sleep(Duration::from_millis(2));
        }
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_millis(200));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Accepts until it is told to stop; what is accepted goes on.
async fn accept(
    listener: tokio::net::TcpListener,
    shared: Arc<Shared>,
    mut stopped: oneshot::Receiver<()>,
) {
    let own = listener.local_addr().ok();
    let mut listener = Some(listener);
    let mut connections = JoinSet::new();
    let mut sweep = interval(SWEEP_EVERY);
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut complained: Option<Instant> = None;
    loop {
        let accepting = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            accepted = accepting => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(serve(shared.clone(), stream, peer));
                }
                Err(error) => {
                    // Once in a while is enough: it is the same error every 50 ms.
                    let again = complained.is_none_or(|at| at.elapsed() > Duration::from_secs(10));
                    if let Some(own) = own.filter(|_| again && !is_the_clients_doing(&error)) {
                        complained = Some(Instant::now());
                        let sentence = format!("The proxy could not accept a connection: {error}.");
                        shared.failure(own, FailureKind::Proxy, None, sentence);
                    }
                    sleep(ACCEPT_AGAIN_AFTER).await;
                }
            },
            Some(_) = connections.join_next() => {}
            _ = sweep.tick() => shared.pool.sweep().await,
            _ = &mut stopped, if listener.is_some() => listener = None,
        }
    }
}

fn is_the_clients_doing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset)
}

async fn serve(shared: Arc<Shared>, stream: TcpStream, peer: SocketAddr) {
    // Small answers must not wait for more. Neither option is worth failing for.
    let _ = stream.set_nodelay(true);
    let _ = SockRef::from(&stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE));
    let session = Session::new(&shared, peer, stream, Buffer::default(), Route::Forward, None);
    // The futures behind a CONNECT are large; a connection that waits should not hold them.
    if let After::Connect { client, host, port, early } = Box::pin(session.serve()).await {
        Box::pin(connect::serve(&shared, peer, client, (host, port), &early)).await;
    }
}
