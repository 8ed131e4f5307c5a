//! A Unix terminal, by termios.
//!
//! Not raw mode, but what `cbreak` was: the keyboard echoes nothing and gives each key at once,
//! and everything else stays. Ctrl-C, Ctrl-Z and Ctrl-\ are the signals that they are in any other
//! program, for every process of the job: a command that is being recorded is interrupted and
//! stopped together with its recorder, and nobody has to translate keys back into signals.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use rustix::process::getpgrp;
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp,
    tcgetwinsize, tcsetattr,
};

use super::decoded::Decoder;
use crate::view::frame::Key;

pub(in crate::view::terminal) struct Tty {
    fd: OwnedFd,
    original: Termios,
    /// Whether all keys are ours, to be handed to a command that has a terminal of its own.
    raw: bool,
}

impl Tty {
    pub(super) fn open(raw: bool) -> io::Result<Tty> {
        let stdin = io::stdin();
        let fd = if stdin.is_terminal() {
            stdin.as_fd().try_clone_to_owned()?
        } else {
            File::options().read(true).write(true).open("/dev/tty")?.into()
        };
        if !in_foreground(&fd) {
            return Err(io::Error::other("the terminal belongs to another job at the moment"));
        }
        let original = tcgetattr(&fd)?;
        Ok(Tty { fd, original, raw })
    }

    pub(super) fn size(&self) -> Option<(u16, u16)> {
        tcgetwinsize(&self.fd).ok().map(|size| (size.ws_col, size.ws_row))
    }

    pub(super) fn take(&self) -> io::Result<()> {
        let mut modes = self.original.clone();
        if self.raw {
            modes.make_raw();
            return Ok(tcsetattr(&self.fd, OptionalActions::Drain, &modes)?);
        }
        modes.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
        // A forgotten Ctrl-S would hold up whoever writes to the terminal.
        modes.input_modes.remove(InputModes::IXON);
        modes.special_codes[SpecialCodeIndex::VMIN] = 1;
        modes.special_codes[SpecialCodeIndex::VTIME] = 0;
        Ok(tcsetattr(&self.fd, OptionalActions::Drain, &modes)?)
    }

    pub(super) fn give_back(&self) -> io::Result<()> {
        // From the background this would stop the process; and the terminal is not ours to set.
        if !self.in_foreground() {
            return Ok(());
        }
        // A second `q` must not reach the shell.
        Ok(tcsetattr(&self.fd, OptionalActions::Flush, &self.original)?)
    }

    pub(super) fn in_foreground(&self) -> bool {
        in_foreground(&self.fd)
    }

    pub(super) fn keyboard(&self) -> io::Result<Keys> {
        let decoder = Decoder::new(self.raw);
        Ok(Keys { fd: self.fd.try_clone()?, decoder })
    }
}

fn in_foreground(fd: impl AsFd) -> bool {
    tcgetpgrp(fd).is_ok_and(|group| group == getpgrp())
}

pub(super) struct Keys {
    fd: OwnedFd,
    decoder: Decoder,
}

impl Keys {
    /// The keys that came at once, if any come in time; an error when none ever will.
    pub(super) fn poll(&mut self, timeout: Duration) -> io::Result<Vec<Key>> {
        let deadline = Instant::now() + timeout;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if !self.readable(left)? {
                // Nothing has followed an escape character: it was the key.
                return Ok(self.decoder.nothing_follows());
            }
            // Reading from the background would stop the process.
            if !in_foreground(&self.fd) {
                std::thread::sleep(left);
                return Ok(Vec::new());
            }
            let mut bytes = [0; 1024];
            let count = match rustix::io::read(&self.fd, &mut bytes) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => count,
                Err(Errno::INTR | Errno::AGAIN) => continue,
                Err(error) => return Err(error.into()),
            };
            let keys = self.decoder.decode(&bytes[..count]);
            if !keys.is_empty() {
                return Ok(keys);
            }
        }
    }

    /// The command has the keyboard for good.
    pub(super) fn pass(&mut self) {
        self.decoder.pass();
    }

    fn readable(&self, timeout: Duration) -> io::Result<bool> {
        let mut fds = [PollFd::new(&self.fd, PollFlags::IN)];
        let timeout = Timespec::try_from(timeout).map_err(io::Error::other)?;
        match rustix::event::poll(&mut fds, Some(&timeout)) {
            Ok(0) => return Ok(false),
            Ok(_) => {}
            Err(Errno::INTR) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        if fds[0].revents().contains(PollFlags::IN) {
            Ok(true)
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }
}
