//! What fuzz targets (`fuzz/`) reach of the commands. No part of the API: it may change at any time.

use crate::cli::settings_file;

/// The words that a `leastwise.toml` of the working directory with these bytes puts on the command line of each command;
/// `None` when it is refused.
pub fn settings_of_a_directory(bytes: &[u8]) -> Option<Vec<(String, Vec<String>)>> {
    settings_file::words_of_a_directory(bytes)
}
