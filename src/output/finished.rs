//! A policy that is finished, written: the file as a whole, and the documents that it had to be split into beside it.

use std::path::PathBuf;

use crate::output::error::OutputError;
use crate::output::overwriting;
use crate::output::target;
use crate::output::target::Target;
use crate::policy::fit::Fit;
use crate::render;
use crate::session::shape::{Finished, Written};

/// Writes it: the file as a whole, and where it takes several documents and the format has one in
/// a file, those beside it (`policy.json`: `policy-1.json`, `policy-2.json`). `force`: whether what is no policy may be
/// replaced.
///
/// # Errors
///
/// When a file cannot be written.
pub fn write(finished: &Finished, target: &Target, force: bool) -> Result<Written, OutputError> {
    let shown = target.file().map(|path| path.display().to_string());
    match target.file() {
        Some(path) if finished.format.is_one_document() && finished.documents.len() > 1 => {
            target.write_end(&render::render(
                finished.format,
                std::slice::from_ref(&finished.whole),
            ))?;
            let mut files = Vec::new();
            for (index, document) in finished.documents.iter().enumerate() {
                let path = target::numbered(path, index + 1);
                let text = render::render(finished.format, std::slice::from_ref(document));
                let target = Target::unlinked(&path)?;
                overwriting::check(&target, force)?;
                target.write_end(&text)?;
                files.push(path.display().to_string());
            }
            Ok(Written::Files(shown.unwrap_or_default(), files))
        }
        _ => {
            target.write_end(&finished.text())?;
            Ok(shown.map_or(Written::Printed, Written::File))
        }
    }
}

/// A document of an earlier policy, which was split into more: whoever attaches all that are numbered would attach it, too.
pub fn left_over(finished: &Finished, target: &Target) -> Option<PathBuf> {
    let path = target.file()?;
    if finished.fit != Some(Fit::Managed) || !finished.format.is_one_document() {
        return None;
    }
    let documents = if finished.documents.len() > 1 { finished.documents.len() } else { 0 };
    let next = target::numbered(path, documents + 1);
    next.symlink_metadata().is_ok().then_some(next)
}
