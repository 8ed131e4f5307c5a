//! Values as they stand in a record's text.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// The text that a value is; none where it is of another type.
pub(super) fn said(raw: Option<&RawValue>) -> Option<Cow<'_, str>> {
    said_in(raw.map(RawValue::get))
}

/// The same of a value as it stands.
pub(super) fn said_in(value: Option<&str>) -> Option<Cow<'_, str>> {
    let text = value?;
    let inside = text.strip_prefix('"')?.strip_suffix('"')?;
    if inside.contains('\\') {
        return serde_json::from_str(text).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inside))
}

/// The JSON object that a value is, or that is in its text, as queries give it.
pub(super) fn nested(raw: Option<&RawValue>) -> Option<Cow<'_, str>> {
    nested_in(raw.map(RawValue::get))
}

/// The same of a value as it stands.
pub(super) fn nested_in(value: Option<&str>) -> Option<Cow<'_, str>> {
    let value = value?;
    match value.as_bytes().first() {
        Some(b'{') => Some(Cow::Borrowed(value)),
        Some(b'"') => said_in(Some(value)).filter(|text| text.trim_start().starts_with('{')),
        _ => None,
    }
}

/// The name of a member, borrowed where nothing in it is escaped.
#[derive(Deserialize)]
pub(super) struct Name<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);
