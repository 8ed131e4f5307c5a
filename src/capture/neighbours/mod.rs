//! Who else uses this machine: a port on loopback is open to every user of it. Linux tells whose socket is at the other
//! end of a connection or of a datagram; whoever is not let in is refused before anything of it is looked at.
//!
//! The kernel is asked for the one socket (`netlink`), or else its tables are read (`tables`), where a container or a sandbox
//! does not have the first. Other systems do not tell, and then everybody is served: see [`Door::tells`].

#[cfg(target_os = "linux")]
mod netlink;
mod socket;
#[cfg(target_os = "linux")]
mod tables;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use socket::Transport;

/// Root, whom nothing can be refused.
const ROOT: u32 = 0;
/// How long a sender of datagrams is known without asking again. Its port can be another's after that.
const KNOWN_FOR: Duration = Duration::from_millis(500);
/// How many senders are known at a time; a power of two.
const KNOWN: usize = 256;

/// Who is let in: the user who runs us, root, whom the user names, and perhaps other machines.
#[derive(Debug, Clone)]
pub struct Guests {
    users: Arc<[u32]>,
    remote: bool,
}

impl Default for Guests {
    fn default() -> Self {
        Guests::new(&[], false)
    }
}

impl Guests {
    /// The user who runs us, root and `others`, by their numbers; and whether other machines are let in.
    pub fn new(others: &[u32], remote: bool) -> Guests {
        let users = ourselves().into_iter().chain([ROOT]).chain(others.iter().copied());
        Guests { users: users.collect(), remote }
    }
}

#[cfg(unix)]
fn ourselves() -> Vec<u32> {
    vec![rustix::process::getuid().as_raw(), rustix::process::geteuid().as_raw()]
}

#[cfg(not(unix))]
fn ourselves() -> Vec<u32> {
    Vec::new()
}

/// Whoever is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stranger {
    /// Another user of this machine, by the number.
    User(u32),
    /// Nobody knows: the socket was closed before it was asked for.
    Gone,
}

/// Whose a socket is.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    User(u32),
    /// There is none, or one that nobody holds any more (which the kernel shows as root's, without an inode).
    Nobody,
    Unknown,
}

/// Judges who comes to one port.
#[derive(Debug)]
pub struct Door {
    guests: Guests,
    transport: Transport,
    own: SocketAddr,
    source: Source,
    /// Senders of datagrams who were let in a moment ago, each at the place that its port gives it.
    known: Vec<Option<(SocketAddr, Instant)>>,
}

/// Where it is learnt whose a socket is.
#[derive(Debug)]
enum Source {
    #[cfg(target_os = "linux")]
    Netlink(netlink::Netlink),
    #[cfg(target_os = "linux")]
    Tables,
    None,
}

impl Door {
    /// The door of a port that is bound at `own`.
    pub fn new(transport: Transport, own: SocketAddr, guests: Guests) -> Door {
        let own = canonical(own);
        let known = match transport {
            Transport::Tcp => Vec::new(),
            Transport::Udp => vec![None; KNOWN],
        };
        Door {
            guests,
            transport,
            own,
            source: Source::that_finds(transport, reached_at(own)),
            known,
        }
    }

    /// Whether the system tells whose a socket is.
    pub fn tells(&self) -> bool {
        !matches!(self.source, Source::None)
    }

    /// Judges a connection that was accepted at `own`.
    ///
    /// # Errors
    ///
    /// It is of somebody who is not let in, or its other end is closed.
    pub fn connection(&mut self, peer: SocketAddr, own: SocketAddr) -> Result<(), Stranger> {
        let peer = canonical(peer);
        if self.guests.remote && !peer.ip().is_loopback() {
            return Ok(());
        }
        match self.source.owner(self.transport, peer, canonical(own)) {
            Owner::User(user) if self.guests.users.contains(&user) => Ok(()),
            Owner::User(user) => Err(Stranger::User(user)),
            Owner::Nobody => Err(Stranger::Gone),
            Owner::Unknown => Ok(()),
        }
    }

    /// Judges a datagram.
    ///
    /// # Errors
    ///
    /// It is of somebody who is not let in; a sender who is gone is let in, since programs send and end.
    pub fn datagram(&mut self, peer: SocketAddr) -> Result<(), Stranger> {
        let peer = canonical(peer);
        if self.guests.remote && !peer.ip().is_loopback() {
            return Ok(());
        }
        let place = usize::from(peer.port()) % KNOWN;
        let now = Instant::now();
        if let Some(Some((known, since))) = self.known.get(place)
            && *known == peer
            && now.saturating_duration_since(*since) < KNOWN_FOR
        {
            return Ok(());
        }
        match self.source.owner(self.transport, peer, reached_at(self.own)) {
            // It is asked for each time: the next who gets its port is not to pay for it.
            Owner::User(user) if !self.guests.users.contains(&user) => Err(Stranger::User(user)),
            Owner::User(_) | Owner::Nobody | Owner::Unknown => {
                if let Some(known) = self.known.get_mut(place) {
                    *known = Some((peer, now));
                }
                Ok(())
            }
        }
    }
}

impl Source {
    /// The first that finds a socket which is certainly there: our own. (A kernel without the module for it answers as if there
    /// were no such socket.)
    #[cfg(target_os = "linux")]
    fn that_finds(transport: Transport, own: SocketAddr) -> Source {
        let anybody = SocketAddr::new(own.ip(), 0);
        if let Ok(mut netlink) = netlink::Netlink::open()
            && let Ok(Some(found)) = netlink.find(transport, own, anybody)
            && found.inode != 0
        {
            return Source::Netlink(netlink);
        }
        if tables::has(transport, own) { Source::Tables } else { Source::None }
    }

    #[cfg(not(target_os = "linux"))]
    fn that_finds(_transport: Transport, _own: SocketAddr) -> Source {
        Source::None
    }

    /// Whose the socket at `peer` is, which talks to `own`.
    #[cfg(target_os = "linux")]
    fn owner(&mut self, transport: Transport, peer: SocketAddr, own: SocketAddr) -> Owner {
        let found = match self {
            Source::None => return Owner::Unknown,
            Source::Tables => tables::find(transport, peer, own),
            Source::Netlink(netlink) => match netlink.find(transport, peer, own) {
                Ok(found) => Ok(found),
                // Out of memory, for example: there is another way.
                Err(_) => tables::find(transport, peer, own),
            },
        };
        match found {
            Ok(Some(found)) if found.inode != 0 => Owner::User(found.user),
            Ok(_) => Owner::Nobody,
            Err(_) => Owner::Unknown,
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn owner(&mut self, _transport: Transport, _peer: SocketAddr, _own: SocketAddr) -> Owner {
        Owner::Unknown
    }
}

/// The same address without IPv4 in the clothes of IPv6.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// Where this machine reaches what listens on every address.
fn reached_at(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
