//! Where a summary of recordings goes: a file, which is replaced whole, or a stream.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read as _, Write};
use std::path::Path;

use crate::output::error::OutputError;
use crate::replace;

/// The beginning of a recording.
const BEGINNING: &[u8] = br#"{"v":"#;

/// Makes sure that the file, if there is one, is a recording or empty; `force` permits any.
///
/// # Errors
///
/// When it is something else, cannot be read, or none can be made beside it.
pub(crate) fn check(path: &Path, force: bool) -> Result<(), OutputError> {
    let shown = || path.display().to_string();
    let unwritable = |error| OutputError::Unwritable { path: shown(), error };
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Err(OutputError::Directory(shown())),
        Ok(found) if !found.is_file() => return Ok(()),
        Ok(_) if !force => {
            let mut beginning = Vec::new();
            let file = File::open(path).map_err(unwritable)?;
            let most = BEGINNING.len() as u64;
            file.take(most).read_to_end(&mut beginning).map_err(unwritable)?;
            if !beginning.is_empty() && beginning != BEGINNING {
                return Err(OutputError::NotARecording(shown()));
            }
        }
        Ok(_) | Err(_) => {}
    }
    if !replace::folder_of(path).is_dir() {
        return Err(OutputError::NoDirectory(shown()));
    }
    replace::try_beside(path).map_err(unwritable)
}

/// Writes to the file, or to standard output where there is none.
///
/// # Errors
///
/// When it cannot be written.
pub(crate) fn write<T>(
    path: Option<&Path>,
    write: impl FnOnce(&mut dyn Write) -> io::Result<T>,
) -> Result<T, OutputError> {
    let Some(path) = path else {
        let mut output = BufWriter::new(io::stdout().lock());
        let written = write(&mut output).and_then(|it| output.flush().map(|()| it));
        return written.map_err(OutputError::Unprintable);
    };
    let failed = |error| OutputError::Failed { path: path.display().to_string(), error };
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        let stream = OpenOptions::new().write(true).open(path).map_err(failed)?;
        let mut output = BufWriter::new(stream);
        let written = write(&mut output).and_then(|it| output.flush().map(|()| it));
        return written.map_err(failed);
    }
    replace::replace_private_by(path, |output| write(output)).map_err(failed)
}
