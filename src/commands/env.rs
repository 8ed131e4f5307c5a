//! `leastwise env`: what leads the programs of a shell to the `listen` that runs.

use crate::cli::Env;
use crate::clients::exports::{Reader, lines};
use crate::clients::listening;
use crate::failure::Failure;
use crate::output::print;

/// Prints it, and returns the exit code.
///
/// # Errors
///
/// When nobody listens, or several do and none is named; when it cannot be printed.
pub(super) fn run(options: Env) -> Result<i32, Failure> {
    let found = listening::one(options.process)?;
    let reader = match options {
        Env { fish: true, .. } => Reader::Fish,
        Env { powershell: true, .. } => Reader::PowerShell,
        Env { docker: true, .. } | Env { github: true, .. } => Reader::File,
        _ if cfg!(windows) => Reader::PowerShell,
        _ => Reader::Sh,
    };
    let mut text = String::new();
    if let Some(folder) = found.folder.as_ref().filter(|_| options.docker) {
        let folder = folder.display();
        text += &format!(
            "# docker run --network host --volume {folder}:{folder}:ro --env-file THIS-FILE IMAGE\n"
        );
    }
    let variables = found.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for line in lines(variables, reader) {
        text += &line;
        text.push('\n');
    }
    Ok(print::show(&text)?)
}
