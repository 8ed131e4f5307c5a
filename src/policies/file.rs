//! A policy's file.

use std::io;
use std::path::{Path, PathBuf};

use crate::evaluate::document::{Document, Shape};
use crate::policies::error::PoliciesError;
use crate::reading;

/// No policy that IAM takes has a thousandth of it; what is larger is none.
const LARGEST: u64 = 5 << 20;

/// Makes sure that standard input is named once: whoever reads it second would find nothing in it.
///
/// # Errors
///
/// When it is named twice, among policies or as a policy and a recording.
pub fn once(policies: &[PathBuf], recordings: &[PathBuf]) -> Result<(), PoliciesError> {
    let is_stdin = |path: &&PathBuf| path.as_path() == Path::new("-");
    let times = policies.iter().filter(is_stdin).count();
    if times > 1 || (times == 1 && recordings.iter().any(|path| is_stdin(&path))) {
        return Err(PoliciesError::StdinTwice);
    }
    Ok(())
}

/// A policy's file.
#[derive(Debug)]
pub struct PolicyFile {
    /// Its path, as it was given.
    pub path: PathBuf,
    /// What is in it.
    pub document: Document,
}

impl PolicyFile {
    /// Reads an identity-based policy; `-` is standard input.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is no policy.
    pub fn read(path: &Path) -> Result<PolicyFile, PoliciesError> {
        PolicyFile::read_as(path, Shape::Identity)
    }

    /// Reads a policy of a shape; `-` is standard input.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is no policy of that shape.
    pub fn read_as(path: &Path, shape: Shape) -> Result<PolicyFile, PoliciesError> {
        let document = Document::parse_as(shape, text_of(path)?)
            .map_err(|error| PoliciesError::Invalid { path: path.display().to_string(), error })?;
        Ok(PolicyFile { path: path.to_owned(), document })
    }
}

/// What is in a policy's file, whether or not it is a policy; `-` is standard input.
///
/// # Errors
///
/// When it cannot be read.
pub fn text_of(path: &Path) -> Result<String, PoliciesError> {
    let text = if path == Path::new("-") {
        reading::text_of(io::stdin().lock(), LARGEST)
    } else {
        reading::text(path, LARGEST)
    };
    text.map_err(|error| PoliciesError::Read { path: path.display().to_string(), error })
}
