//! What a settings file says. Pure: text in, settings or what is wrong with them out.

use std::collections::BTreeMap;

use clap::{Arg, Command};
use strsim::damerau_levenshtein;

use crate::cli::settings_file::allowed;
use crate::cli::settings_file::setting::{
    Origin, Source, Values, options, settable, settable_commands, variable,
};
use crate::text::Foreign;

/// The settings in a text.
///
/// # Errors
///
/// With what is wrong, to be said behind the file's name.
pub(crate) fn parse(
    cli: &Command,
    name: &str,
    text: &str,
    origin: Origin,
) -> Result<Source, String> {
    let table: toml::Table = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
        format!(", line {line}: {}", Foreign(error.message()))
    })?;
    let mut source = Source::new(name, origin);
    source.there = true;
    for (key, value) in table {
        if let toml::Value::Table(settings) = value {
            let Some(command) = settable(cli, &key) else {
                let commands = settable_commands(cli).map(Command::get_name);
                return Err(format!(
                    ": there is no command `{}` to set; the commands are {}",
                    Foreign(&key),
                    commands.collect::<Vec<_>>().join(", ")
                ));
            };
            let own = source.commands.entry(key).or_default();
            for (key, value) in settings {
                put(own, options(command), key, &value, origin)?;
            }
        } else {
            let every = settable_commands(cli).flat_map(options);
            put(&mut source.general, every, key, &value, origin)?;
        }
    }
    Ok(source)
}

fn put<'a>(
    settings: &mut BTreeMap<String, Values>,
    options: impl Iterator<Item = &'a Arg>,
    key: String,
    value: &toml::Value,
    origin: Origin,
) -> Result<(), String> {
    let names: Vec<&str> = options.filter_map(Arg::get_long).collect();
    if !names.contains(&key.as_str()) {
        return Err(unknown(&key, names.into_iter()));
    }
    if origin == Origin::Directory
        && let Some(why) = allowed::forbidden(&key)
    {
        return Err(format!(
            ": `{key}` {why}, so it is not read from the working directory, which may be somebody else's; set it in your own file (`leastwise config` names it), in one that you name with --config, as {}, or on the command line",
            variable(&key)
        ));
    }
    let values = values(&key, value)?;
    settings.insert(key, values);
    Ok(())
}

/// What is wrong, and what was meant perhaps.
fn unknown<'a>(key: &str, names: impl Iterator<Item = &'a str>) -> String {
    let distance = |name: &str| damerau_levenshtein(key, name);
    // No setting has so long a name; and the distance takes time that grows with both.
    let near = (key.len() <= 64).then(|| names.map(|it| (distance(it), it)).min()).flatten();
    let meant = near.filter(|(distance, name)| *distance <= 1 + name.len() / 4);
    let meant = meant.map_or(String::new(), |(_, name)| format!("; did you mean `{name}`?"));
    format!(": there is no setting `{}`{meant}", Foreign(key))
}

fn values(key: &str, value: &toml::Value) -> Result<Values, String> {
    let text = |value: &toml::Value| match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(is_so) => Some(is_so.to_string()),
        _ => None,
    };
    let values: Option<Values> = match value {
        toml::Value::Array(values) => values.iter().map(text).collect(),
        value => text(value).map(|it| vec![it]),
    };
    values.ok_or_else(|| {
        format!(": `{key}` must be a string, a number, true, false, or a list of those")
    })
}
