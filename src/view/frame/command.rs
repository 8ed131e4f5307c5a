//! The command of `run --view`: what it writes, as the terminal that it has for itself shows it; and what is typed into it.

use std::collections::VecDeque;
use std::fmt;
use std::num::NonZeroU16;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::{Color, Modifier, Style};
use vt100::capture::{BasicFormattedCaptureRange, BasicFormattedCaptureState, RowContents};

use super::text::printable;

/// So many lines that have left its screen are printed when the view has ended.
const LINES_KEPT: usize = 1000;
/// So much may wait to be printed once the view is closed; then the command waits.
const MOST_WAITING: usize = 64 * 1024;

/// What leads to the command.
pub struct Wires {
    /// Types bytes; whether they could be.
    pub keyboard: Box<dyn Fn(Vec<u8>) -> bool + Send>,
    /// Tells its columns and rows.
    pub resize: Box<dyn Fn(u16, u16) + Send>,
}

/// The command's terminal; each copy is the same one.
#[derive(Clone)]
pub struct Command(Arc<Mutex<Emulated>>);

struct Emulated {
    parser: vt100::Parser<Beyond>,
    wires: Wires,
    size: (u16, u16),
    /// What it writes as it is, once the view is closed.
    waiting: Option<Vec<u8>>,
}

/// What goes beyond the screen.
#[derive(Default)]
struct Beyond {
    /// The lines that have left it at its top.
    lines: VecDeque<String>,
    state: BasicFormattedCaptureState,
    /// What a terminal answers to questions.
    answers: Vec<u8>,
}

impl Command {
    /// A terminal that shows nothing yet.
    pub fn new(wires: Wires) -> Command {
        let size = (80, 24);
        let parser = vt100::Parser::new_with_callbacks(rows(24), rows(80), 0, Beyond::default());
        Command(Arc::new(Mutex::new(Emulated { parser, wires, size, waiting: None })))
    }

    fn lock(&self) -> MutexGuard<'_, Emulated> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It has written this. Where that cannot be taken yet it is to be told again, later.
    pub fn wrote(&self, bytes: &[u8]) -> bool {
        let mut it = self.lock();
        if let Some(waiting) = &mut it.waiting {
            let has_room = waiting.len() <= MOST_WAITING;
            if has_room {
                waiting.extend_from_slice(bytes);
            }
            return has_room;
        }
        it.parser.process(bytes);
        let answers = std::mem::take(&mut it.parser.callbacks_mut().answers);
        if !answers.is_empty() {
            (it.wires.keyboard)(answers);
        }
        true
    }

    /// Types into it, as its terminal is set; whether that could be done.
    pub(super) fn type_in(&self, bytes: &[u8]) -> bool {
        let it = self.lock();
        let screen = it.parser.screen();
        let passes = it.waiting.is_some();
        let mut bytes = bytes.to_vec();
        if !passes && !screen.bracketed_paste() {
            // We asked for these marks; it has not.
            bytes = without(&without(&bytes, b"\x1b[200~"), b"\x1b[201~");
        }
        if !passes && screen.application_cursor() {
            for at in 0..bytes.len().saturating_sub(2) {
                if bytes[at] == 0x1b && bytes[at + 1] == b'[' && b"ABCDFH".contains(&bytes[at + 2])
                {
                    bytes[at + 1] = b'O';
                }
            }
        }
        bytes.is_empty() || (it.wires.keyboard)(bytes)
    }

    /// Its terminal has this size now.
    pub fn resize(&self, columns: u16, height: u16) {
        let mut it = self.lock();
        if it.size != (columns, height) && columns > 0 && height > 0 {
            it.size = (columns, height);
            it.parser.set_size(rows(height), rows(columns));
            (it.wires.resize)(columns, height);
        }
    }

    /// From now on what it writes is handed over as it is: [`Command::take_waiting`]. What it has written is returned.
    pub fn pass(&self) -> Vec<u8> {
        let left = self.left();
        self.lock().waiting = Some(Vec::new());
        left
    }

    /// What it has written since.
    pub fn take_waiting(&self) -> Vec<u8> {
        self.lock().waiting.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// What it has written so far, the last thousand lines and its screen, in its colours and without anything else that
    /// a terminal obeys.
    pub fn left(&self) -> Vec<u8> {
        let it = self.lock();
        let Beyond { lines, state, .. } = it.parser.callbacks();
        let mut text: String = lines.iter().map(String::as_str).collect();
        let full = BasicFormattedCaptureRange::Full(&mut state.clone());
        // Writing to a text does not fail.
        let _ = it.parser.screen().write_contents_formatted_basic(&mut text, full);
        let lines: Vec<&str> = text.split('\n').map(str::trim_end).collect();
        let is_blank = |line: &&str| {
            vt100::capture::basic_formatted_to_plain(line).all(|it| it.trim().is_empty())
        };
        let used = lines.len() - lines.iter().rev().take_while(|line| is_blank(line)).count();
        let lines = &lines[..used];
        let blank = lines.iter().take_while(|line| line.is_empty()).count();
        if used == blank {
            return Vec::new();
        }
        format!("\x1b[m{}\x1b[m\r\n", lines[blank..].join("\r\n")).into_bytes()
    }

    /// Draws its screen, and the cursor where it has the keyboard.
    pub(super) fn draw(&self, buffer: &mut Buffer, area: Rect, has_keys: bool) {
        if area.is_empty() {
            return;
        }
        self.resize(area.width, area.height);
        let it = self.lock();
        let screen = it.parser.screen();
        for row in 0..area.height {
            for column in 0..area.width {
                let Some(cell) = screen.cell(row, column) else { continue };
                let Some(shown) = buffer.cell_mut((area.x + column, area.y + row)) else {
                    continue;
                };
                if cell.is_wide_continuation() {
                    continue;
                }
                shown.set_style(look(cell));
                // A wide character needs its second cell.
                let fits = !cell.is_wide() || column + 1 < area.width;
                if cell.has_contents() && fits {
                    shown.set_symbol(&symbol(cell.contents()));
                }
            }
        }
        if has_keys && !screen.hide_cursor() {
            let (row, column) = screen.cursor_position();
            let column = column.min(area.width - 1);
            if row < area.height {
                let at = Rect::new(area.x + column, area.y + row, 1, 1);
                buffer.set_style(at, Style::new().add_modifier(Modifier::REVERSED));
            }
        }
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Command")
    }
}

impl vt100::Callbacks for Beyond {
    fn on_scroll(&mut self, row: RowContents<'_>, alternate_screen: bool) {
        if alternate_screen {
            return;
        }
        let mut line = String::new();
        // Writing to a text does not fail.
        let _ = row.write_formatted_basic(&mut line, &mut self.state);
        self.lines.push_back(line);
        if self.lines.len() > LINES_KEPT {
            self.lines.pop_front();
        }
    }

    /// Where the cursor is, and what the terminal is: some programs wait for the answer.
    fn unhandled_csi(
        &mut self,
        screen: &mut vt100::Screen,
        first: Option<u8>,
        _: Option<u8>,
        params: &[&[u16]],
        letter: char,
    ) {
        let number = params.first().and_then(|it| it.first()).copied().unwrap_or_default();
        let (row, column) = screen.cursor_position();
        let answer = match (first, letter, number) {
            (None, 'n', 6) => format!("\x1b[{};{}R", row + 1, column + 1),
            (None, 'n', 5) => "\x1b[0n".to_owned(),
            (None, 'c', 0) => "\x1b[?62;22c".to_owned(),
            _ => return,
        };
        if self.answers.len() < 1024 {
            self.answers.extend_from_slice(answer.as_bytes());
        }
    }
}

/// What a cell shows: what has no width of its own, or turns the direction of text, does not get to our terminal.
fn symbol(contents: &str) -> String {
    if printable(contents) == contents {
        return contents.to_owned();
    }
    let first: String = contents.chars().take(1).collect();
    if printable(&first) == first { first } else { "\u{fffd}".to_owned() }
}

fn look(cell: &vt100::Cell) -> Style {
    let mut style = Style::new().fg(colour(cell.fgcolor())).bg(colour(cell.bgcolor()));
    for (has, modifier) in [
        (cell.bold(), Modifier::BOLD),
        (cell.dim(), Modifier::DIM),
        (cell.italic(), Modifier::ITALIC),
        (cell.underline(), Modifier::UNDERLINED),
        (cell.inverse(), Modifier::REVERSED),
    ] {
        if has {
            style = style.add_modifier(modifier);
        }
    }
    style
}

fn colour(colour: vt100::Color) -> Color {
    match colour {
        vt100::Color::Default => Color::Reset,
        vt100::Color::Idx(number) => Color::Indexed(number),
        vt100::Color::Rgb(red, green, blue) => Color::Rgb(red, green, blue),
    }
}

fn rows(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap_or(NonZeroU16::MIN)
}

fn without(bytes: &[u8], mark: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.windows(mark.len()).position(|part| part == mark) {
        kept.extend_from_slice(&rest[..at]);
        rest = &rest[at + mark.len()..];
    }
    kept.extend_from_slice(rest);
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn command() -> (Command, Arc<Mutex<Vec<u8>>>) {
        let typed = Arc::new(Mutex::new(Vec::new()));
        let keeps = Arc::clone(&typed);
        let keyboard = Box::new(move |bytes: Vec<u8>| {
            keeps.lock().unwrap().extend_from_slice(&bytes);
            true
        });
        (Command::new(Wires { keyboard, resize: Box::new(|_, _| {}) }), typed)
    }

    fn left(command: &Command) -> String {
        String::from_utf8(command.left()).unwrap()
    }

    #[test]
    fn what_is_left_has_no_more_than_colours() {
        let (command, _) = command();
        assert_eq!(left(&command), "");
        command.resize(20, 4);
        command
            .wrote(b"\x1b[2J\x1b[Hone\r\n\x1b[31mtwo\x1b[m\r\n10%\r50%\r100%\r\n\x1b]0;title\x07");
        let text = left(&command);
        assert_eq!(text, "\x1b[mone\r\n\x1b[31mtwo\r\n\x1b[m100%\x1b[m\r\n");
        for number in 0..2000 {
            command.wrote(format!("line {number}\r\n").as_bytes());
        }
        let text = left(&command);
        assert_eq!(text.lines().count(), 1000 + 3, "the last thousand, and the screen");
        assert!(text.ends_with("line 1998\r\nline 1999\x1b[m\r\n"), "{text:?}");
    }

    #[test]
    fn keys_are_typed_as_its_terminal_is_set() {
        let (command, typed) = command();
        let after = |bytes: &[u8]| {
            command.type_in(bytes);
            std::mem::take(&mut *typed.lock().unwrap())
        };
        assert_eq!(after(b"\x1b[200~a\x1b[201~\x1b[A"), b"a\x1b[A");
        command.wrote(b"\x1b[?1h\x1b[?2004h");
        assert_eq!(after(b"\x1b[200~a\x1b[201~\x1b[A"), b"\x1b[200~a\x1b[201~\x1bOA");
        command.wrote(b"\x1b[2;3H\x1b[6n");
        assert_eq!(after(b""), b"\x1b[2;3R", "an answer that it waits for");
    }

    #[test]
    fn once_it_passes_nothing_is_lost_and_it_waits_where_nobody_takes_it() {
        let (command, _) = command();
        command.wrote(b"before\r\n");
        assert!(String::from_utf8(command.pass()).unwrap().contains("before"));
        assert!(command.wrote(&[b'x'; MOST_WAITING + 1]));
        assert!(!command.wrote(b"y"));
        assert_eq!(command.take_waiting().len(), MOST_WAITING + 1);
        assert!(command.wrote(b"y"));
        assert_eq!(command.take_waiting(), b"y");
    }

    /// Bytes as a program may write them: text of all widths, and sequences with whatever numbers.
    fn output() -> impl Strategy<Value = Vec<u8>> {
        let sequence =
            ("[0-9;?>]{0,12}", "[@-~]").prop_map(|(numbers, end)| format!("\x1b[{numbers}{end}"));
        prop_oneof![
            sequence.prop_map(String::into_bytes),
            proptest::collection::vec(any::<u8>(), 0..30),
            "(\\PC|[東😀e\u{301}\u{202e}\u{200d}\r\n\t\u{8}]){0,30}".prop_map(String::into_bytes),
            proptest::sample::select(vec![
                "\x1b7",
                "\x1b8",
                "\x1bM",
                "\x1bc",
                "\x1b[?1049h",
                "\x1b[?1049l",
                "\x1b[2;3r"
            ])
            .prop_map(|it| it.as_bytes().to_vec()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

        #[test]
        fn nothing_that_a_command_writes_ends_us_or_drives_our_terminal(
            steps in proptest::collection::vec((output(), 0u16..40, 0u16..12), 1..20),
        ) {
            let (command, _) = command();
            for (bytes, columns, rows) in steps {
                prop_assert!(command.wrote(&bytes));
                let mut buffer = Buffer::empty(Rect::new(0, 0, 50, 20));
                command.draw(&mut buffer, Rect::new(3, 2, columns, rows), true);
                for cell in &buffer.content {
                    let shown = cell.symbol();
                    let is_fit = printable(shown) == shown || shown == "\u{fffd}";
                    prop_assert!(is_fit, "{:?}", shown);
                }
                let left = left(&command);
                let plain: String = vt100::capture::basic_formatted_to_plain(&left).collect();
                prop_assert!(!plain.chars().any(|it| it.is_control() && !"\r\n".contains(it)), "{:?}", left);
            }
        }
    }
}
