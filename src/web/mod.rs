//! The page of a recording that goes on, for browsers of this machine.
//!
//! What is shown is what a recording holds, so that nobody else is to see it: the address has 128 random bits in it; whoever comes
//! by another name than this machine's own, or from a page of another site, is refused, and so are other users of the machine, as
//! at the proxy.

mod server;
mod shown;
mod visitor;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use tokio::sync::watch;

use crate::report::page::Model;
use server::Server;
use shown::Shown;

/// Those who look at the page have so long to hear that it is over.
const FAREWELL: Duration = Duration::from_millis(700);

/// A page that is shown.
pub struct Web {
    address: String,
    shown: watch::Sender<Shown>,
}

impl Web {
    /// Shows a page at an address; port 0 takes a free one.
    ///
    /// # Errors
    ///
    /// When the port cannot be had, or the system has no thread or no random numbers.
    pub fn open(address: SocketAddr, model: &Model) -> io::Result<Web> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let own = listener.local_addr()?;
        let mut bytes = [0; 16];
        aws_lc_rs::rand::fill(&mut bytes)
            .map_err(|_| io::Error::other("the system provides no random numbers"))?;
        let token: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let address = format!("http://{own}/{token}/");
        let (shown, watched) = watch::channel(Shown::of(model, false));
        let server = Server::new(own, token, watched);
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        thread::Builder::new()
            .name("web".to_owned())
            .spawn(move || runtime.block_on(server.serve(listener)))?;
        Ok(Web { address, shown })
    }

    /// Where it is.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Whether somebody looks at it: the server itself waits for what is new, too.
    pub fn is_watched(&self) -> bool {
        self.shown.receiver_count() > 1
    }

    /// Shows what is new.
    pub fn tell(&self, model: &Model) {
        self.shown.send_replace(Shown::of(model, false));
    }

    /// Shows what there is at the end, and ends.
    pub fn end(self, model: &Model) {
        self.shown.send_replace(Shown::of(model, true));
        let Web { shown, .. } = self;
        let rest = std::time::Instant::now() + FAREWELL;
        // Who watches has taken the last news, or is left behind; the server ends with the sender.
        while shown.receiver_count() > 1 && std::time::Instant::now() < rest {
            thread::sleep(Duration::from_millis(10));
        }
    }
}
