//! The page of a recording that goes on, for browsers of this machine.
//!
//! What is shown is what a recording holds, so that nobody else is to see it: the address has 128 random bits in it; whoever comes
//! by another name than this machine's own, or from a page of another site, is refused, and so are other users of the machine, as
//! at the proxy.

mod server;
mod visitor;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;

use crate::report::page::Model;
use server::Server;

/// Those who look at the page have so long to hear that it is over.
const FAREWELL: Duration = Duration::from_millis(700);

/// What the page shows at a moment.
#[derive(Debug, Clone)]
struct Shown {
    /// The model, as JSON.
    json: String,
    /// The policy, as it is read where no script runs.
    plain: String,
    /// The same as an event of the stream.
    event: Bytes,
    /// Whether nothing comes any more.
    is_over: bool,
}

impl Shown {
    fn of(model: &Model, is_over: bool) -> Shown {
        let json = model.json();
        // https://html.spec.whatwg.org/multipage/server-sent-events.html: JSON has no line break outside of strings, and none inside.
        let kind = if is_over { "over" } else { "message" };
        let event = Bytes::from(format!("event: {kind}\ndata: {json}\n\n"));
        Shown { json, plain: model.plain(), event, is_over }
    }
}

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
