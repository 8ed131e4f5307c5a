//! Asks the kernel for one socket: `NETLINK_SOCK_DIAG`, whose messages are in man7.org/linux/man-pages/man7/sock_diag.7.html
//! (`struct inet_diag_req_v2`, `struct inet_diag_msg`).

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;

use rustix::net::netlink::{SOCK_DIAG, SocketAddrNetlink};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};

use super::socket::{Found, Transport};

/// Lengths of the messages' heads and of a request.
const HEAD: usize = 16;
const REQUEST: usize = 56;
/// Where in an answer, behind its head, are the ports, the user and the inode.
const PORTS: usize = 4;
const USER: usize = 64;
const INODE: usize = 68;
/// Types of messages.
const ERROR: u16 = 2;
const BY_FAMILY: u16 = 20;
/// It is a request.
const IS_REQUEST: u16 = 1;
/// No such socket.
const NOT_FOUND: i32 = -2;
/// An answer about one socket is a few hundred bytes long.
const ANSWER: usize = 4096;
/// Answers that are read to find ours: one, and what was left by a request that broke off.
const ANSWERS: usize = 8;

/// A socket to ask through.
#[derive(Debug)]
pub(super) struct Netlink {
    socket: OwnedFd,
    sequence: u32,
}

impl Netlink {
    pub(super) fn open() -> io::Result<Netlink> {
        // The kernel answers within the call that asks, so that nothing is ever waited for.
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = rustix::net::socket_with(
            AddressFamily::NETLINK,
            SocketType::RAW,
            flags,
            Some(SOCK_DIAG),
        )?;
        // To the kernel, and so that nobody else can answer.
        rustix::net::connect(&socket, &SocketAddrNetlink::new(0, 0))?;
        Ok(Netlink { socket, sequence: 0 })
    }

    /// The socket at `at` that talks to `other`: for connections it is one with this other end (port 0: one that listens), for
    /// datagrams one that takes those from there. `None` where there is none.
    pub(super) fn find(
        &mut self,
        transport: Transport,
        at: SocketAddr,
        other: SocketAddr,
    ) -> io::Result<Option<Found>> {
        self.sequence = self.sequence.wrapping_add(1);
        let request = request(transport, at, other, self.sequence);
        rustix::net::send(&self.socket, &request, SendFlags::empty())?;
        let mut answer = [0; ANSWER];
        for _ in 0..ANSWERS {
            let (read, _) = rustix::net::recv(&self.socket, &mut answer[..], RecvFlags::empty())?;
            let answer = answer.get(..read).unwrap_or_default();
            // What listens at this port is not what is connected from it.
            let ports = match transport {
                Transport::Tcp => (at.port(), Some(other.port())),
                Transport::Udp => (at.port(), None),
            };
            if let Some(answer) = self::answer(answer, self.sequence, ports) {
                return answer;
            }
        }
        Err(io::ErrorKind::InvalidData.into())
    }
}

fn request(
    transport: Transport,
    at: SocketAddr,
    other: SocketAddr,
    sequence: u32,
) -> [u8; HEAD + REQUEST] {
    // For datagrams the kernel looks for who would receive them: "src and dst are swapped for historical reasons", says its source
    // (github.com/torvalds/linux/blob/master/net/ipv4/udp_diag.c).
    let (protocol, from, to) = match transport {
        Transport::Tcp => (6, at, other),
        Transport::Udp => (17, other, at),
    };
    let mut request = [0; HEAD + REQUEST];
    let mut rest = &mut request[..];
    let mut put = |bytes: &[u8]| {
        let (place, behind) = std::mem::take(&mut rest).split_at_mut(bytes.len());
        place.copy_from_slice(bytes);
        rest = behind;
    };
    put(&((HEAD + REQUEST) as u32).to_ne_bytes());
    put(&BY_FAMILY.to_ne_bytes());
    put(&IS_REQUEST.to_ne_bytes());
    put(&sequence.to_ne_bytes());
    put(&[0; 4]);
    let family = if at.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    put(&[family.as_raw() as u8, protocol, 0, 0]);
    // In whatever state.
    put(&u32::MAX.to_ne_bytes());
    put(&from.port().to_be_bytes());
    put(&to.port().to_be_bytes());
    put(&octets(from.ip()));
    put(&octets(to.ip()));
    // On any interface, with any cookie.
    put(&[0; 4]);
    put(&[0xff; 8]);
    request
}

fn octets(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V6(ip) => ip.octets(),
        IpAddr::V4(ip) => {
            let mut octets = [0; 16];
            octets[..4].copy_from_slice(&ip.octets());
            octets
        }
    }
}

/// Reads an answer; `None` when it is to another question. The ports are those of the socket that is asked for: its own, and
/// of the other end where that is to be the same.
fn answer(
    answer: &[u8],
    sequence: u32,
    (own, other): (u16, Option<u16>),
) -> Option<io::Result<Option<Found>>> {
    let word = |at: usize| Some(u32::from_ne_bytes(answer.get(at..at + 4)?.try_into().ok()?));
    let port = |at: usize| Some(u16::from_be_bytes(answer.get(at..at + 2)?.try_into().ok()?));
    let kind = u16::from_ne_bytes(answer.get(4..6)?.try_into().ok()?);
    if word(8)? != sequence {
        return None;
    }
    match kind {
        ERROR => Some(match i32::from_ne_bytes(answer.get(HEAD..HEAD + 4)?.try_into().ok()?) {
            NOT_FOUND => Ok(None),
            error => Err(io::Error::from_raw_os_error(error.wrapping_neg())),
        }),
        BY_FAMILY => {
            let (user, inode) = (word(HEAD + USER)?, word(HEAD + INODE)?);
            let (one, two) = (port(HEAD + PORTS)?, port(HEAD + PORTS + 2)?);
            let is_it = one == own && other.is_none_or(|other| other == two);
            Some(Ok(is_it.then_some(Found { user, inode: inode.into() })))
        }
        _ => None,
    }
}
