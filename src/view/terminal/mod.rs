//! The terminal while the live view is on it: taken, drawn on, and given back on every way out.
//!
//! The view has the whole of an alternate screen, as `less` and `top` do: what was on the ordinary
//! screen is there again afterwards, and the policy is printed beneath it.
//!
//! Given back on drop, on a panic in any thread (before its message is printed), and while the
//! process is suspended. Signals that end the process are the session's: it drops the [`Terminal`]
//! on its way out. On Unix, Ctrl-C and Ctrl-Z stay signals (see the `unix` module), and only the keys that are
//! none are [`Input`].
//!
//! Drawing never waits for the terminal: lines go to a thread of their own, and while that is held up
//! by a slow connection, newer frames are left out. A recording must not lose calls to its view.

mod device;
mod rescue;
mod screen;
#[cfg(unix)]
mod suspend;

use std::ffi::OsStr;
use std::io::{self, Write};
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use self::device::{Device, Key, Keyboard};
use self::screen::{Screen, lock};
use super::frame::{Frame, State, frame};

/// The shortest time between two drawings: ten in a second.
pub const INTERVAL: Duration = Duration::from_millis(100);

/// How much earlier than its time a drawing may be: a caller that keeps the same pace by its own
/// clock would else be too early by a hair, and draw at half the pace.
const SLACK: Duration = Duration::from_millis(10);

/// How a [`Terminal`] draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Whether colours are wanted (`NO_COLOR` is not set).
    pub color: bool,
    /// A size to draw at without a device: the keyboard, the signals and the size of the process's
    /// terminal are left alone. `None`: the process's own terminal.
    pub fixed_size: Option<(u16, u16)>,
}

impl Options {
    /// For the process's own terminal.
    pub fn new(color: bool) -> Options {
        Options { color, fixed_size: None }
    }
}

/// What somebody typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Input {
    /// Stop recording: `q`, or a Ctrl-C that came as a key.
    Quit,
}

/// Whether a terminal of this kind (the value of `TERM`) can be drawn on.
///
/// On Unix a terminal without a name, or a `dumb` one, cannot.
pub fn can_draw(term: Option<&OsStr>) -> bool {
    match term {
        Some(term) => !term.is_empty() && term != "dumb",
        None => cfg!(windows),
    }
}

/// The terminal with the live view on it; dropping it gives the terminal back.
pub struct Terminal {
    screen: Arc<Mutex<Screen>>,
    keyboard: Keyboard,
    next: Instant,
    frames: Option<SyncSender<Frame>>,
    drawer: Option<JoinHandle<()>>,
    #[cfg(unix)]
    suspender: Option<suspend::Suspender>,
}

impl Terminal {
    /// Takes the terminal that `writer` (stderr, as a rule) leads to.
    ///
    /// # Errors
    ///
    /// When the process has no terminal, when its terminal is another job's at the moment (the
    /// process was started in the background), or when it cannot be set or written to. The terminal
    /// is as before then; a session goes on without a view.
    pub fn enter(writer: impl Write + Send + 'static, options: Options) -> io::Result<Terminal> {
        let device = match options.fixed_size {
            None => Device::open()?,
            Some((columns, rows)) => Device::Fixed { columns, rows },
        };
        let keyboard = device.keyboard()?;
        #[cfg(unix)]
        let is_tty = matches!(device, Device::Tty(_));
        let screen = Screen::new(Box::new(writer), device, options.color);
        let screen = Arc::new(Mutex::new(screen));
        rescue::register(&screen);

        let (frames, received) = mpsc::sync_channel::<Frame>(1);
        let drawer = std::thread::Builder::new().name("view".to_owned()).spawn({
            let screen = Arc::clone(&screen);
            move || {
                for frame in received {
                    // A failure has closed the screen: there is no view any more, and nobody to tell.
                    let _ = lock(&screen).show(&frame);
                }
            }
        })?;
        // From here on, every way out is by `drop`.
        #[allow(unused_mut, reason = "only Unix can suspend")]
        let mut terminal = Terminal {
            screen,
            keyboard,
            next: Instant::now(),
            frames: Some(frames),
            drawer: Some(drawer),
            #[cfg(unix)]
            suspender: None,
        };
        #[cfg(unix)]
        if is_tty {
            terminal.suspender = Some(suspend::Suspender::start(&terminal.screen)?);
        }
        lock(&terminal.screen).enter()?;
        Ok(terminal)
    }

    /// Whether enough time has passed since the last drawing for another one.
    pub fn is_due(&self) -> bool {
        Instant::now() + SLACK >= self.next
    }

    /// Draws `state`, when it [is due](Terminal::is_due) and something has changed.
    ///
    /// Call it again within the interval, with whatever is known then: what is not drawn now is not
    /// kept. It never waits for the terminal; when that cannot be written to, the view is over and
    /// the call does nothing.
    pub fn draw(&mut self, state: &State) {
        if !self.is_due() {
            return;
        }
        self.next = (self.next + INTERVAL).max(Instant::now() + INTERVAL.saturating_sub(SLACK));
        // Held by a drawing that the terminal has not taken yet: the next one will do.
        let Ok(screen) = self.screen.try_lock() else { return };
        if screen.is_closed() {
            return;
        }
        let (columns, rows) = screen.device().size();
        drop(screen);
        if let Some(frames) = &self.frames {
            let _ = frames.try_send(frame(state, columns, rows));
        }
    }

    /// Waits at most `timeout` for a key that means something.
    ///
    /// With a timeout of zero it only looks. It takes its time also where no key can come, so that
    /// a loop may keep its pace by it.
    pub fn poll_input(&mut self, timeout: Duration) -> Option<Input> {
        match self.keyboard.poll(timeout)? {
            Key::Quit => Some(Input::Quit),
            Key::Redraw => {
                if let Ok(mut screen) = self.screen.try_lock() {
                    screen.forget();
                }
                None
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.frames = None;
        if let Some(drawer) = self.drawer.take() {
            let _ = drawer.join();
        }
        #[cfg(unix)]
        drop(self.suspender.take());
        lock(&self.screen).close();
    }
}
