//! The command line: clap definitions.
