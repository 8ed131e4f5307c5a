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
