//! The manual pages, one per subcommand, from the same definitions as `--help`.

use std::io::{self, Write};

use clap::Command;
use clap_mangen::roff::{Roff, roman};

/// The page of a command, in roff.
///
/// # Errors
///
/// When it cannot be made.
pub(crate) fn page(command: &Command) -> io::Result<String> {
    let mut page = Vec::new();
    write_sections(command, &mut page)?;
    // Each section comes with a preamble, which a page has once.
    let preamble = Roff::new().render();
    let sections = String::from_utf8_lossy(&page).replace(&preamble, "");
    Ok(format!("{preamble}{sections}"))
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
