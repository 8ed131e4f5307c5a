//! What the catalogue is made from, as `data/sources.toml` has it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Pin {
    package: String,
    version: String,
    #[serde(default)]
    date: String,
    /// The catalogue is made without it.
    #[serde(default)]
    only_tests: bool,
}

/// A line for each: package, version, date, and `past` behind those whose newest release is another. The newest come first,
/// those of the past from the oldest on.
pub(crate) fn text(file: &Path) -> Result<String, String> {
    let failed = |problem: String| format!("{}: {problem}", file.display());
    let text = fs::read_to_string(file).map_err(|error| failed(error.to_string()))?;
    let pins: BTreeMap<String, Pin> =
        toml::from_str(&text).map_err(|error| failed(error.to_string()))?;
    let pins = pins.into_iter().filter(|(_, pin)| !pin.only_tests);
    let mut pins: Vec<(bool, Pin)> =
        pins.map(|(section, pin)| (section.starts_with("botocore-"), pin)).collect();
    if let Some((_, pin)) = pins.iter().find(|(_, pin)| pin.date.is_empty()) {
        return Err(failed(format!("{} has no date", pin.package)));
    }
    pins.sort_by(|(past, pin), (other_past, other)| {
        past.cmp(other_past)
            .then_with(|| if *past { pin.date.cmp(&other.date) } else { other.date.cmp(&pin.date) })
    });
    let line = |(past, Pin { package, version, date, .. }): &(bool, Pin)| {
        format!("{package} {version} {date}{}\n", if *past { " past" } else { "" })
    };
    Ok(pins.iter().map(line).collect())
}
