//! What each key does.

use super::calls::{self, Calls};
use super::keys::{Input, Key, Subject};
use super::layout::counted;
use super::lists::{Callers, Denials};
use super::look::{Look, Pane};
use super::overlay::{self, Overlay};
use super::place::{Motion, Place};
use super::policy::Policy;
use super::screen::frame;
use super::state::State;

/// What is looked for may be so long.
const LONGEST_FILTER: usize = 200;

impl State {
    /// Does what keys do that came at once; what they ask of the owner of the view is returned, in their order.
    pub fn typed(&mut self, keys: &[Key]) -> Vec<Input> {
        // What a key leads to depends on what the one before has done: it is laid out again in between where that matters.
        // Neither the letter q in a line that was pasted nor one of a word may end a recording.
        let alone = keys.iter().all(|key| !matches!(key, Key::Char(c) if !matches!(c, 'q' | 'Q')));
        let mut asked = Vec::new();
        let mut bytes = Vec::new();
        for key in keys {
            match key {
                Key::Byte(byte) => {
                    bytes.push(*byte);
                    continue;
                }
                Key::Switch => {
                    self.look.in_command = self.command.is_some() && !self.look.in_command;
                    self.look.overlay = None;
                    self.look.stale = true;
                    continue;
                }
                // As ever it interrupts the command, whoever has the keyboard.
                Key::Interrupt if self.command.is_some() => {
                    bytes.push(3);
                    continue;
                }
                _ => {}
            }
            if *key == Key::Interrupt {
                asked.push(Input::Quit);
            } else if self.look.typing {
                self.look.type_filter(*key);
                self.look.stale = true;
            } else if self.look.overlay.is_some() {
                asked.extend(self.in_overlay(*key, alone));
            } else {
                asked.extend(self.command(*key, alone));
            }
        }
        if !bytes.is_empty() && self.command.as_ref().is_some_and(|it| !it.type_in(&bytes)) {
            self.say("the command does not read what is typed");
        }
        asked
    }

    /// Shows an explanation above the panes.
    pub fn explain(&mut self, title: impl Into<String>, text: &str) {
        self.look.overlay = Some(Overlay::text(title.into(), text));
    }

    /// How many columns an explanation has.
    pub fn explained_columns(&self, width: u16) -> usize {
        overlay::columns(width)
    }

    fn in_overlay(&mut self, key: Key, alone: bool) -> Option<Input> {
        let overlay = self.look.overlay.as_mut()?;
        if let Some(motion) = motion(key) {
            overlay.go(motion);
            return None;
        }
        match key {
            Key::Char('q' | 'Q') if !alone => {}
            // One key closes what another has opened; `q` ends no recording from here.
            Key::Escape | Key::Enter | Key::Char('q' | 'Q' | 'e' | '?') => self.look.overlay = None,
            Key::Char('w') => return Some(Input::Write),
            Key::Char('c') => return Some(Input::Copy),
            _ => {}
        }
        None
    }

    fn command(&mut self, key: Key, alone: bool) -> Option<Input> {
        if self.look.stale {
            let (columns, rows) = self.look.size;
            frame(self, columns, rows);
        }
        self.look.stale = true;
        if let Some(motion) = motion(key) {
            self.look.chose = true;
            self.look.places[self.look.focus as usize].go(motion);
            return None;
        }
        match key {
            Key::Char('q' | 'Q') => return alone.then_some(Input::Quit),
            Key::Char('w') => return Some(Input::Write),
            Key::Char('c') => return Some(Input::Copy),
            Key::Char('e') | Key::Enter => return self.pointed_at(),
            Key::Char('?') => self.look.overlay = Some(Overlay::help()),
            Key::Char('/') => self.look.typing = true,
            Key::Char(digit @ '1'..='4') => {
                self.focus(Pane::ALL[digit as usize - '1' as usize]);
            }
            Key::Tab => self.focus(Pane::ALL[(self.look.focus as usize + 1) % 4]),
            Key::BackTab => self.focus(Pane::ALL[(self.look.focus as usize + 3) % 4]),
            Key::Escape => self.escape(),
            _ => {}
        }
        None
    }

    fn focus(&mut self, pane: Pane) {
        self.look.focus = pane;
        self.look.chose = true;
    }

    /// Takes back one thing: what is told, what is looked for, where the reader has gone.
    fn escape(&mut self) {
        if self.untell() {
            return;
        }
        if !self.look.filter.is_empty() {
            self.look.filter.clear();
            return;
        }
        let was_read = self.look.reads_calls();
        self.look.places.iter_mut().for_each(Place::follow);
        self.look.chose = false;
        if was_read {
            self.order_calls();
        }
    }

    /// What to say of the line under the cursor; where the view knows all of it, it shows that itself.
    fn pointed_at(&mut self) -> Option<Input> {
        self.look.chose = true;
        let pane = self.look.focus;
        let index = self.look.places[pane as usize].point()?;
        let filter = self.look.filter.clone();
        let text = match pane {
            Pane::Policy => {
                let rows = std::mem::take(&mut self.look.policy.rows);
                let subject = Policy::of(self, &rows).subject(index);
                self.look.policy.rows = rows;
                return subject.map(Input::Explain);
            }
            Pane::Calls => {
                let (kind, repeated) = Calls::of(self, &filter).get(index)?;
                return Some(Input::Explain(Subject::Called {
                    service: kind.service.to_string(),
                    operation: kind.operation.as_ref().map(ToString::to_string),
                    ended: calls::ended(kind, repeated.times),
                }));
            }
            Pane::Denials => {
                let denial = Denials::of(&self.denials, &filter).get(index)?;
                let times = counted(denial.times, "call", "calls");
                format!("{}, {times}\n\n{}\n\n{}", denial.call, denial.why, denial.words)
            }
            Pane::Principals => {
                let caller = Callers::of(&self.callers, &filter).get(index)?;
                let calls = counted(caller.calls, "call", "calls");
                format!("{}\n\n{calls}\n{}", caller.name, caller.note)
            }
        };
        let title = if pane == Pane::Denials { "denied" } else { "principal" };
        self.explain(title, &text);
        None
    }
}

impl Look {
    fn type_filter(&mut self, key: Key) {
        match key {
            Key::Char(c) | Key::Pasted(c) => {
                if !c.is_control() && self.filter.len() < LONGEST_FILTER {
                    self.filter.push(c);
                }
            }
            Key::Backspace if self.filter.pop().is_none() => self.typing = false,
            Key::Enter => self.typing = false,
            Key::Escape => {
                self.typing = false;
                self.filter.clear();
            }
            // Arrows scroll what was found so far; letters were typed above.
            key => {
                if let Some(motion) = motion(key) {
                    self.places[self.focus as usize].go(motion);
                }
            }
        }
    }
}

fn motion(key: Key) -> Option<Motion> {
    Some(match key {
        Key::Up | Key::Char('k') => Motion::Up,
        Key::Down | Key::Char('j') => Motion::Down,
        Key::PageUp => Motion::PageUp,
        Key::PageDown | Key::Char(' ') => Motion::PageDown,
        Key::Home | Key::Char('g') => Motion::Home,
        Key::End | Key::Char('G') => Motion::End,
        _ => return None,
    })
}
