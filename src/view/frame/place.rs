//! Where in a list its reader is. While nobody scrolls, a list follows what is new; from the first key on there is a
//! cursor, and the line beneath it stays where it is on the screen, whatever is added above it.

use std::borrow::Cow;
use std::ops::Range;

use super::text::Line;

/// The lines of a pane.
pub(super) trait Rows {
    /// How many there are.
    fn len(&self) -> usize;
    /// What a line is known by when the list has changed.
    fn key(&self, index: usize) -> Cow<'_, str>;
    /// The line, for so many columns.
    fn line(&self, index: usize, columns: usize) -> Line;
}

/// A way through a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Motion {
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
}

/// Where a reader is.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    cursor: Option<Cursor>,
    top: usize,
    /// What is followed while there is no cursor.
    followed: usize,
    /// How many lines were on the screen, and in the list, when it was drawn.
    rows: usize,
    total: usize,
}

#[derive(Debug, Clone)]
struct Cursor {
    index: usize,
    /// What is beneath it; unknown until it is drawn.
    key: Option<String>,
}

impl Place {
    /// Whether what is new is followed.
    pub(super) fn follows(&self) -> bool {
        self.cursor.is_none()
    }

    /// Goes back to following what is new.
    pub(super) fn follow(&mut self) {
        self.cursor = None;
        self.top = 0;
    }

    /// The line under the cursor.
    pub(super) fn cursor(&self) -> Option<usize> {
        self.cursor.as_ref().map(|it| it.index)
    }

    /// How many lines there are.
    pub(super) fn total(&self) -> usize {
        self.total
    }

    /// The first line on the screen.
    pub(super) fn top(&self) -> usize {
        self.top
    }

    /// Puts the cursor on what is followed, if it is nowhere; the line under it.
    pub(super) fn point(&mut self) -> Option<usize> {
        if self.cursor.is_none() && self.total > 0 {
            self.cursor = Some(Cursor { index: self.followed.min(self.total - 1), key: None });
        }
        self.cursor()
    }

    /// Moves the cursor.
    pub(super) fn go(&mut self, motion: Motion) {
        let began = self.cursor.is_none();
        let Some(index) = self.point() else { return };
        let last = self.total - 1;
        let page = self.rows.saturating_sub(1).max(1);
        let index = match motion {
            // The first key shows where the cursor is.
            Motion::Up | Motion::Down if began => index,
            Motion::Up => index.saturating_sub(1),
            Motion::Down => index + 1,
            Motion::PageUp => index.saturating_sub(page),
            Motion::PageDown => index + page,
            Motion::Home => 0,
            Motion::End => last,
        };
        self.cursor = Some(Cursor { index: index.min(last), key: None });
    }

    /// Finds its place in a list that may have changed, for a screen of `rows` lines. `newest` are the lines to follow.
    pub(super) fn settle(&mut self, list: &dyn Rows, rows: usize, newest: Range<usize>) {
        self.rows = rows;
        self.total = list.len();
        self.followed = newest.start.min(self.total.saturating_sub(1));
        let most = self.total.saturating_sub(rows);
        let Some(cursor) = self.cursor.as_mut().filter(|_| self.total > 0) else {
            self.cursor = None;
            self.top = shown(self.top, newest, rows).min(most);
            return;
        };
        if let Some(key) = &cursor.key
            && let Some(found) = nearest(list, cursor.index, key)
        {
            let above = cursor.index.saturating_sub(self.top);
            self.top = found.saturating_sub(above);
            cursor.index = found;
        }
        cursor.index = cursor.index.min(self.total - 1);
        cursor.key = Some(list.key(cursor.index).into_owned());
        self.top = shown(self.top, cursor.index..cursor.index + 1, rows).min(most);
    }
}

/// The first line on the screen, so that all of `wanted` is, or else its beginning; it moves no further than it has to.
fn shown(top: usize, wanted: Range<usize>, rows: usize) -> usize {
    top.max(wanted.end.saturating_sub(rows)).min(wanted.start)
}

/// The line of this key that is nearest to where it was.
fn nearest(list: &dyn Rows, was: usize, key: &str) -> Option<usize> {
    let total = list.len();
    (0..=total.max(was))
        .flat_map(|distance| [was.checked_sub(distance), was.checked_add(distance)])
        .flatten()
        .filter(|index| *index < total)
        .find(|index| list.key(*index) == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Names(Vec<String>);

    impl Rows for Names {
        fn len(&self) -> usize {
            self.0.len()
        }

        fn key(&self, index: usize) -> Cow<'_, str> {
            self.0[index].as_str().into()
        }

        fn line(&self, _: usize, _: usize) -> Line {
            Line::default()
        }
    }

    fn names(range: Range<usize>) -> Names {
        Names(range.rev().map(|number| number.to_string()).collect())
    }

    #[test]
    fn the_line_under_the_cursor_stays_where_it_is() {
        let mut place = Place::default();
        place.settle(&names(0..100), 10, 0..0);
        for _ in 0..4 {
            place.go(Motion::Down);
        }
        place.settle(&names(0..100), 10, 0..0);
        assert_eq!((place.cursor(), place.top()), (Some(3), 0), "the first key only shows it");
        // Seven lines come in above.
        place.settle(&names(0..107), 10, 0..0);
        assert_eq!((place.cursor(), place.top()), (Some(10), 7));
        // What is under it goes away: it stays in the list.
        place.settle(&names(0..4), 10, 0..0);
        assert_eq!((place.cursor(), place.top()), (Some(3), 0));
        place.settle(&names(0..0), 10, 0..0);
        assert!(place.follows());
    }

    #[test]
    fn a_list_that_is_followed_shows_what_is_new() {
        let mut place = Place::default();
        place.settle(&names(0..100), 10, 42..45);
        assert_eq!(place.top(), 35);
        // Already on the screen: nothing moves.
        place.settle(&names(0..100), 10, 36..38);
        assert_eq!(place.top(), 35);
        place.settle(&names(0..100), 10, 30..60);
        assert_eq!(place.top(), 30);
        place.settle(&names(0..5), 10, 0..1);
        assert_eq!(place.top(), 0);
    }

    #[test]
    fn every_way_ends_at_the_ends() {
        let mut place = Place::default();
        place.go(Motion::Down);
        assert!(place.follows(), "there is nothing");
        for (motion, index) in [
            (Motion::End, 99),
            (Motion::Down, 99),
            (Motion::PageUp, 90),
            (Motion::Home, 0),
            (Motion::Up, 0),
            (Motion::PageUp, 0),
            (Motion::PageDown, 9),
        ] {
            place.settle(&names(0..100), 10, 0..0);
            place.go(motion);
            assert_eq!(place.cursor(), Some(index), "{motion:?}");
        }
    }
}
