//! The terminal guard, drawing into memory: what it takes it gives back, on every way out.
//!
//! A process of its own, since a panic closes every view of its process; and the tests take turns.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use leastwise::view::frame::{Heard, State, Statement};
use leastwise::view::terminal::{INTERVAL, Options, Terminal};

static TURN: Mutex<()> = Mutex::new(());

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A writer into memory, which can be made to fail or to hold up.
#[derive(Clone, Default)]
struct Memory {
    bytes: Arc<Mutex<Vec<u8>>>,
    failing: Arc<Mutex<bool>>,
    gate: Arc<Mutex<()>>,
}

impl Memory {
    fn text(&self) -> String {
        String::from_utf8(self.bytes.lock().unwrap().clone()).unwrap()
    }

    /// Waits until `found` holds of what was written: drawing happens on another thread.
    fn wait_until(&self, found: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let text = self.text();
            if found(&text) {
                return text;
            }
            assert!(Instant::now() < deadline, "not written in time: {text:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _gate = self.gate.lock().unwrap();
        if *self.failing.lock().unwrap() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.bytes.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const WIDTH: u16 = 60;
const HEIGHT: u16 = 12;

fn options(color: bool) -> Options {
    Options { fixed_size: Some((WIDTH, HEIGHT)), ..Options::new(color) }
}

fn enter(memory: &Memory, color: bool) -> Terminal {
    Terminal::enter(memory.clone(), options(color)).unwrap()
}

fn draw(terminal: &mut Terminal, state: &mut State) {
    while !terminal.is_due() {
        std::thread::sleep(Duration::from_millis(5));
    }
    terminal.draw(state);
}

fn state(title: &str) -> State {
    let mut state = State::new(title);
    state.set_policy([Statement {
        actions: vec!["s3:GetObject".to_owned()],
        resources: vec!["arn:aws:s3:::bucket/*".to_owned()],
        conditions: Vec::new(),
    }]);
    state.heard(Heard { error: Some("AccessDenied".to_owned()), ..Heard::new("s3") });
    state
}

/// Each mode is taken once and given back once, in this order, and colours do not stay.
#[track_caller]
fn assert_given_back(text: &str) {
    for (taken, given_back) in
        [("?1049h", "?1049l"), ("?25l", "?25h"), ("?7l", "?7h"), ("?2004h", "?2004l")]
    {
        assert_eq!(text.matches(taken).count(), 1, "{taken:?} in {text:?}");
        assert_eq!(text.matches(given_back).count(), 1, "{given_back:?} in {text:?}");
        assert!(text.find(taken) < text.find(given_back), "{text:?}");
    }
    let (before, after) = text.split_once("\u{1b}[?1049l").unwrap();
    assert!(before.contains("\u{1b}[0m"), "{text:?}");
    assert!(!after.contains("leastwise"), "drawn on after leaving: {text:?}");
}

#[test]
fn dropping_gives_the_terminal_back() {
    let _turn = turn();
    let memory = Memory::default();
    let mut terminal = enter(&memory, true);
    draw(&mut terminal, &mut state("a"));
    drop(terminal);
    assert!(memory.text().contains("leastwise"));
    assert_given_back(&memory.text());
}

#[test]
fn a_panic_in_another_thread_gives_the_terminal_back_at_once_and_for_good() {
    let _turn = turn();
    let memory = Memory::default();
    let mut terminal = enter(&memory, true);
    draw(&mut terminal, &mut state("before"));
    memory.wait_until(|text| text.contains("before"));
    let panicked = std::thread::spawn(|| panic!("as the test wants it")).join();
    assert!(panicked.is_err());
    assert_given_back(&memory.text());
    draw(&mut terminal, &mut state("after"));
    drop(terminal);
    assert!(!memory.text().contains("after"));
    assert_given_back(&memory.text());
}

#[test]
fn a_panic_of_its_owner_gives_the_terminal_back_before_the_message() {
    let _turn = turn();
    let memory = Memory::default();
    let owned = memory.clone();
    // Stands for the hook that prints the message: the view's own is put before it, once in a
    // process, so what comes later is asked here whether the terminal was free by then.
    let seen = memory.clone();
    let panicked = catch_unwind(AssertUnwindSafe(move || {
        let mut terminal = enter(&owned, true);
        draw(&mut terminal, &mut state("a"));
        owned.wait_until(|text| text.contains("leastwise"));
        let _asked_while_unwinding = Asked(seen);
        panic!("as the test wants it");
    }));
    assert!(panicked.is_err());
    assert_given_back(&memory.text());
}

/// Dropped before the terminal is, after the panic's message.
struct Asked(Memory);

impl Drop for Asked {
    fn drop(&mut self) {
        let text = self.0.text();
        if !text.contains("?1049l") {
            self.0.bytes.lock().unwrap().extend_from_slice(b"?1049l by the hook is missing");
        }
    }
}

#[test]
fn two_views_after_each_other_are_both_given_back() {
    let _turn = turn();
    for _ in 0..2 {
        let memory = Memory::default();
        drop(enter(&memory, true));
        assert!(memory.text().ends_with("\u{1b}[?25h"));
    }
}

#[test]
fn the_screen_is_the_newest_frame_although_only_what_changed_is_written() {
    let _turn = turn();
    let memory = Memory::default();
    let mut terminal = enter(&memory, true);
    let mut shown = state("terraform apply");
    draw(&mut terminal, &mut shown);
    let first = memory.wait_until(|text| text.contains("terraform")).len();

    // Nothing has changed: nothing is written.
    draw(&mut terminal, &mut shown);
    std::thread::sleep(INTERVAL);
    assert_eq!(memory.text().len(), first);

    shown.counts.calls = 4321;
    draw(&mut terminal, &mut shown);
    let text = memory.wait_until(|text| text.contains("4,321"));
    let written = &text[first..];
    assert!(written.len() < 200, "one line: {written:?}");
    assert!(!written.contains("terraform"), "{written:?}");

    drop(terminal);
}

#[test]
fn wide_characters_leave_nothing_behind() {
    let _turn = turn();
    for names in [["東京", "e\u{301}clair"], ["東", "x"], ["ab", "東東"], ["a😀b", "🇩🇪🇩🇪"]]
    {
        let state = |name: &'static str| {
            let mut state = state("a");
            state.heard(Heard::new(name));
            state
        };
        let shown = |states: &mut [State]| {
            let memory = Memory::default();
            let mut terminal = enter(&memory, true);
            states.iter_mut().for_each(|state| draw(&mut terminal, state));
            drop(terminal);
            let text = memory.text();
            on_screen(text.rsplit_once("\u{1b}[?2026l").unwrap().0)
        };
        let after_another = shown(&mut [state(names[0]), state(names[1])]);
        assert_eq!(after_another, shown(&mut [state(names[1])]), "as if it were drawn at once");
        assert!(after_another.contains("0 calls · 0 actions"), "{after_another}");
    }
}

#[test]
fn the_policy_is_copied_within_bounds() {
    let _turn = turn();
    let memory = Memory::default();
    let mut terminal = enter(&memory, true);
    draw(&mut terminal, &mut state("a"));
    memory.wait_until(|text| text.contains("leastwise"));
    assert!(terminal.copy("{\"Version\"}\n".to_owned()));
    memory.wait_until(|text| text.contains("\u{1b}]52;c;eyJWZXJzaW9uIn0K"));
    assert!(!terminal.copy("x".repeat(64 * 1024 + 1)));
}

#[test]
fn it_draws_at_most_ten_times_a_second() {
    let _turn = turn();
    let memory = Memory::default();
    let mut terminal = enter(&memory, true);
    let start = Instant::now();
    let mut shown = state("a");
    let mut draws = 0;
    while start.elapsed() < Duration::from_millis(450) {
        shown.counts.calls += 1;
        terminal.draw(&mut shown);
        draws += 1;
    }
    let allowed = 2 + start.elapsed().as_millis() / INTERVAL.as_millis();
    drop(terminal);
    let updates = memory.text().matches("?2026h").count();
    assert!(updates >= 1 && updates as u128 <= allowed, "{updates} updates of {draws}");
}

#[test]
fn a_terminal_that_takes_nothing_holds_nobody_up() {
    let _turn = turn();
    let memory = Memory::default();
    let mut terminal = enter(&memory, true);
    let held = memory.gate.lock().unwrap();
    let start = Instant::now();
    for calls in 0..4 {
        let mut shown = state("a");
        shown.counts.calls = calls;
        draw(&mut terminal, &mut shown);
    }
    // Were one of them waiting, it would wait for ever: the gate is closed.
    assert!(start.elapsed() >= INTERVAL * 2);
    drop(held);
    drop(terminal);
    assert_given_back(&memory.text());
}

#[test]
fn a_terminal_that_is_gone_ends_the_view_and_nothing_else() {
    let _turn = turn();
    let memory = Memory::default();
    let mut terminal = enter(&memory, true);
    *memory.failing.lock().unwrap() = true;
    for calls in 0..3 {
        let mut shown = state("a");
        shown.counts.calls = calls;
        draw(&mut terminal, &mut shown);
        assert_eq!(terminal.keys(Duration::ZERO), []);
    }
    drop(terminal);

    assert!(Terminal::enter(memory, options(true)).is_err());
}

#[test]
fn without_colour_there_is_none() {
    let _turn = turn();
    for color in [true, false] {
        let memory = Memory::default();
        let mut terminal = enter(&memory, color);
        draw(&mut terminal, &mut state("a"));
        drop(terminal);
        assert_eq!(memory.text().contains("\u{1b}[38;"), color, "{:?}", memory.text());
        assert!(memory.text().contains("\u{1b}[1m"), "bold is no colour");
    }
}

#[test]
fn waiting_for_keys_takes_its_time_where_there_is_no_keyboard() {
    let _turn = turn();
    let mut terminal = enter(&Memory::default(), true);
    let start = Instant::now();
    assert_eq!(terminal.keys(Duration::from_millis(30)), []);
    assert!(start.elapsed() >= Duration::from_millis(30));
}

/// What a terminal shows after it has obeyed `text`.
fn on_screen(text: &str) -> String {
    let [rows, columns] = [HEIGHT, WIDTH].map(|it| std::num::NonZero::new(it).unwrap());
    let mut terminal = vt100::Parser::new(rows, columns, 0);
    terminal.process(text.as_bytes());
    terminal.screen().contents()
}
