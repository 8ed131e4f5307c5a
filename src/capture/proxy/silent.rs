//! A stand-in that does not answer yet.

use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::mpsc;
use std::time::Duration;

use crate::capture::proxy::server::Config;

/// So long a stand-in may take to answer before that is said.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is to be said when the stand-in does not answer yet. That it listens is all that is asked; behind the user's own
/// proxy nobody can tell.
pub fn silent_stand_in(config: &Config) -> Option<String> {
    let stand_in = config.stand_in.clone()?;
    if stand_in.is_behind(&config.upstream_proxy) {
        return None;
    }
    let (told, answer) = mpsc::channel();
    let asked = stand_in.clone();
    // Looking up a name has no time limit of its own.
    let thread = std::thread::Builder::new().name("stand-in".to_owned());
    let started = thread.spawn(move || {
        let addresses = asked.address().to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        let mut result = addresses.as_ref().map(|_| ()).map_err(ToString::to_string);
        for address in addresses.into_iter().flatten() {
            match TcpStream::connect_timeout(&address, PATIENCE) {
                Ok(_) => return drop(told.send(Ok(()))),
                Err(error) => result = Err(error.to_string()),
            }
        }
        drop(told.send(result));
    });
    started.ok()?;
    let why = match answer.recv_timeout(PATIENCE) {
        Ok(Ok(())) => return None,
        Ok(Err(error)) => error,
        Err(_) => "no answer in time".to_owned(),
    };
    Some(format!(
        "--upstream: nothing answers on {stand_in} yet ({why}); calls to AWS will fail until the stand-in is started there"
    ))
}
