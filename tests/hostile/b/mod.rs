//! Files, settings and secrets.

mod authority;
mod workflows;
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
