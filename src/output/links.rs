//! Links to a file that is to be written: which are followed, and which others may have laid.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::output::error::OutputError;
use crate::output::path::is_descriptor;
use crate::ownership::{foreign_owner, writable_by_others};
use crate::replace::folder_of;

/// Links that are followed one after another.
const LINKS: usize = 40;

/// Where a file is that the user named, which may be a link. A repository may have links that lead out of it, and to whoever cloned it
/// these are their own: such a link is not followed to a file, which may be any of theirs.
///
/// # Errors
///
/// When others may have laid the link, or it points outside its folder.
pub(crate) fn followed(path: &Path) -> Result<PathBuf, OutputError> {
    let shown = || path.display().to_string();
    let end = follow(path).map_err(|error| OutputError::Unwritable { path: shown(), error })?;
    if is_descriptor(path) || end == path {
        return Ok(path.to_owned());
    }
    let whole = |folder: &Path| fs::canonicalize(folder).ok();
    let leads_out = || match (whole(folder_of(path)), whole(folder_of(&end))) {
        (Some(from), Some(to)) => !to.starts_with(from),
        // There is no such folder, which is said by whoever makes the file.
        _ => false,
    };
    // What is there and is no file (a device, a pipe) is not replaced.
    let is_file = || fs::metadata(&end).map_or(true, |found| found.is_file());
    let reason = strangers_link(path)
        .or_else(|| (leads_out() && is_file()).then_some("points outside its folder"));
    reason.map_or(Ok(end), |reason| Err(OutputError::Link { path: shown(), reason }))
}

/// Whether others may have laid a link, or one that it leads to.
fn strangers_link(path: &Path) -> Option<&'static str> {
    let mut link = path.to_owned();
    for _ in 0..LINKS {
        let Ok(target) = fs::read_link(&link) else { break };
        if fs::symlink_metadata(&link).is_ok_and(|found| foreign_owner(&found).is_some()) {
            return Some("belongs to another user");
        }
        let folder = folder_of(&link);
        if fs::metadata(folder).is_ok_and(|found| writable_by_others(&found).is_some()) {
            return Some("is in a folder that other users can write to");
        }
        link = folder.join(target);
    }
    None
}

/// Follows symbolic links, also one that leads to a file that is not there yet.
pub(crate) fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        match fs::read_link(&path) {
            Ok(target) => path = folder_of(&path).join(target),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}
