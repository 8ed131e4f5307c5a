//! A line on a terminal that says how far reading is, and goes when it is over.

use std::cell::Cell;
use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use crate::output::patience;
use crate::recording::trail::Progress;

/// What is over sooner says nothing.
const NOT_BEFORE: Duration = Duration::from_secs(1);

/// Shows how far it is, until it is dropped.
struct Shown {
    begin: Instant,
    is_there: Cell<bool>,
}

/// Shows how far it is, where standard error is a terminal.
pub fn shown() -> Option<Box<dyn Fn(Progress)>> {
    if !io::stderr().is_terminal() {
        return None;
    }
    let shown = Shown { begin: Instant::now(), is_there: Cell::new(false) };
    Some(Box::new(move |progress| shown.show(progress)))
}

impl Shown {
    fn show(&self, progress: Progress) {
        let spent = self.begin.elapsed();
        if spent >= NOT_BEFORE {
            self.is_there.set(true);
            write(&format!("\r\u{1b}[K{}", line(progress, spent)));
        }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        if self.is_there.get() {
            write("\r\u{1b}[K");
        }
    }
}

/// `12 of 340 files, 1.5 of 20.1 GB, 3400000 events, 2 min left`
fn line(progress: Progress, spent: Duration) -> String {
    let Progress { files, of_files, bytes, of_bytes, events } = progress;
    let mut text = format!(
        "{files} of {of_files} files, {} of {} MB, {events} events",
        bytes >> 20,
        of_bytes >> 20
    );
    let rest = of_bytes.saturating_sub(bytes);
    if bytes > 0 && rest > 0 {
        let seconds = (spent.as_secs_f64() * rest as f64 / bytes as f64).ceil() as u64;
        match seconds {
            0..120 => text.push_str(&format!(", {seconds} s left")),
            _ => text.push_str(&format!(", {} min left", seconds.div_ceil(60))),
        }
    }
    text
}

fn write(text: &str) {
    // Where standard error is closed there is nobody to tell.
    drop(patience::write_all(io::stderr(), text.as_bytes()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_what_is_done_and_what_is_left() {
        let progress =
            Progress { files: 1, of_files: 4, bytes: 5 << 20, of_bytes: 20 << 20, events: 700 };
        let said = line(progress, Duration::from_secs(10));
        assert_eq!(said, "1 of 4 files, 5 of 20 MB, 700 events, 30 s left");
        let said = line(progress, Duration::from_secs(100));
        assert_eq!(said, "1 of 4 files, 5 of 20 MB, 700 events, 5 min left");
        let whole = Progress { bytes: 20 << 20, ..progress };
        assert!(line(whole, Duration::from_secs(9)).ends_with("700 events"));
    }
}
