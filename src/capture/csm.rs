//! The socket that hears client-side monitoring.
//!
//! A kernel's queue is short (Linux's default holds some hundred datagrams), so the receiving thread does nothing
//! but receive and put aside; whoever reads takes all that was put aside at once. What is put aside is
//! bounded: when the reader cannot follow, the kernel's queue fills, and the kernel counts what it drops. What strangers
//! send is counted, and not put aside.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, TryRecvError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};

use super::drops;
use super::neighbours::{Door, Guests, Stranger, Transport};

/// What is asked of the kernel for its queue.
const RECEIVE_BUFFER: usize = 32 << 20;
/// No datagram is longer.
const LONGEST: usize = 64 << 10;
/// A batch holds about this much, and this many batches can wait: 64 MiB.
const BATCH: usize = 256 << 10;
const BATCHES: usize = 256;
/// Emptied batches that are kept for the next; more are given back to the system.
const SPARE: usize = 4;
/// Strangers that are told apart until somebody asks who they were.
const STRANGERS: usize = 64;
/// The receiving thread looks up this often, should the datagram that wakes it not arrive.
const LOOK_UP: Duration = Duration::from_millis(250);

/// Why datagrams cannot be received.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Another program has the port.
    #[error(
        "cannot listen on {address}: another program uses this port; stop it, or choose another port with --csm-port"
    )]
    InUse {
        /// What was asked for.
        address: SocketAddr,
    },
    /// The address is not one of this machine's.
    #[error(
        "cannot listen on {address}: this machine has no such address; choose another with --host"
    )]
    NotLocal {
        /// What was asked for.
        address: SocketAddr,
    },
    /// The system does not let this user have the port.
    #[error(
        "cannot listen on {address}: the system does not permit it; choose a port above 1023 with --csm-port"
    )]
    NotPermitted {
        /// What was asked for.
        address: SocketAddr,
    },
    /// The system cannot do it, for a reason of its own.
    #[error("cannot listen on {address}: {source}")]
    System {
        /// What was asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

impl ListenError {
    fn new(address: SocketAddr, source: io::Error) -> Self {
        match source.kind() {
            ErrorKind::AddrInUse => ListenError::InUse { address },
            ErrorKind::AddrNotAvailable => ListenError::NotLocal { address },
            ErrorKind::PermissionDenied => ListenError::NotPermitted { address },
            _ => ListenError::System { address, source },
        }
    }
}

/// A socket that is bound, and does not receive yet (the kernel queues what comes).
#[derive(Debug)]
pub struct Listener {
    socket: UdpSocket,
    address: SocketAddr,
    receive_buffer: usize,
    guests: Guests,
}

impl Listener {
    /// Binds a UDP socket; port 0 takes a free port.
    ///
    /// # Errors
    /// The port is in use, the address is not this machine's, or the system refuses.
    pub fn bind(address: SocketAddr) -> Result<Listener, ListenError> {
        let bind = || {
            let socket =
                Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
            if address.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED) {
                // "Every address" means IPv4's as well, where the system can do that.
                let _ = socket.set_only_v6(false);
            }
            let receive_buffer = enlarge(&socket);
            socket.bind(&address.into())?;
            let socket = UdpSocket::from(socket);
            socket.set_read_timeout(Some(LOOK_UP))?;
            let address = socket.local_addr()?;
            Ok(Listener { socket, address, receive_buffer, guests: Guests::default() })
        };
        bind().map_err(|error| ListenError::new(address, error))
    }

    /// Takes what these send, in place of what only the user who runs us and root do.
    #[must_use]
    pub fn admitting(self, guests: Guests) -> Listener {
        Listener { guests, ..self }
    }

    /// Where it listens: the port that was taken, if 0 was asked for.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Size of the kernel's queue in bytes, as granted (its bookkeeping included: a datagram takes more
    /// than its length).
    pub fn receive_buffer(&self) -> usize {
        self.receive_buffer
    }

    /// Datagrams that the kernel dropped since the queue was full; `None` where the system does not tell.
    pub fn kernel_drops(&self) -> Option<u64> {
        drops::of(&self.socket)
    }

    /// Starts the thread that receives.
    ///
    /// # Errors
    /// The system does not give a thread.
    pub fn spawn(self) -> Result<Receiver, ListenError> {
        let address = self.address;
        let door = Door::new(Transport::Udp, address, self.guests);
        let tells_users = door.tells();
        let shared = Arc::new(Shared {
            socket: self.socket,
            address,
            stopping: AtomicBool::new(false),
            aside: Mutex::default(),
            changed: Condvar::new(),
        });
        let receiving = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("csm".to_owned())
            .spawn(move || receiving.receive(self.receive_buffer, door))
            .map_err(|error| ListenError::new(address, error))?;
        let receive_buffer = self.receive_buffer;
        Ok(Receiver { shared, receive_buffer, tells_users, thread: Some(thread) })
    }
}

/// Asks for a long queue, then for less, until the kernel grants it (Linux grants what its limit
/// `net.core.rmem_max` allows, others refuse). Gives what was granted.
fn enlarge(socket: &Socket) -> usize {
    let mut asked = RECEIVE_BUFFER;
    while asked >= 256 << 10 && socket.set_recv_buffer_size(asked).is_err() {
        asked /= 2;
    }
    socket.recv_buffer_size().unwrap_or(0)
}

/// Datagrams that came one after another.
#[derive(Debug)]
pub struct Batch {
    datagrams: Datagrams,
    home: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Datagrams {
    bytes: Vec<u8>,
    /// Where each ends in `bytes`.
    ends: Vec<usize>,
}

impl Batch {
    /// How many there are; never 0.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.datagrams.ends.len()
    }

    /// The datagrams, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.datagrams.ends.iter().map(move |&end| {
            let datagram = &self.datagrams.bytes[start..end];
            start = end;
            datagram
        })
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        let mut emptied = std::mem::take(&mut self.datagrams);
        emptied.bytes.clear();
        emptied.ends.clear();
        let mut aside = self.home.aside();
        if aside.spare.len() < SPARE {
            aside.spare.push(emptied);
        }
    }
}

/// What receiving threads and readers share.
#[derive(Debug)]
struct Shared {
    socket: UdpSocket,
    address: SocketAddr,
    stopping: AtomicBool,
    aside: Mutex<Aside>,
    /// Something was put aside, taken, or is over.
    changed: Condvar,
}

/// What was received and not read yet.
#[derive(Debug, Default)]
struct Aside {
    full: std::collections::VecDeque<Datagrams>,
    spare: Vec<Datagrams>,
    received: u64,
    /// How many were refused, and whose they were, until somebody asks.
    refused: BTreeMap<Stranger, u64>,
    reader_waits: bool,
    /// The reader is to look at something else.
    woken: bool,
    /// No more will come.
    over: bool,
    /// Nobody will read.
    abandoned: bool,
}

impl Shared {
    fn aside(&self) -> MutexGuard<'_, Aside> {
        // Nothing panics while it holds this; and if it did, the queue would still be a queue.
        self.aside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The receiving thread.
    fn receive(&self, receive_buffer: usize, mut door: Door) {
        let mut datagram = vec![0; LONGEST];
        let mut left = None;
        loop {
            if left.is_none() && self.stopping.load(Ordering::Acquire) {
                // What is queued at this moment is still taken, but not what somebody goes on sending.
                left = self.socket.set_nonblocking(true).ok().map(|()| receive_buffer.max(LONGEST));
                if left.is_none() {
                    break;
                }
            }
            match self.socket.recv_from(&mut datagram) {
                // The datagram that wakes this thread.
                Ok((0, _)) if self.stopping.load(Ordering::Acquire) => {}
                Ok((length, sender)) => {
                    if let Err(stranger) = door.datagram(sender) {
                        self.refuse(stranger);
                    } else if !self.put_aside(&datagram[..length]) {
                        break;
                    }
                    if let Some(left) = &mut left {
                        *left = left.saturating_sub(length.max(256));
                        if *left == 0 {
                            break;
                        }
                    }
                }
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::TimedOut if left.is_some() => break,
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => {}
                    // Windows tells here that a datagram was too long or that a peer is gone. Whatever it is,
                    // the socket is the only one there is; a broken one must not take the processor.
                    _ => thread::sleep(Duration::from_millis(1)),
                },
            }
        }
        self.aside().over = true;
        self.changed.notify_all();
    }

    fn refuse(&self, stranger: Stranger) {
        let mut aside = self.aside();
        let is_full = aside.refused.len() >= STRANGERS;
        // More users than that are told of together, as one whom no system has.
        let listed = if is_full && !aside.refused.contains_key(&stranger) {
            Stranger::User(u32::MAX)
        } else {
            stranger
        };
        *aside.refused.entry(listed).or_default() += 1;
    }

    /// Whether somebody will read it.
    fn put_aside(&self, datagram: &[u8]) -> bool {
        let mut aside = self.aside();
        let fits = |last: &Datagrams| last.bytes.len() + datagram.len() <= BATCH;
        if !aside.full.back().is_some_and(fits) {
            while aside.full.len() >= BATCHES && !aside.abandoned {
                aside = self.changed.wait(aside).unwrap_or_else(PoisonError::into_inner);
            }
            let empty = aside.spare.pop().unwrap_or_default();
            aside.full.push_back(empty);
        }
        if aside.abandoned {
            return false;
        }
        if let Some(last) = aside.full.back_mut() {
            last.bytes.extend_from_slice(datagram);
            last.ends.push(last.bytes.len());
        }
        aside.received += 1;
        if std::mem::take(&mut aside.reader_waits) {
            drop(aside);
            self.changed.notify_all();
        }
        true
    }

    fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        // An empty datagram wakes the thread. If it cannot be sent, the thread looks up soon.
        let mut to = self.address;
        let (from, loopback): (SocketAddr, IpAddr) = match to {
            SocketAddr::V4(_) => ((Ipv4Addr::UNSPECIFIED, 0).into(), Ipv4Addr::LOCALHOST.into()),
            SocketAddr::V6(_) => ((Ipv6Addr::UNSPECIFIED, 0).into(), Ipv6Addr::LOCALHOST.into()),
        };
        if to.ip().is_unspecified() {
            to.set_ip(loopback);
        }
        if let Ok(socket) = UdpSocket::bind(from) {
            let _ = socket.send_to(&[], to);
        }
    }
}

/// What was received, to be read by one reader.
///
/// Dropping it ends the receiving thread.
#[derive(Debug)]
pub struct Receiver {
    shared: Arc<Shared>,
    receive_buffer: usize,
    tells_users: bool,
    thread: Option<JoinHandle<()>>,
}

impl Receiver {
    /// The oldest batch, waiting for one up to `timeout`.
    ///
    /// # Errors
    /// `Timeout` when none came, or a [`Waker`] was used; `Disconnected` when none will come, since it was stopped and all was read.
    pub fn recv_timeout(&self, timeout: Duration) -> Result<Batch, RecvTimeoutError> {
        let until = Instant::now() + timeout;
        let mut aside = self.shared.aside();
        loop {
            if let Some(datagrams) = aside.full.pop_front() {
                if aside.full.len() + 1 == BATCHES {
                    self.shared.changed.notify_all();
                }
                drop(aside);
                return Ok(Batch { datagrams, home: Arc::clone(&self.shared) });
            }
            if aside.over {
                return Err(RecvTimeoutError::Disconnected);
            }
            let left = until.saturating_duration_since(Instant::now());
            if std::mem::take(&mut aside.woken) || left.is_zero() {
                return Err(RecvTimeoutError::Timeout);
            }
            aside.reader_waits = true;
            let waited = self.shared.changed.wait_timeout(aside, left);
            aside = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The oldest batch, if there is one.
    ///
    /// # Errors
    /// `Empty` when there is none; `Disconnected` when none will come.
    pub fn try_recv(&self) -> Result<Batch, TryRecvError> {
        self.recv_timeout(Duration::ZERO).map_err(|error| match error {
            RecvTimeoutError::Timeout => TryRecvError::Empty,
            RecvTimeoutError::Disconnected => TryRecvError::Disconnected,
        })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.shared.address
    }

    /// As [`Listener::receive_buffer`].
    pub fn receive_buffer(&self) -> usize {
        self.receive_buffer
    }

    /// As [`Listener::kernel_drops`]; also after it was stopped.
    pub fn kernel_drops(&self) -> Option<u64> {
        drops::of(&self.shared.socket)
    }

    /// How many datagrams were received so far, read or not.
    pub fn received(&self) -> u64 {
        self.shared.aside().received
    }

    /// Whether the system tells who sends.
    pub fn tells_users(&self) -> bool {
        self.tells_users
    }

    /// Whose datagrams were refused since this was last asked, and how many.
    pub fn take_refused(&self) -> BTreeMap<Stranger, u64> {
        std::mem::take(&mut self.shared.aside().refused)
    }

    /// Something that can stop it from another thread.
    pub fn stopper(&self) -> Stopper {
        Stopper(Arc::clone(&self.shared))
    }

    /// Something that ends a wait in [`recv_timeout`](Receiver::recv_timeout) from another thread.
    pub fn waker(&self) -> Waker {
        Waker(Arc::clone(&self.shared))
    }

    /// Ends receiving: what the kernel has queued by now is still received and can be read, after that reading
    /// gives `Disconnected`.
    pub fn stop(&self) {
        self.shared.stop();
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.shared.aside().abandoned = true;
        self.shared.changed.notify_all();
        self.shared.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Stops a [`Receiver`] from another thread.
#[derive(Debug, Clone)]
pub struct Stopper(Arc<Shared>);

impl Stopper {
    /// As [`Receiver::stop`].
    pub fn stop(&self) {
        self.0.stop();
    }
}

/// Lets the reader of a [`Receiver`] look at something else.
#[derive(Debug, Clone)]
pub struct Waker(Arc<Shared>);

impl Waker {
    /// Ends the wait that goes on, or else the next one, before its time.
    pub fn wake(&self) {
        let mut aside = self.0.aside();
        aside.woken = true;
        if std::mem::take(&mut aside.reader_waits) {
            drop(aside);
            self.0.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests;
