//! Keys out of the bytes of a Unix terminal; the sequences are taken apart by the parser of Alacritty (`vte`).

use vte::{Params, Parser, Perform};

use crate::view::frame::Key;

const ESCAPE: u8 = 0x1b;
/// Ctrl-], as telnet has it.
const SWITCH: u8 = 0x1d;

/// Takes bytes as they come, also where a sequence is cut in two.
#[derive(Default)]
pub(super) struct Decoder {
    parser: Parser,
    found: Found,
    /// The last byte was an escape character: a key by itself, unless something follows.
    escaped: bool,
    /// Whether a key switches between a command and us.
    switches: bool,
    /// Whether the command has the keyboard: bytes are its own.
    raw: bool,
}

#[derive(Default)]
struct Found {
    keys: Vec<Key>,
    /// Between the marks of a paste.
    pasting: bool,
    /// After `ESC O`, which some terminals send for arrows: the next letter is the key.
    single_shift: bool,
}

impl Decoder {
    /// `switches`: there is a command, which has the keyboard at first.
    pub(super) fn new(switches: bool) -> Decoder {
        Decoder { switches, raw: switches, ..Decoder::default() }
    }

    /// The command has the keyboard for good.
    pub(super) fn pass(&mut self) {
        self.switches = false;
        self.raw = true;
    }

    /// The keys of some bytes.
    pub(super) fn decode(&mut self, bytes: &[u8]) -> Vec<Key> {
        // Each is looked at by itself, for two escape characters after each other are one key each.
        for byte in bytes {
            if self.switches && *byte == SWITCH {
                self.raw = !self.raw;
                self.escaped = false;
                self.parser = Parser::new();
                self.found.keys.push(Key::Switch);
                continue;
            }
            if self.raw {
                self.found.keys.push(Key::Byte(*byte));
                continue;
            }
            if self.escaped && *byte == ESCAPE {
                self.found.keys.push(Key::Escape);
            }
            self.escaped = *byte == ESCAPE;
            self.parser.advance(&mut self.found, &[*byte]);
        }
        std::mem::take(&mut self.found.keys)
    }

    /// No more came for a while.
    pub(super) fn nothing_follows(&mut self) -> Vec<Key> {
        if !std::mem::take(&mut self.escaped) {
            return Vec::new();
        }
        self.parser = Parser::new();
        vec![Key::Escape]
    }
}

impl Found {
    fn key(&mut self, key: Key) {
        if !self.pasting {
            self.keys.push(key);
        }
    }

    fn arrow(&mut self, letter: char) {
        match letter {
            'A' => self.key(Key::Up),
            'B' => self.key(Key::Down),
            'F' => self.key(Key::End),
            'H' => self.key(Key::Home),
            'M' => self.key(Key::Enter),
            'Z' => self.key(Key::BackTab),
            _ => {}
        }
    }
}

impl Perform for Found {
    fn print(&mut self, c: char) {
        if std::mem::take(&mut self.single_shift) {
            self.arrow(c);
        } else if self.pasting {
            self.keys.push(Key::Pasted(c));
        } else if c == '\u{7f}' {
            self.key(Key::Backspace);
        } else {
            self.key(Key::Char(c));
        }
    }

    fn execute(&mut self, byte: u8) {
        self.single_shift = false;
        match byte {
            3 => self.key(Key::Interrupt),
            8 | 0x7f => self.key(Key::Backspace),
            b'\t' => self.key(Key::Tab),
            b'\n' | b'\r' => self.key(Key::Enter),
            12 => self.key(Key::Redraw),
            _ => {}
        }
    }

    fn csi_dispatch(&mut self, params: &Params, _: &[u8], ignore: bool, action: char) {
        if ignore {
            return;
        }
        let number = params.iter().next().and_then(|it| it.first()).copied().unwrap_or_default();
        match (action, number) {
            ('~', 1 | 7) => self.key(Key::Home),
            ('~', 4 | 8) => self.key(Key::End),
            ('~', 5) => self.key(Key::PageUp),
            ('~', 6) => self.key(Key::PageDown),
            ('~', 200) => self.pasting = true,
            ('~', 201) => self.pasting = false,
            ('A' | 'B' | 'F' | 'H' | 'Z', _) => self.arrow(action),
            _ => {}
        }
    }

    fn esc_dispatch(&mut self, _: &[u8], _: bool, byte: u8) {
        self.single_shift = byte == b'O';
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(bytes: &[u8]) -> Vec<Key> {
        Decoder::default().decode(bytes)
    }

    #[test]
    fn sequences_are_one_key_and_never_letters() {
        for (bytes, key) in [
            (&b"\x1b[A"[..], Key::Up),
            (b"\x1bOB", Key::Down),
            (b"\x1b[1;5A", Key::Up),
            (b"\x1b[5~", Key::PageUp),
            (b"\x1b[6~", Key::PageDown),
            (b"\x1b[H", Key::Home),
            (b"\x1b[1~", Key::Home),
            (b"\x1bOF", Key::End),
            (b"\x1b[Z", Key::BackTab),
            (b"q", Key::Char('q')),
            ("é".as_bytes(), Key::Char('é')),
            (b"\x7f", Key::Backspace),
            (b"\r", Key::Enter),
            (b"\t", Key::Tab),
            (b"\x03", Key::Interrupt),
            (b"\x0c", Key::Redraw),
        ] {
            assert_eq!(keys(bytes), [key], "{bytes:?}");
            // However it is cut.
            let mut decoder = Decoder::default();
            let found: Vec<Key> = bytes.iter().flat_map(|byte| decoder.decode(&[*byte])).collect();
            assert_eq!(found, [key], "{bytes:?}");
        }
        for nothing in [&b"\x1b[I"[..], b"\x1bOq", b"\x1bq", b"\x1b[?1;2c", b"\x1b[<0;1;1M"] {
            assert_eq!(keys(nothing), [], "{nothing:?}");
        }
    }

    #[test]
    fn an_escape_by_itself_is_a_key() {
        let mut decoder = Decoder::default();
        assert_eq!(decoder.decode(b"\x1b"), []);
        assert_eq!(decoder.nothing_follows(), [Key::Escape]);
        assert_eq!(decoder.nothing_follows(), []);
        assert_eq!(decoder.decode(b"q"), [Key::Char('q')], "and what comes after it is another");
        assert_eq!(decoder.decode(b"\x1b\x1b"), [Key::Escape]);
        assert_eq!(decoder.nothing_follows(), [Key::Escape]);
    }

    #[test]
    fn the_command_gets_each_byte_until_the_keyboard_is_switched() {
        let mut decoder = Decoder::new(true);
        let bytes = [Key::Byte(b'q'), Key::Byte(0x1b), Key::Byte(3), Key::Switch, Key::Char('q')];
        assert_eq!(decoder.decode(b"q\x1b\x03\x1dq"), bytes);
        assert_eq!(decoder.decode(b"\x1dq"), [Key::Switch, Key::Byte(b'q')]);
        assert_eq!(keys(b"\x1d"), [], "without a command it is nothing");
    }

    #[test]
    fn what_is_pasted_is_no_command() {
        let pasted = keys(b"\x1b[200~qw\n\x1b[201~c");
        assert_eq!(pasted, [Key::Pasted('q'), Key::Pasted('w'), Key::Char('c')]);
    }
}
