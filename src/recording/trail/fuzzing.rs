//! What fuzz targets (`fuzz/`) reach of this. No part of the API: it may change at any time.

use std::io::Write as _;

use crate::recording::trail::calls::Trail;
use crate::recording::trail::files::Content;
use crate::recording::trail::input::{Input, Options};
use crate::recording::trail::kind::Kind;
use crate::recording::trail::told::Told;

/// The summary of a file with these bytes, whatever it is; `None` where it is nothing that is read as events or as a summary, or
/// is refused.
pub fn summary_of(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut copy = tempfile::spooled_tempfile(bytes.len() + 1);
    copy.write_all(bytes).ok()?;
    let mut content = Content::Copied(copy);
    let kind = Kind::of(&content.beginning().ok()?);
    if kind == Kind::Recording {
        return None;
    }
    let input = Input { number: 0, name: String::new(), content, kind };
    let trail = Trail::read(vec![input], Told::default(), Options::default()).ok()?;
    let mut summary = Vec::new();
    trail.write(&mut summary).ok()?;
    Some(summary)
}
