//! Accepts connections and gives each its task.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

use super::answer;
use super::authority::Authority;
use super::buffer::Buffer;
use super::connect;
use super::held::{self, Holder};
use super::hosts::Hosts;
use super::http1::{After, ClientConnection, Route, linger};
use super::observe::{FailureKind, Observer};
use super::seats::{Seats, Taken};
use super::shared::{Limits, Shared};
use super::upstream::{Dialer, OtherThread, Pool, Roots, StandIn, UpstreamProxy};
use crate::capture::neighbours::{Door, Guests, Stranger, Transport};

/// Two threads at most move the bytes: more would take time from the program that is recorded.
const WORKERS: usize = 2;
/// After so long without a byte the system asks whether the other side is still there.
const KEEPALIVE: Duration = Duration::from_secs(60);
const SWEEP_EVERY: Duration = Duration::from_secs(5);
/// Strangers that are answered at a time, by each thread; more are closed without a word, so that they cannot take all
/// descriptors.
const REFUSED_AT_ONCE: usize = 64;
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
    /// Further hosts that the user named as stand-ins, in lower case. They are recorded as those of `hosts` are, but their TLS
    /// is not opened.
    pub endpoints: Vec<String>,
    /// The user's own proxy.
    pub upstream_proxy: UpstreamProxy,
    /// Who may use it.
    pub guests: Guests,
    /// How long things may take, and how much is held.
    pub limits: Limits,
    /// Where on disk requests are held that are too much for memory, until it is decided whether they may go on: the first of these
    /// directories that is not in a memory file system and takes a file, which has no name there.
    pub hold_in: Vec<PathBuf>,
}

impl Config {
    /// A proxy for `hosts` that goes straight to the upstreams and trusts what the system trusts.
    pub fn new(hosts: Hosts, authority: Arc<Authority>) -> Self {
        Self {
            hosts,
            authority,
            roots: Roots::default(),
            stand_in: None,
            endpoints: Vec::new(),
            upstream_proxy: UpstreamProxy::default(),
            guests: Guests::default(),
            limits: Limits::default(),
            hold_in: held::directories(),
        }
    }
}

/// A proxy at work. Dropping it ends every connection at once.
pub struct Running {
    address: SocketAddr,
    /// Whether the system tells who connects.
    tells_users: bool,
    /// How many exchanges are at hand.
    active: Arc<AtomicUsize>,
    /// Dropped: no more connections are taken.
    stop: Option<oneshot::Sender<()>>,
    /// Dropped: the workers end, and with them their connections.
    end: Option<watch::Sender<()>>,
    threads: Vec<JoinHandle<()>>,
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
    let Config {
        hosts,
        authority,
        roots,
        stand_in,
        endpoints,
        upstream_proxy,
        guests,
        limits,
        hold_in,
    } = config;
    let door = Door::new(Transport::Tcp, address, guests);
    let tells_users = door.tells();
    let dialer = Arc::new(Dialer::new(roots, upstream_proxy, limits.connect, Some(address)));
    let stand_in = stand_in.map(|stand_in| Arc::new(stand_in.0));
    let active = Arc::new(AtomicUsize::new(0));
    let holder = Arc::new(Holder {
        in_memory: limits.held_in_memory,
        in_memory_by_all: limits.held_in_memory_by_all,
        at_most: limits.held_at_most,
        directories: hold_in,
        taken: AtomicUsize::new(0),
    });
    let (end, ended) = watch::channel(());
    let (stop, stopped) = oneshot::channel();
    let mut threads = Vec::new();
    let mut workers = Vec::new();
    let parallel = std::thread::available_parallelism().map_or(1, usize::from);
    let mut accepting = Some((listener, door, stopped));
    let mut runtimes = Vec::new();
    for _ in 0..parallel.min(WORKERS) {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        runtimes.push(builder.enable_io().enable_time().build()?);
    }
    let others: Vec<OtherThread> =
        runtimes.iter().map(|runtime| OtherThread::new(runtime.handle().clone())).collect();
    // The last one to start is the one that accepts, and knows all the others.
    for (number, runtime) in runtimes.into_iter().enumerate().rev() {
        let other = others.get((number + 1) % others.len()).filter(|_| others.len() > 1);
        let shared = Arc::new(Shared {
            hosts: hosts.clone(),
            endpoints: endpoints.clone(),
            authority: authority.clone(),
            stand_in: stand_in.clone(),
            dialer: dialer.clone(),
            pool: Pool::new(limits.pool),
            limits: limits.clone(),
            observer: observer.clone(),
            active: active.clone(),
            holder: holder.clone(),
            other: other.cloned(),
        });
        let (hand, handed) = mpsc::unbounded_channel();
        workers.push(Worker { hand, load: Arc::default() });
        let accepting = if number == 0 { accepting.take() } else { None };
        let acceptor = accepting.map(|(listener, door, stopped)| {
            let shared = shared.clone();
            let workers = std::mem::take(&mut workers);
            move || Ok::<_, io::Error>(accept(from_std(listener)?, door, shared, workers, stopped))
        });
        if let Some(acceptor) = acceptor {
            let _inside = runtime.enter();
            runtime.spawn(acceptor()?);
        }
        let mut ended = ended.clone();
        let work = move || {
            runtime.block_on(async {
                tokio::select! {
                    // Nothing is ever sent: the sender is dropped.
                    _ = ended.changed() => {}
                    () = work(shared, handed) => {}
                }
            });
            // Ends its connections; does not wait for a name that is being resolved.
            runtime.shutdown_background();
        };
        let thread = std::thread::Builder::new().name("leastwise-proxy".to_owned());
        threads.push(thread.spawn(work)?);
    }
    Ok(Running { address, tells_users, active, stop: Some(stop), end: Some(end), threads })
}

fn from_std(listener: TcpListener) -> io::Result<tokio::net::TcpListener> {
    tokio::net::TcpListener::from_std(listener)
}

impl Running {
    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Whether the system tells who connects.
    pub fn tells_users(&self) -> bool {
        self.tells_users
    }

    /// Takes no more connections, waits until the exchanges at hand are over, for `patience` at
    /// most, then ends every connection. Must not be called inside an async runtime.
    pub fn stop(mut self, patience: Duration) {
        drop(self.stop.take());
        let deadline = std::time::Instant::now() + patience;
        while self.active.load(Ordering::Acquire) > 0 && std::time::Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(2));
        }
        drop(self.end.take());
        let deadline = std::time::Instant::now() + Duration::from_millis(200);
        while !self.threads.iter().all(JoinHandle::is_finished)
            && std::time::Instant::now() < deadline
        {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// One of the threads that move bytes. Both sides of a connection stay on one thread, with the
/// upstream connections that wait for it: what passes wakes no other thread.
struct Worker {
    hand: mpsc::UnboundedSender<Accepted>,
    /// How many connections it has.
    load: Arc<AtomicUsize>,
}

/// A connection on its way to its worker.
struct Accepted {
    stream: std::net::TcpStream,
    peer: SocketAddr,
    /// Whose it is, if that is nobody who is let in.
    stranger: Option<Stranger>,
    load: Load,
    seat: Taken,
}

/// Counts a connection until it is dropped.
struct Load(Arc<AtomicUsize>);

impl Load {
    fn on(worker: &Worker) -> Self {
        worker.load.fetch_add(1, Ordering::Relaxed);
        Self(worker.load.clone())
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Serves what is handed over, and keeps the pool clean.
async fn work(shared: Arc<Shared>, mut handed: mpsc::UnboundedReceiver<Accepted>) {
    let mut sweep = interval(SWEEP_EVERY);
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut open = true;
    // As many are answered as have a part in it, beside ourselves.
    let refusing = Arc::new(());
    loop {
        tokio::select! {
            accepted = handed.recv(), if open => match accepted {
                Some(Accepted { stream, peer, stranger, load, seat }) => {
                    let Ok(stream) = TcpStream::from_std(stream) else { continue };
                    let Some(stranger) = stranger else {
                        tokio::spawn(seat.serve(serve(shared.clone(), stream, peer, load)));
                        continue;
                    };
                    shared.observer.refused(stranger);
                    if Arc::strong_count(&refusing) <= REFUSED_AT_ONCE {
                        let guard = (load, refusing.clone());
                        tokio::spawn(seat.serve(refuse(shared.clone(), stream, stranger, guard)));
                    }
                }
                None => open = false,
            },
            _ = sweep.tick() => shared.pool.sweep().await,
        }
    }
}

/// Accepts until it is told to stop; what is accepted goes on. Each connection goes to the worker
/// with the fewest, of several to the last: that is the one we are on.
async fn accept(
    listener: tokio::net::TcpListener,
    mut door: Door,
    shared: Arc<Shared>,
    workers: Vec<Worker>,
    mut stopped: oneshot::Receiver<()>,
) {
    let own = listener.local_addr().ok();
    let seats = Seats::new();
    let mut complained: Option<Instant> = None;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = &mut stopped => return,
        };
        match accepted {
            Ok((stream, peer)) => {
                let load = |worker: &&Worker| worker.load.load(Ordering::Relaxed);
                let Some(worker) = workers.iter().rev().min_by_key(load) else { return };
                // At once: of one that is closed, nobody can tell whose it was.
                let stranger = match stream.local_addr() {
                    Ok(at) => door.connection(peer, at).err(),
                    Err(_) => Some(Stranger::Gone),
                };
                // It can fail only when the stream or the worker is gone already.
                if let Ok(stream) = stream.into_std() {
                    let (load, seat) = (Load::on(worker), seats.take());
                    let _ = worker.hand.send(Accepted { stream, peer, stranger, load, seat });
                    seats.settle().await;
                }
            }
            Err(error) => {
                // Once in a while is enough: it is the same error every 50 ms.
                let again = complained.is_none_or(|at| at.elapsed() > Duration::from_secs(10));
                if let Some(own) = own.filter(|_| again && !is_the_clients_doing(&error)) {
                    complained = Some(Instant::now());
                    let sentence = format!("The proxy could not accept a connection: {error}.");
                    shared.failure(own, FailureKind::Proxy, None, sentence);
                }
                // It may be that there are no descriptors left.
                seats.make_room();
                sleep(ACCEPT_AGAIN_AFTER).await;
            }
        }
    }
}

fn is_the_clients_doing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset)
}

/// Says no, and nothing else: of the request nothing is looked at or sent on.
async fn refuse(
    shared: Arc<Shared>,
    mut stream: TcpStream,
    stranger: Stranger,
    _guard: (Load, Arc<()>),
) {
    let sentence = match stranger {
        Stranger::User(_) => {
            "this proxy belongs to another user, who can let you in with --allow-user"
        }
        Stranger::Gone => "this connection is closed, so its owner cannot be determined",
    };
    let answer = answer::text(403, sentence, false);
    if let Ok(Ok(())) = timeout(shared.limits.linger, stream.write_all(&answer)).await {
        linger(&mut stream, shared.limits.linger).await;
    }
}

async fn serve(shared: Arc<Shared>, stream: TcpStream, peer: SocketAddr, _load: Load) {
    // Small answers must not wait for more. Neither option is worth failing for.
    let _ = stream.set_nodelay(true);
    let _ = SockRef::from(&stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE));
    let session =
        ClientConnection::new(&shared, peer, stream, Buffer::default(), Route::Forward, None);
    // What follows a CONNECT has futures of its own: a connection should not hold on to this one.
    let after = Box::pin(session.serve()).await;
    if let After::Connect { client, host, port, early } = after {
        connect::serve(&shared, peer, client, (host, port), early).await;
    }
}
