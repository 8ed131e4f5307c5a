//! Files, settings and secrets.

/// Whose settings are in force.
mod settings;
/// What a run leaves on disk, and where.
#[cfg(unix)]
mod run_folder;
/// Links that others have laid.
#[cfg(unix)]
mod links;
/// Who can read and write what we make.
#[cfg(unix)]
mod modes;

/// Says that a test did not run, and why, where `scripts/test` repeats it at its end.
#[cfg(unix)]
fn skipped(test: &str, reason: &str) {
    use std::io::Write as _;
    if let Some(list) = std::env::var_os("LEASTWISE_SKIPPED") {
        let mut list = std::fs::OpenOptions::new().create(true).append(true).open(list).unwrap();
        list.write_all(format!("{test}: {reason}\n").as_bytes()).unwrap();
    }
}
