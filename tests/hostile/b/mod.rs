//! Files, settings and secrets.

/// Links that others have laid.
#[cfg(unix)]
mod links;
/// Who can read and write what we make.
#[cfg(unix)]
mod modes;
/// What a run leaves on disk, and where.
#[cfg(unix)]
mod run_folder;
/// Whose settings are in force.
mod settings;

/// Says that a test did not run, and why, where `scripts/test` repeats it at its end.
#[cfg(unix)]
fn skipped(test: &str, reason: &str) {
    use std::io::Write as _;
    if let Some(list) = std::env::var_os("LEASTWISE_SKIPPED") {
        let mut list = std::fs::OpenOptions::new().create(true).append(true).open(list).unwrap();
        list.write_all(format!("{test}: {reason}\n").as_bytes()).unwrap();
    }
}

/// Runs it to its end, which it must come to.
#[cfg(unix)]
fn ended(command: &mut std::process::Command) -> std::process::Output {
    use std::process::Stdio;
    use std::time::{Duration, Instant};
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(30);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > end {
            child.kill().unwrap();
            panic!("it waits: {:?}", child.wait_with_output().unwrap());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().unwrap()
}
