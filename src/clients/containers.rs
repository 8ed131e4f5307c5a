//! Containers: what a program in one is led here by has to be passed into it.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::clients::environment::Variable;
use crate::clients::exports::{Reader, lines};

/// Programs whose commands start containers.
const ENGINES: [&str; 7] =
    ["docker", "docker-compose", "finch", "nerdctl", "podman", "podman-compose", "buildah"];

/// The variables as a file for `docker run --env-file`, in which a line is a name and its value as it is.
/// <https://docs.docker.com/reference/cli/docker/container/run/#env>
pub(super) fn env_file(variables: &[Variable]) -> String {
    let texts = variables.iter().filter_map(|(name, value)| Some((*name, value.to_str()?)));
    lines(texts, Reader::File).iter().map(|line| format!("{line}\n")).collect()
}

/// What is to be said of a command that starts containers and passes nothing into them; `None` of every other.
pub fn advice(command: &[OsString]) -> Option<&'static str> {
    let (program, arguments) = command.split_first()?;
    let name = Path::new(program).file_stem().and_then(OsStr::to_str)?;
    let has = |word: &str| arguments.iter().any(|it| it == word);
    let passes = arguments.iter().any(|it| it.to_string_lossy().contains("LEASTWISE_"));
    if passes {
        return None;
    }
    if ENGINES.contains(&name) {
        return Some(
            "programs in containers are recorded only if they get the environment of the run: `leastwise run -- sh -c 'docker run \
             --network host --env-file \"$LEASTWISE_ENV_FILE\" --volume \"$LEASTWISE_FOLDER:$LEASTWISE_FOLDER:ro\" …'`",
        );
    }
    let starts_containers = name == "sam" && (has("local") || has("--use-container") || has("-u"));
    starts_containers.then_some(
        "functions and builds that sam runs in containers are recorded only if they get the environment of the run \
         (--docker-network host, and the variables in the file that LEASTWISE_ENV_FILE names); sam itself is recorded",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advised(words: &[&str]) -> bool {
        advice(&words.iter().map(OsString::from).collect::<Vec<_>>()).is_some()
    }

    #[test]
    fn commands_that_start_containers_are_told_what_to_pass() {
        assert!(advised(&["docker", "run", "image"]));
        assert!(advised(&["/usr/bin/podman", "build", "."]));
        assert!(advised(&["sam", "build", "--use-container"]));
        assert!(advised(&["sam", "local", "invoke"]));
        assert!(!advised(&["sam", "deploy"]));
        assert!(!advised(&["dockerize"]));
        assert!(!advised(&["docker", "run", "--env-file", "$LEASTWISE_ENV_FILE", "image"]));
        assert!(!advised(&[]));
    }

    #[test]
    fn a_line_is_a_name_and_its_value() {
        let variables: Vec<Variable> =
            vec![("A", "b c".into()), ("TWO_LINES", "x\ny".into()), ("PATHS", "\"/x y\"".into())];
        assert_eq!(env_file(&variables), "A=b c\nPATHS=\"/x y\"\n");
    }
}
