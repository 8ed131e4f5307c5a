//! The terminal while the live view is on it: taken, drawn on, and given back on every way out.
//!
//! The view has the whole of an alternate screen, as `less` and `top` do: what was on the ordinary
//! screen is there again afterwards, and the policy is printed beneath it.
//!
//! Given back on drop, on a panic in any thread (before its message is printed), and while the
//! process is suspended. Signals that end the process are the session's: it drops the [`Terminal`]
//! on its way out. On Unix, Ctrl-C and Ctrl-Z stay signals (see the `unix` module), and only what is none is a [`Key`].
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
use std::sync::mpsc::{self, SyncSender, TrySendError};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use self::device::{Device, Keyboard};
use self::screen::{Screen, lock};
use super::frame::{Buffer, Key, State, frame};

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
    /// Whether all keys are ours, to be handed to a command that has a terminal of its own.
    pub raw: bool,
}

impl Options {
    /// For the process's own terminal.
    pub fn new(color: bool) -> Options {
        Options { color, fixed_size: None, raw: false }
    }
}

/// Longer texts are not copied: terminals have bounds of their own, and say nothing when they heed no more.
pub const LONGEST_COPY: usize = 64 * 1024;

/// Whether a terminal of this kind (the value of `TERM`) can be drawn on.
///
/// On Unix a terminal without a name, or a `dumb` one, cannot.
pub fn can_draw(term: Option<&OsStr>) -> bool {
    match term {
        Some(term) => !term.is_empty() && term != "dumb",
        None => cfg!(windows),
    }
}

/// What is to be done with the terminal.
enum Order {
    Show(Buffer),
    Copy(String),
    Pass(Vec<u8>),
    Print(Vec<u8>),
}

/// The terminal with the live view on it; dropping it gives the terminal back.
pub struct Terminal {
    screen: Arc<Mutex<Screen>>,
    keyboard: Keyboard,
    next: Instant,
    /// What was handed over to be drawn last.
    drawn: Option<Buffer>,
    orders: Option<SyncSender<Order>>,
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
            None => Device::open(options.raw)?,
            Some((columns, rows)) => Device::Fixed { columns, rows },
        };
        let keyboard = device.keyboard()?;
        #[cfg(unix)]
        let is_tty = matches!(device, Device::Tty(_));
        let screen = Screen::new(Box::new(writer), device, options.color);
        let screen = Arc::new(Mutex::new(screen));
        rescue::register(&screen);

        let (orders, received) = mpsc::sync_channel::<Order>(1);
        let drawer = std::thread::Builder::new().name("view".to_owned()).spawn({
            let screen = Arc::clone(&screen);
            move || {
                for order in received {
                    let mut screen = lock(&screen);
                    // A failure has closed the screen: there is no view any more, and nobody to tell.
                    let _ = match order {
                        Order::Show(frame) => screen.show(&frame),
                        Order::Copy(text) => screen.copy(&text),
                        Order::Pass(bytes) => screen.pass(&bytes),
                        Order::Print(bytes) => screen.print(&bytes),
                    };
                }
            }
        })?;
        // From here on, every way out is by `drop`.
        #[allow(unused_mut, reason = "only Unix can suspend")]
        let mut terminal = Terminal {
            screen,
            keyboard,
            next: Instant::now(),
            drawn: None,
            orders: Some(orders),
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

    /// When the next drawing is due.
    pub fn next(&self) -> Instant {
        self.next
    }

    /// Columns and rows of the screen, where it is not being drawn on.
    pub fn size(&self) -> Option<(u16, u16)> {
        self.screen.try_lock().ok().map(|screen| screen.device().size())
    }

    /// Closes the view for a command that goes on: the screen is as before, with what the command has written on it, and from
    /// now on it has the keyboard. Whether that could be tried; else it is to be tried again.
    pub fn pass(&mut self, written: Vec<u8>) -> bool {
        let passed = self.order(Order::Pass(written));
        if passed {
            self.keyboard.pass();
        }
        passed
    }

    /// Prints what the command has written, as it is; what could not be is given back.
    ///
    /// # Errors
    ///
    /// When the terminal has not taken yet what was printed before.
    pub fn print(&self, bytes: Vec<u8>) -> Result<(), Vec<u8>> {
        let Some(orders) = &self.orders else { return Ok(()) };
        match orders.try_send(Order::Print(bytes)) {
            Err(TrySendError::Full(Order::Print(bytes))) => Err(bytes),
            _ => Ok(()),
        }
    }

    fn order(&self, order: Order) -> bool {
        self.orders.as_ref().is_some_and(|orders| orders.try_send(order).is_ok())
    }

    /// Draws `state`, when it [is due](Terminal::is_due) and something has changed.
    ///
    /// Call it again within the interval, with whatever is known then: what is not drawn now is not
    /// kept. It never waits for the terminal; when that cannot be written to, the view is over and
    /// the call does nothing.
    pub fn draw(&mut self, state: &mut State) {
        if !self.is_due() {
            return;
        }
        let next = (self.next + INTERVAL).max(Instant::now() + INTERVAL.saturating_sub(SLACK));
        // Held by a drawing that the terminal has not taken yet: the next one will do.
        let Ok(screen) = self.screen.try_lock() else {
            self.next = next;
            return;
        };
        if screen.is_closed() {
            return;
        }
        let (columns, rows) = screen.device().size();
        drop(screen);
        let frame = frame(state, columns, rows);
        // Where nothing has changed, what a key changes is shown at once.
        if self.drawn.as_ref() == Some(&frame) {
            return;
        }
        self.next = next;
        let Some(orders) = &self.orders else { return };
        if orders.try_send(Order::Show(frame.clone())).is_ok() {
            self.drawn = Some(frame);
        }
    }

    /// Hands a text to the terminal for its clipboard; whether that could be tried.
    pub fn copy(&self, text: String) -> bool {
        text.len() <= LONGEST_COPY && self.order(Order::Copy(text))
    }

    /// Waits at most `timeout` for keys, and returns those that came at once.
    ///
    /// With a timeout of zero it only looks. It takes its time also where no key can come, so that
    /// a loop may keep its pace by it.
    pub fn keys(&mut self, timeout: Duration) -> Vec<Key> {
        let keys = self.keyboard.poll(timeout);
        if keys.contains(&Key::Redraw)
            && let Ok(mut screen) = self.screen.try_lock()
        {
            screen.forget();
            self.drawn = None;
        }
        keys
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(drawer) = self.drawer.take() {
            let _ = drawer.join();
        }
        #[cfg(unix)]
        drop(self.suspender.take());
        lock(&self.screen).close();
    }
}
