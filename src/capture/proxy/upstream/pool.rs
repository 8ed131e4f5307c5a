//! Connections that wait for the next request to the same destination.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::time::Instant;

use super::connection::Connection;
use super::destination::Destination;

/// How many connections wait at most, on each thread. What is closed for want of room costs a
/// handshake when a thousand connections are at work.
const IN_ALL: usize = 1024;
/// How many destinations' choice of HTTP/1.1 is remembered, and for how long.
const REMEMBERED: usize = 1024;
const REMEMBERED_FOR: Duration = Duration::from_secs(300);

/// The connections, the one used last on top: those below grow old and go.
pub(crate) struct Pool {
    idle: Mutex<Idle>,
    lifetime: Duration,
    /// Destinations that were offered HTTP/2 and chose HTTP/1.1, and when.
    http1: Mutex<HashMap<Destination, Instant>>,
}

#[derive(Default)]
struct Idle {
    by_destination: HashMap<Arc<Destination>, Vec<(Connection, Instant)>>,
    count: usize,
}

impl Pool {
    /// A pool whose connections wait for `lifetime` at most.
    pub(crate) fn new(lifetime: Duration) -> Self {
        Self { idle: Mutex::default(), lifetime, http1: Mutex::default() }
    }

    /// Whether `destination` is known to choose HTTP/1.1: there is no need to ask again.
    pub(crate) fn prefers_http1(&self, destination: &Destination) -> bool {
        let known = self.http1.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(destination).is_some_and(|since| since.elapsed() < REMEMBERED_FOR)
    }

    /// `destination` was offered HTTP/2 and chose HTTP/1.1.
    pub(crate) fn remember_http1(&self, destination: &Destination) {
        let mut known = self.http1.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(destination.clone(), Instant::now());
    }

    /// A connection that is still open, as far as can be known.
    pub(crate) async fn take(&self, destination: &Destination) -> Option<Connection> {
        while let Some(mut connection) = self.pop(destination) {
            if is_open(&mut connection).await {
                connection.reused = true;
                return Some(connection);
            }
        }
        None
    }

    fn pop(&self, destination: &Destination) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let (connection, since) = idle.by_destination.get_mut(destination)?.pop()?;
        idle.count -= 1;
        if since.elapsed() < self.lifetime {
            return Some(connection);
        }
        // It was the youngest.
        if let Some(rest) = idle.by_destination.remove(destination) {
            idle.count -= rest.len();
        }
        None
    }

    /// Keeps `connection`, whose last response is complete, for the next request.
    pub(crate) fn put(&self, destination: &Arc<Destination>, mut connection: Connection) {
        connection.buffer.release();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.count >= IN_ALL {
            return;
        }
        let now = Instant::now();
        match idle.by_destination.get_mut(destination) {
            Some(waiting) => waiting.push((connection, now)),
            None => {
                idle.by_destination.insert(destination.clone(), vec![(connection, now)]);
            }
        }
        idle.count += 1;
    }

    /// Closes what has waited too long or was closed by the upstream. Called every few seconds.
    pub(crate) async fn sweep(&self) {
        let all = {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.count = 0;
            std::mem::take(&mut idle.by_destination)
        };
        let mut kept = Vec::new();
        for (destination, connections) in all {
            for (mut connection, since) in connections {
                if since.elapsed() < self.lifetime && is_open(&mut connection).await {
                    kept.push((destination.clone(), connection, since));
                }
            }
        }
        // What came back in the meantime is younger: it stays on top.
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.count += kept.len();
        for (destination, connection, since) in kept.into_iter().rev() {
            idle.by_destination.entry(destination).or_default().insert(0, (connection, since));
        }
    }
}

/// Whether nothing has come on an idle connection: neither its end nor bytes that nobody asked for.
async fn is_open(connection: &mut Connection) -> bool {
    let mut byte = [0];
    poll_fn(|cx| {
        let mut room = ReadBuf::new(&mut byte);
        Poll::Ready(Pin::new(&mut connection.io).poll_read(cx, &mut room).is_pending())
    })
    .await
}
