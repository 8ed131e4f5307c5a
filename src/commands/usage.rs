//! Help, the version, and wrong usage, printed.

use std::ffi::OsString;
use std::io::{self, Write as _};

use clap::Error;
use clap::error::ErrorKind;

use crate::cli::usage;
use crate::failure::Failure;
use crate::output::closed;
use crate::output::console::{Console, Verbosity};
use crate::output::error::OutputError;
use crate::output::print::unless_gone;

/// Prints help and the version as they are, and says of anything else what is wrong and where to
/// look. Returns the exit code. `words` is the command line, `origin` the settings file or variable that it is about.
pub(crate) fn explain(error: &Error, words: &[OsString], origin: Option<&str>) -> i32 {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // A reader of the help that has gone away (`| head`) has seen enough.
            let printed = if closed::is_closed() {
                Err(closed::error())
            } else {
                error.print().and_then(|()| io::stdout().flush())
            };
            match unless_gone(printed) {
                Err(error) => {
                    let failure = Failure::from(OutputError::Unprintable(error));
                    Console::new(Verbosity::Quiet).warn(&failure);
                    failure.exit_code()
                }
                Ok(()) => 0,
            }
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
            2
        }
        _ => {
            Console::new(Verbosity::Quiet).warn(match origin {
                Some(origin) => format!("{origin}: {}", usage::sentence(error, words)),
                None => usage::sentence(error, words),
            });
            2
        }
    }
}
