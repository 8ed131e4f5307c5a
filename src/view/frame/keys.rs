//! What somebody typed, and what it asks of others.

/// A key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A character.
    Char(char),
    /// A character of a text that was pasted: no command, whatever it is.
    Pasted(char),
    /// A byte for the command, which has the keyboard.
    Byte(u8),
    /// Ctrl-]: the keyboard goes to the command, or back.
    Switch,
    /// Ctrl-C, where it comes as a key.
    Interrupt,
    /// Ctrl-L: everything is drawn anew.
    Redraw,
    /// Up, by an arrow.
    Up,
    /// Down, by an arrow.
    Down,
    /// A screenful up.
    PageUp,
    /// A screenful down.
    PageDown,
    /// To the beginning.
    Home,
    /// To the end.
    End,
    /// To the next pane.
    Tab,
    /// To the pane before.
    BackTab,
    /// Enter.
    Enter,
    /// Escape.
    Escape,
    /// Backspace.
    Backspace,
}

/// What a key asks of whoever owns the view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// End the recording.
    Quit,
    /// Write the policy now.
    Write,
    /// Copy the policy.
    Copy,
    /// Say why a line is there: [`State::explain`](super::State::explain) shows it.
    Explain(Subject),
}

/// What is to be explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Actions on resources of the policy.
    Granted {
        /// The actions.
        actions: Vec<String>,
        /// The resources.
        resources: Vec<String>,
    },
    /// A call, by service and operation.
    Called {
        /// The service (`s3`).
        service: String,
        /// The operation (`PutObject`), where it is known.
        operation: Option<String>,
        /// How it ended.
        ended: String,
    },
}
