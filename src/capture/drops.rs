//! How many datagrams the kernel dropped at a socket, since its queue was full.

use std::net::UdpSocket;

/// Datagrams dropped at this socket since it was opened; `None` where the system does not tell.
#[cfg(target_os = "linux")]
pub(super) fn of(socket: &UdpSocket) -> Option<u64> {
    use std::os::fd::AsRawFd;

    // A socket's inode is what the kernel's table knows it by, beside address and port, which sockets can share.
    let link = std::fs::read_link(format!("/proc/self/fd/{}", socket.as_raw_fd())).ok()?;
    let inode = link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()?;
    let address = socket.local_addr().ok()?;
    let table = if address.is_ipv4() { "/proc/net/udp" } else { "/proc/net/udp6" };
    in_table(&std::fs::read_to_string(table).ok()?, address.port(), inode)
}

/// Datagrams dropped at this socket since it was opened; `None` where the system does not tell.
#[cfg(not(target_os = "linux"))]
pub(super) fn of(_socket: &UdpSocket) -> Option<u64> {
    None
}

/// Reads the last column (`drops`) of the row of `/proc/net/udp` with this local port and inode.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
fn in_table(table: &str, port: u16, inode: u64) -> Option<u64> {
    const LOCAL_ADDRESS: usize = 1;
    const INODE: usize = 9;
    table.lines().skip(1).find_map(|row| {
        let columns: Vec<&str> = row.split_ascii_whitespace().collect();
        let (_, row_port) = columns.get(LOCAL_ADDRESS)?.rsplit_once(':')?;
        let is_ours = u16::from_str_radix(row_port, 16) == Ok(port)
            && columns.get(INODE)?.parse() == Ok(inode);
        if is_ours { columns.last()?.parse().ok() } else { None }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  512: 0100007F:7918 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 71245 2 0000000000000000 7
  513: 0100007F:7918 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 71246 2 0000000000000000 4294967295
  514: 00000000000000000000000001000000:7919 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 71247 2 0000000000000000 0
";

    #[test]
    fn the_row_is_found_by_port_and_inode() {
        assert_eq!(in_table(TABLE, 0x7918, 71245), Some(7));
        assert_eq!(in_table(TABLE, 0x7918, 71246), Some(4_294_967_295));
        assert_eq!(in_table(TABLE, 0x7919, 71247), Some(0));
    }

    #[test]
    fn no_row_is_no_number() {
        assert_eq!(in_table(TABLE, 0x7918, 71247), None);
        assert_eq!(in_table(TABLE, 1, 71245), None);
        assert_eq!(in_table("", 1, 1), None);
        assert_eq!(in_table("head\nshort row\n\n", 1, 1), None);
    }
}
