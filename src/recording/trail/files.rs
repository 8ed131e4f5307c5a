//! The files of folders, and what is in files: decompressed where they are compressed.

use std::fs::{self, File};
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use crate::recording::trail::elsewhere::Stored;
use crate::recording::trail::kind::LOOKED_AT;

const CHUNK: usize = 64 << 10;
/// Folders within each other; S3's have ten.
const DEEPEST: usize = 64;
/// Folders and files of CloudTrail's that hold no events: digests, by which files are validated, and Insights
/// (docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html and
/// …/get-and-view-cloudtrail-log-files.html).
const OTHERS: [&str; 3] = ["CloudTrail-Digest", "CloudTrail-Insight", "CloudTrail-NetworkInsight"];

/// What is read: a file, what could be read only once, or what lies elsewhere.
#[derive(Debug)]
pub(crate) enum Content {
    /// A file.
    File(PathBuf),
    /// What came out of standard input or a pipe.
    Copied(tempfile::SpooledTempFile),
    /// What is no file.
    Elsewhere(Arc<dyn Stored>),
}

impl Content {
    /// Opens it at its beginning; `read` counts the bytes that are read of it, as they lie there.
    pub(crate) fn open<'a>(&'a mut self, read: &'a AtomicU64) -> io::Result<Box<dyn Read + 'a>> {
        let stored: Box<dyn Read + 'a> = match self {
            Content::File(path) => Box::new(File::open(path)?),
            Content::Copied(copy) => {
                copy.seek(SeekFrom::Start(0))?;
                Box::new(copy)
            }
            Content::Elsewhere(stored) => stored.open()?,
        };
        decompressed(Counting { stored, read })
    }

    /// The first bytes of what is in it. What cannot be decompressed has none.
    pub(crate) fn beginning(&mut self) -> io::Result<Vec<u8>> {
        let read = AtomicU64::new(0);
        let mut beginning = Vec::new();
        let input = self.open(&read)?;
        match input.take(LOOKED_AT as u64).read_to_end(&mut beginning) {
            Ok(_) => Ok(beginning),
            Err(_) if read.load(Ordering::Relaxed) > 0 => Ok(beginning),
            Err(error) => Err(error),
        }
    }

    /// How many bytes it has, as far as that is known.
    pub(crate) fn size(&self) -> u64 {
        match self {
            Content::File(path) => fs::metadata(path).map_or(0, |found| found.len()),
            Content::Copied(_) => 0,
            Content::Elsewhere(stored) => stored.size(),
        }
    }
}

/// Reads through gzip where the content begins as gzip does.
pub(super) fn decompressed<'a>(mut input: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let mut magic = Vec::new();
    input.by_ref().take(2).read_to_end(&mut magic)?;
    let is_compressed = magic == [0x1f, 0x8b];
    let input = Cursor::new(magic).chain(input);
    if is_compressed {
        return Ok(Box::new(MultiGzDecoder::new(BufReader::with_capacity(CHUNK, input))));
    }
    Ok(Box::new(input))
}

struct Counting<'a, R> {
    stored: R,
    read: &'a AtomicU64,
}

impl<R: Read> Read for Counting<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.stored.read(buffer)?;
        self.read.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}

/// Whether a file or a folder holds no events, by its name.
pub(crate) fn is_other(name: &str) -> bool {
    OTHERS.iter().any(|other| name == *other || name.split('_').nth(1) == Some(other))
}

/// Whether a file has a name as CloudTrail's deliveries have
/// (docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html): what it is need not be found out.
pub(crate) fn is_delivered(name: &str) -> bool {
    name.ends_with(".json.gz") && name.split('_').nth(1) == Some("CloudTrail")
}

/// The files of a folder, in the order of their names.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    /// Files that may hold events or recorded calls.
    pub(crate) files: Vec<PathBuf>,
    /// Files that hold none by their names: digests, Insights.
    pub(crate) others: u64,
}

/// Lists a folder. Links to folders are not followed, so that none is read twice.
///
/// # Errors
///
/// When it, or one in it, cannot be read.
pub(crate) fn list(folder: &Path) -> io::Result<Listed> {
    let mut listed = Listed::default();
    list_into(folder, 0, &mut listed)?;
    Ok(listed)
}

fn list_into(folder: &Path, depth: usize, listed: &mut Listed) -> io::Result<()> {
    if depth > DEEPEST {
        return Ok(());
    }
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        let is_other = is_other(&name);
        let kind = entry.file_type()?;
        if kind.is_dir() {
            let mut own = Listed::default();
            list_into(&path, depth + 1, &mut own)?;
            if is_other {
                listed.others += own.files.len() as u64 + own.others;
            } else {
                listed.files.append(&mut own.files);
                listed.others += own.others;
            }
        } else if fs::metadata(&path).is_ok_and(|found| found.is_file()) {
            if is_other {
                listed.others += 1;
            } else {
                listed.files.push(path);
            }
        }
    }
    Ok(())
}
