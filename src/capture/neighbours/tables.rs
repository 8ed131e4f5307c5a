//! Reads the kernel's tables of sockets, `/proc/net/tcp` and the like (man7.org/linux/man-pages/man5/proc_net.5.html): every
//! socket is in them, so that reading costs the more the more there are.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::socket::{Found, Transport};

/// The columns of a row.
const LOCAL: usize = 1;
const REMOTE: usize = 2;
const USER: usize = 7;
const INODE: usize = 9;

/// The socket at `at` that talks to `other`: for connections it is one with this other end (port 0: one that listens), for
/// datagrams one that takes those from there. `None` where there is none.
pub(super) fn find(
    transport: Transport,
    at: SocketAddr,
    other: SocketAddr,
) -> io::Result<Option<Found>> {
    let tables = match transport {
        Transport::Tcp => ["/proc/net/tcp", "/proc/net/tcp6"],
        Transport::Udp => ["/proc/net/udp", "/proc/net/udp6"],
    };
    // A socket of IPv6 can speak IPv4, but not the other way.
    let [four, six] = tables.map(std::fs::read_to_string);
    // Without IPv6 there is no table of it.
    let six = six.or_else(|error| match error.kind() {
        io::ErrorKind::NotFound if at.is_ipv4() => Ok(String::new()),
        _ => Err(error),
    })?;
    let four = if at.is_ipv4() { four? } else { String::new() };
    Ok(in_tables(&[&four, &six], transport, at, other))
}

/// Whether the tables have a socket that is bound at `at`.
pub(super) fn has(transport: Transport, at: SocketAddr) -> bool {
    let anybody = SocketAddr::new(at.ip(), 0);
    matches!(find(transport, at, anybody), Ok(Some(found)) if found.inode != 0)
}

fn in_tables(
    tables: &[&str],
    transport: Transport,
    at: SocketAddr,
    other: SocketAddr,
) -> Option<Found> {
    let rows = tables.iter().flat_map(|table| table.lines().skip(1));
    let fitting = rows.filter_map(|row| {
        let columns: Vec<&str> = row.split_ascii_whitespace().collect();
        let (local, remote) = (address(columns.get(LOCAL)?)?, address(columns.get(REMOTE)?)?);
        let fits = fit(transport, (local, remote), (at, other))?;
        let user = columns.get(USER)?.parse().ok()?;
        Some((fits, Found { user, inode: columns.get(INODE)?.parse().ok()? }))
    });
    fitting.max_by_key(|(fits, _)| *fits).map(|(_, found)| found)
}

/// How well a socket fits, if it does: as the kernel does, the one that is closest to what was asked for is taken.
fn fit(
    transport: Transport,
    (local, remote): (SocketAddr, SocketAddr),
    (at, other): (SocketAddr, SocketAddr),
) -> Option<u8> {
    if local.port() != at.port() {
        return None;
    }
    let is_open = remote.port() == 0 && remote.ip().is_unspecified();
    let is_connected = remote == other;
    let listens = is_open && other.port() == 0;
    let takes_part = match transport {
        Transport::Tcp => is_connected || listens,
        Transport::Udp => is_connected || is_open,
    };
    let is_there = local.ip() == at.ip();
    // Nothing is connected from "every address".
    let is_everywhere = local.ip().is_unspecified() && !is_connected;
    (takes_part && (is_there || is_everywhere))
        .then_some(2 * u8::from(is_connected) + u8::from(is_there))
}

/// `0100007F:7918`: words as the processor has them in memory, the port as one writes it.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word =
        |at: usize| Some(u32::from_str_radix(ip.get(8 * at..8 * at + 8)?, 16).ok()?.to_ne_bytes());
    let ip = match ip.len() {
        8 => IpAddr::V4(Ipv4Addr::from(word(0)?)),
        32 => {
            let mut octets = [0; 16];
            for (at, octets) in octets.chunks_exact_mut(4).enumerate() {
                octets.copy_from_slice(&word(at)?);
            }
            IpAddr::V6(Ipv6Addr::from(octets))
        }
        _ => return None,
    };
    Some(SocketAddr::new(ip.to_canonical(), port))
}

#[cfg(test)]
#[cfg(target_endian = "little")]
mod tests {
    use super::*;

    const FOUR: &str = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000   500        0 11 1 0000000000000000 100 0 0 10 0
   1: 0100007F:8000 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 12 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:8001 0100007F:1F90 06 00000000:00000000 03:00001751 00000000     0        0 0 3 0000000000000000
   3: 0100007F:8002 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001        0 13 1 0000000000000000 100 0 0 10 0
";
    const SIX: &str = "\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0000000000000000FFFF00000100007F:8003 0000000000000000FFFF00000100007F:1F90 01 00000000:00000000 00:00000000 00000000  1002        0 14 1 0000000000000000 20 4 0 10 -1
   1: 00000000000000000000000001000000:8004 00000000000000000000000001000000:1F90 01 00000000:00000000 00:00000000 00000000  1003        0 15 1 0000000000000000 20 4 0 10 -1
   2: 00000000000000000000000000000000:8005 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000  1004        0 16 1 0000000000000000 0
   3: 0000000000000000FFFF00000100007F:8005 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000  1005        0 17 1 0000000000000000 0
   4: 0000000000000000FFFF00000100007F:8006 0000000000000000FFFF00000100007F:0001 07 00000000:00000000 00:00000000 00000000  1006        0 18 1 0000000000000000 0
";

    fn user(transport: Transport, at: &str, other: &str) -> Option<(u32, u64)> {
        let [at, other] = [at, other].map(|it| it.parse().unwrap());
        in_tables(&[FOUR, SIX], transport, at, other).map(|found| (found.user, found.inode))
    }

    #[test]
    fn a_connection_is_found_by_both_its_ends() {
        let user = |at, other| user(Transport::Tcp, at, other);
        assert_eq!(user("127.0.0.1:32768", "127.0.0.1:8080"), Some((1000, 12)));
        assert_eq!(user("127.0.0.1:32771", "127.0.0.1:8080"), Some((1002, 14)));
        assert_eq!(user("[::1]:32772", "[::1]:8080"), Some((1003, 15)));
        assert_eq!(user("127.0.0.1:32769", "127.0.0.1:8080"), Some((0, 0)), "nobody holds it");
        for (at, other) in [
            ("127.0.0.1:32768", "127.0.0.1:8081"),
            ("127.0.0.2:32768", "127.0.0.1:8080"),
            // It listens.
            ("127.0.0.1:32770", "127.0.0.1:8080"),
            ("127.0.0.1:32772", "127.0.0.1:8080"),
        ] {
            assert_eq!(user(at, other), None, "{at}");
        }
        assert_eq!(user("127.0.0.1:8080", "127.0.0.1:0"), Some((500, 11)), "what listens");
    }

    #[test]
    fn a_sender_of_datagrams_is_the_closest_of_those_at_its_port() {
        let user = |at, other| user(Transport::Udp, at, other);
        assert_eq!(user("127.0.0.1:32773", "127.0.0.1:31000"), Some((1005, 17)));
        assert_eq!(user("127.0.0.2:32773", "127.0.0.1:31000"), Some((1004, 16)));
        assert_eq!(user("[::1]:32773", "[::1]:31000"), Some((1004, 16)));
        assert_eq!(user("127.0.0.1:32774", "127.0.0.1:31000"), None, "connected elsewhere");
    }

    #[test]
    fn a_damaged_table_has_nothing() {
        let [at, other] = ["127.0.0.1:1", "127.0.0.1:2"].map(|it| it.parse().unwrap());
        for table in ["", "head\nshort\n", "head\n 0: ÄÄÄÄ:0001 x:y 1 2 3 4 5 6 7\n"] {
            assert_eq!(in_tables(&[table], Transport::Tcp, at, other), None);
        }
    }
}
