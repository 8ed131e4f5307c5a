//! Sockets, as they are asked for and found.

/// What a port is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Connections. Their other end waits for an answer, and so is there.
    Tcp,
    /// Datagrams. A program may well send and end.
    Udp,
}

/// What the kernel says of a socket.
#[cfg(target_os = "linux")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) user: u32,
    /// 0 when no process holds it any more.
    pub(super) inode: u64,
}
