//! Options of the proxy where there is no proxy: `--upstream` that nothing heeds would let a deployment go to the real AWS.

use clap::ArgMatches;
use clap::parser::ValueSource;

use crate::cli::error::CliError;
use crate::cli::settings_file::Applied;
use crate::cli::values::Mode;

/// Those that lead requests somewhere else than to AWS.
const LEADING: [&str; 2] = ["upstream", "aws_redirect_host"];
/// The others, which say what the proxy is and does.
const OTHERS: [&str; 8] = [
    "upstream_ca",
    "upstream_proxy",
    "intercept",
    "no_java",
    "debug",
    "bind_addr",
    "ca_bundle",
    "ca_key",
];

/// Makes sure that no option of the proxy is given to a command that has none. What a settings file or a variable says for
/// every command is not refused where nothing hangs on it: what is to be said of it is returned.
///
/// # Errors
///
/// When there is one.
pub(crate) fn check(matches: &ArgMatches, applied: &[Applied]) -> Result<Vec<String>, CliError> {
    let mut notes = Vec::new();
    let Some((command, matches)) = matches.subcommand() else { return Ok(notes) };
    let Ok(Some(mode)) = matches.try_get_one::<Mode>("mode") else { return Ok(notes) };
    if mode.has_proxy() {
        return Ok(notes);
    }
    let by_default = match matches.value_source("mode") {
        Some(ValueSource::CommandLine) => "--mode csm".to_owned(),
        _ => format!("--mode csm, the default of `{command}`"),
    };
    for name in LEADING.into_iter().chain(OTHERS) {
        if !is_given(matches, name) {
            continue;
        }
        let option = name.replace('_', "-");
        let origin = applied.iter().find(|it| it.option == option).map(|it| it.origin.as_str());
        let given = match origin {
            Some(origin) => format!("{origin}: {option}"),
            None => format!("--{option}"),
        };
        let consequence = if LEADING.contains(&name) {
            "calls would go to AWS itself"
        } else {
            "it would have no effect"
        };
        match origin {
            Some(origin) if !LEADING.contains(&name) => {
                if !matches.get_flag("quiet") {
                    notes.push(format!(
                        "leastwise: {origin}: {option} has no effect without the proxy ({by_default})"
                    ));
                }
            }
            _ => {
                let or = match origin {
                    Some(_) => format!("turn it off with --no-{option}"),
                    None => format!("leave --{option} out"),
                };
                return Err(CliError::WithoutProxy { given, mode: by_default, consequence, or });
            }
        }
    }
    Ok(notes)
}

/// Whether an option is given; `run` lacks some of them.
fn is_given(matches: &ArgMatches, name: &str) -> bool {
    matches.try_contains_id(name).is_ok_and(|there| there)
        && matches.value_source(name) == Some(ValueSource::CommandLine)
}
