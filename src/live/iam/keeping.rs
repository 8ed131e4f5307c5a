//! The thread that reads what is to be read again.

use std::sync::Arc;
use std::{io, thread};

use crate::live::enforcing::Enforcement;
use crate::live::iam::reader::Reader;
use crate::live::iam::upkeep::Upkeep;
use crate::output::console::Console;

/// Begins to read for this enforcement what is to be read again, in a thread that ends with the process.
///
/// # Errors
///
/// When the thread cannot be started.
pub fn keep_current(
    upkeep: Arc<Upkeep>,
    enforcement: Arc<Enforcement>,
    mut reader: Reader,
    console: Console,
) -> io::Result<()> {
    let keep = move || {
        loop {
            let (parts, number) = upkeep.next();
            let wanted = enforcement.guard().wanted_policies();
            let failed = match reader.read(&parts, &wanted) {
                Ok(read) => {
                    enforcement.guard().replace_iam(read);
                    None
                }
                Err(error) => {
                    console.warn(format_args!(
                        "the stand-in's IAM cannot be read again, so calls are refused until it can: {error}"
                    ));
                    Some((parts, error.to_string()))
                }
            };
            for sentence in reader.take_notes() {
                console.warn(sentence);
            }
            upkeep.done(number, failed);
        }
    };
    thread::Builder::new().name("iam".to_owned()).spawn(keep)?;
    Ok(())
}
