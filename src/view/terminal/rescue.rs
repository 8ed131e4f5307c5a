//! Giving the terminal back when a thread panics, before the message is printed.

use std::sync::{Arc, Mutex, Once, PoisonError, TryLockError, Weak};
use std::time::Duration;

use super::screen::Screen;

/// The screens of this process that a panic must close.
static SCREENS: Mutex<Vec<Weak<Mutex<Screen>>>> = Mutex::new(Vec::new());

static HOOK: Once = Once::new();

/// From now on a panic closes `screen`, and then does what it did before.
pub(super) fn register(screen: &Arc<Mutex<Screen>>) {
    HOOK.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            close_all();
            previous(panic);
        }));
    });
    let mut screens = SCREENS.lock().unwrap_or_else(PoisonError::into_inner);
    screens.retain(|screen| screen.strong_count() > 0);
    screens.push(Arc::downgrade(screen));
}

fn close_all() {
    let screens: Vec<_> = {
        let Ok(screens) = SCREENS.try_lock() else { return };
        screens.iter().filter_map(Weak::upgrade).collect()
    };
    for screen in screens {
        close(&screen);
    }
}

/// Waits for a drawing to end, but not for ever: it may be the drawing that panicked, in this very
/// thread. `Terminal`'s drop closes the screen then.
fn close(screen: &Mutex<Screen>) {
    for _ in 0..40 {
        match screen.try_lock() {
            Ok(mut screen) => return screen.close(),
            Err(TryLockError::Poisoned(screen)) => return screen.into_inner().close(),
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}
