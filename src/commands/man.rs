//! `leastwise man`: the manual pages, one per subcommand, from the same definitions as `--help`.

use std::io::{self, Write};

use clap::{Command, CommandFactory};
use clap_mangen::roff::{Roff, roman};

use crate::child::error::Refused;
use crate::cli::{Cli, Man};
use crate::commands::failure::Failure;
use crate::output::print;

/// Prints a page in roff, and returns the exit code.
///
/// # Errors
///
/// When there is no such subcommand, or the page cannot be printed.
pub(super) fn run(options: Man) -> Result<i32, Failure> {
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build(); // gives subcommands their full names
    let mut command = &root;
    for name in &options.subcommand {
        command = command
            .find_subcommand(name)
            .ok_or_else(|| Failure::NoPage(options.subcommand.join(" ")))?;
    }
    let mut page = Vec::new();
    write_sections(command, &mut page).map_err(|error| Refused { what: "a manual page", error })?;
    // Each section comes with a preamble, which a page has once.
    let preamble = Roff::new().render();
    let sections = String::from_utf8_lossy(&page).replace(&preamble, "");
    Ok(print::show(&format!("{preamble}{sections}"))?)
}

fn write_sections(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    let man = clap_mangen::Man::new(command.clone())
        .source(concat!("leastwise ", env!("CARGO_PKG_VERSION")))
        .manual("User Commands");
    man.render_title(page)?;
    man.render_name_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    if command.get_arguments().any(|it| !it.is_hide_set()) {
        man.render_options_section(page)?;
    }
    if command.get_subcommands().any(|it| !it.is_hide_set()) {
        man.render_subcommands_section(page)?;
    }
    if let Some(rest) = command.get_after_help() {
        write_rest(&rest.to_string(), page)?;
    }
    let mut see_also = Roff::new();
    see_also.control("SH", ["SEE ALSO"]);
    see_also.text([roman(others(command))]);
    see_also.to_writer(page)
}

/// What stands after the options in `--help`: paragraphs whose first line, `Examples:`, is their heading, and whose
/// lines stay as they are.
fn write_rest(text: &str, page: &mut Vec<u8>) -> io::Result<()> {
    for paragraph in text.split("\n\n").map(str::trim_end).filter(|it| !it.is_empty()) {
        let mut roff = Roff::new();
        let mut lines = paragraph.lines().peekable();
        let heading = lines.next_if(|line| !line.starts_with(' ')).unwrap_or_default();
        let name = match heading.trim_end_matches(':') {
            "Exit codes" => "EXIT STATUS".to_owned(),
            other => other.to_uppercase(),
        };
        roff.control("SH", [name.as_str()]);
        roff.control("nf", []);
        for line in lines {
            roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
        }
        roff.control("fi", []);
        roff.to_writer(page)?;
    }
    page.flush()
}

/// The page that leads to the others.
fn others(command: &Command) -> &'static str {
    match command.get_display_name() {
        None | Some("leastwise") => "The pages of the subcommands, such as leastwise-run(1)",
        Some(_) => "leastwise(1)",
    }
}
