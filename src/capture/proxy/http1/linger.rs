//! The end of a connection that was answered while its client may still be sending.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;

/// How much is read from a client that goes on sending after it was answered.
const MAX_LINGERED: usize = 4 * 1024 * 1024;

/// Says that nothing more will come, and reads on for a moment: closing with unread bytes would reset
/// the connection and take the answer away from the client.
pub(in crate::capture::proxy) async fn linger<C>(client: &mut C, at_most: Duration)
where
    C: AsyncRead + AsyncWrite + Unpin,
{
    let read_on = async {
        client.shutdown().await?;
        let mut scrap = [0; 2048];
        let mut left = MAX_LINGERED;
        while left > 0 {
            match client.read(&mut scrap).await? {
                0 => break,
                n => left = left.saturating_sub(n),
            }
        }
        Ok::<_, io::Error>(())
    };
    let _ = timeout(at_most, read_on).await;
}
