//! What the binary says about itself to shells and to `man`.

use clap::Args;
use clap_complete::Shell;

const COMPLETIONS_HELP: &str = "\
Examples:
  leastwise completions bash >> ~/.bash_completion
  leastwise completions zsh > ~/.zfunc/_leastwise
  leastwise completions fish > ~/.config/fish/completions/leastwise.fish
  leastwise completions powershell >> $PROFILE
  leastwise completions elvish >> ~/.config/elvish/rc.elv
";

/// `leastwise completions`.
#[derive(Debug, Args)]
#[command(after_help = COMPLETIONS_HELP)]
pub(crate) struct Completions {
    /// Which shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// `leastwise man`.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The subcommand that the page is about; without it: `leastwise` itself
    #[arg(value_name = "SUBCOMMAND")]
    pub subcommand: Vec<String>,
}

const ENV_HELP: &str = "\
Examples:
  eval \"$(leastwise env)\"
  leastwise env --fish | source
  leastwise env --powershell | Out-String | Invoke-Expression
  leastwise env --github >> \"$GITHUB_ENV\"
  docker run --network host --env-file <(leastwise env --docker) IMAGE
";

/// `leastwise env`.
#[derive(Debug, Args)]
#[command(after_help = ENV_HELP)]
pub(crate) struct Env {
    /// For fish
    #[arg(long, group = "reader")]
    pub fish: bool,

    /// For PowerShell, as without an option on Windows
    #[arg(long, group = "reader")]
    pub powershell: bool,

    /// As a file for docker run --env-file; a comment in it says what else to pass
    #[arg(long, group = "reader")]
    pub docker: bool,

    /// As lines for the file that GITHUB_ENV names, for the later steps of a job
    #[arg(long, group = "reader")]
    pub github: bool,

    /// The process of the `leastwise listen` that is meant, where several run
    #[arg(long, value_name = "ID")]
    pub process: Option<u32>,
}
