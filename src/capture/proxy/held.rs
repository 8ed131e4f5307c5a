//! What was read of requests of which it is not decided whether they may go on: in memory, and on disk where that is too much.
//!
//! What is on disk has no name, is for this user alone, and ends with its request. It is not in a memory file system, where it would
//! take the memory that it is to spare.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};
use tokio::task::spawn_blocking;

use super::buffer::Buffer;

/// What all requests of a proxy hold, and where.
pub(crate) struct Holder {
    /// Of one request, in memory, in bytes.
    pub(crate) in_memory: usize,
    /// Of all requests, in memory, in bytes.
    pub(crate) in_memory_by_all: usize,
    /// Of one request, in memory and on disk, in bytes.
    pub(crate) at_most: u64,
    /// Where files are tried.
    pub(crate) directories: Vec<PathBuf>,
    /// In memory, in bytes.
    pub(crate) taken: AtomicUsize,
}

impl Holder {
    /// Takes so many bytes of memory, if there is room for them.
    fn take(&self, bytes: usize) -> bool {
        let before = self.taken.fetch_add(bytes, Ordering::Relaxed);
        let fits = before.saturating_add(bytes) <= self.in_memory_by_all;
        if !fits {
            self.taken.fetch_sub(bytes, Ordering::Relaxed);
        }
        fits
    }
}

/// What is held of one request. Gives its room back when it is dropped.
pub(crate) struct Held {
    holder: Arc<Holder>,
    memory: Vec<u8>,
    /// How large `memory` may be.
    most: usize,
    /// How much of it was taken of the holder's.
    taken: usize,
    /// What did not fit into memory.
    file: Option<tokio::fs::File>,
    in_file: u64,
    length: u64,
}

impl Held {
    /// Nothing yet; what is held in memory comes behind `head`, which is not counted.
    pub(crate) fn behind(holder: &Arc<Holder>, head: Vec<u8>) -> Held {
        let most = head.len() + holder.in_memory;
        let holder = holder.clone();
        Held { holder, memory: head, most, taken: 0, file: None, in_file: 0, length: 0 }
    }

    /// Whether it is more than may be held.
    pub(crate) fn is_too_much(&self) -> bool {
        self.length > self.holder.at_most
    }

    /// How much may be held, in bytes.
    pub(crate) fn limit(&self) -> u64 {
        self.holder.at_most
    }

    /// Puts `bytes` behind what is held.
    ///
    /// # Errors
    /// What is wrong with the disk.
    pub(crate) async fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.length += bytes.len() as u64;
        if self.file.is_none() && self.has_room(bytes.len()) {
            self.memory.extend_from_slice(bytes);
            return Ok(());
        }
        if self.file.is_none() {
            let holder = self.holder.clone();
            let created = spawn_blocking(move || create(&holder.directories)).await;
            self.file = Some(tokio::fs::File::from_std(created.map_err(io::Error::other)??));
        }
        if let Some(file) = &mut self.file {
            file.write_all(bytes).await?;
            self.in_file += bytes.len() as u64;
        }
        Ok(())
    }

    /// Makes room in memory for so many bytes more, if there may be. What is counted is the memory, not what is in it.
    fn has_room(&mut self, more: usize) -> bool {
        let (needed, had) = (self.memory.len() + more, self.memory.capacity());
        if needed > self.most {
            return false;
        }
        if needed > had {
            let capacity = needed.max(2 * had).min(self.most);
            if !self.holder.take(capacity - had) {
                return false;
            }
            self.taken += capacity - had;
            self.memory.reserve_exact(capacity - self.memory.len());
        }
        true
    }

    /// The head with what is held in memory behind it, which still counts until `self` is dropped.
    pub(crate) fn take_memory(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.memory)
    }

    /// What is on disk, to be read from its beginning, once.
    ///
    /// # Errors
    /// What is wrong with the disk: what was put there may be found out here.
    pub(crate) async fn take_file(&mut self) -> io::Result<Option<Box<OnDisk>>> {
        let Some(mut file) = self.file.take() else { return Ok(None) };
        file.flush().await?;
        file.rewind().await?;
        Ok(Some(Box::new(OnDisk { file, buffer: Buffer::default(), left: self.in_file })))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.holder.taken.fetch_sub(self.taken, Ordering::Relaxed);
    }
}

/// What is held on disk, on its way on.
pub(crate) struct OnDisk {
    file: tokio::fs::File,
    buffer: Buffer,
    /// Not read yet.
    left: u64,
}

impl OnDisk {
    /// What was read and not consumed.
    pub(crate) fn unread(&self) -> &[u8] {
        self.buffer.unread()
    }

    /// The first `n` bytes of that are used up.
    pub(crate) fn consume(&mut self, n: usize) {
        self.buffer.consume(n);
    }

    /// Reads on, when everything that was read is used up. `false`: that was all.
    pub(crate) fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        if !self.buffer.is_empty() || self.left == 0 {
            return Poll::Ready(Ok(!self.buffer.is_empty()));
        }
        let n = ready!(self.buffer.poll_fill(cx, &mut self.file))?;
        if n == 0 {
            return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
        }
        self.left = self.left.saturating_sub(n as u64);
        Poll::Ready(Ok(true))
    }
}

/// Where files are tried where nobody says so. `/tmp` is a memory file system on many machines; `/var/tmp` keeps what is there
/// over a restart (<https://refspecs.linuxfoundation.org/FHS_3.0/fhs/ch05s15.html>), so it is on a disk.
pub(super) fn directories() -> Vec<PathBuf> {
    let unix = cfg!(unix).then(|| PathBuf::from("/var/tmp"));
    unix.into_iter().chain([std::env::temp_dir()]).collect()
}

/// A file without a name, in the first of these directories that takes one.
fn create(directories: &[PathBuf]) -> io::Result<File> {
    let mut failed = Vec::new();
    for directory in directories {
        match create_in(directory) {
            Ok(file) => return Ok(file),
            Err(error) => failed.push(format!("{}: {error}", directory.display())),
        }
    }
    Err(io::Error::other(format!("no directory on disk takes a file ({})", failed.join("; "))))
}

#[cfg(unix)]
fn create_in(directory: &Path) -> io::Result<File> {
    use std::os::unix::fs::PermissionsExt as _;

    let file = tempfile::tempfile_in(directory)?;
    if is_in_memory(&file)? {
        return Err(io::Error::other("it is in memory"));
    }
    // A file that never had a name is made with what the umask leaves.
    file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    Ok(file)
}

/// It is removed by the system when it is closed, and nobody else may open it until then.
#[cfg(not(unix))]
fn create_in(directory: &Path) -> io::Result<File> {
    tempfile::tempfile_in(directory)
}

/// tmpfs and ramfs, by their numbers: <https://man7.org/linux/man-pages/man2/statfs.2.html>.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_in_memory(file: &File) -> io::Result<bool> {
    const TMPFS: u32 = 0x0102_1994;
    const RAMFS: u32 = 0x8584_58f6;
    Ok(matches!(rustix::fs::fstatfs(file)?.f_type as u32, TMPFS | RAMFS))
}

/// Elsewhere `/var/tmp` is on a disk unless somebody has gone out of their way.
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
fn is_in_memory(_file: &File) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    fn holder(in_memory: usize, in_memory_by_all: usize, directories: &[&Path]) -> Arc<Holder> {
        Arc::new(Holder {
            in_memory,
            in_memory_by_all,
            at_most: 1 << 20,
            directories: directories.iter().map(|it| it.to_path_buf()).collect(),
            taken: AtomicUsize::new(0),
        })
    }

    async fn read(held: &mut Held) -> Vec<u8> {
        let mut all = held.take_memory();
        let Some(mut file) = held.take_file().await.unwrap() else { return all };
        while poll_fn(|cx| file.poll_fill(cx)).await.unwrap() {
            all.extend_from_slice(file.unread());
            file.consume(file.unread().len());
        }
        all
    }

    #[tokio::test]
    async fn what_is_held_comes_back_as_it_was_and_its_room_is_given_back() {
        let directory = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let sent: Vec<u8> = (0..500_000_u32).map(|n| (n % 251) as u8).collect();
        for (in_memory, by_all, on_disk) in [
            (1 << 20, 1 << 20, false),
            (100_000, 1 << 20, true),
            (1 << 20, 100_000, true),
            (0, 0, true),
        ] {
            let holder = holder(in_memory, by_all, &[directory.path()]);
            let mut held = Held::behind(&holder, b"head".to_vec());
            for piece in sent.chunks(7_001) {
                held.put(piece).await.unwrap();
                assert!(holder.taken.load(Ordering::Relaxed) <= by_all);
                assert!(held.memory.capacity() <= 4 + in_memory.max(8));
            }
            assert_eq!(held.file.is_some(), on_disk, "{in_memory} {by_all}");
            assert!(!held.is_too_much());
            assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "it has no name");
            assert!(read(&mut held).await == [b"head".as_slice(), &sent].concat());
            drop(held);
            assert_eq!(holder.taken.load(Ordering::Relaxed), 0);
        }
    }

    #[tokio::test]
    async fn what_others_hold_leaves_room_on_disk_alone() {
        let directory = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let holder = holder(50_000, 80_000, &[directory.path()]);
        let piece = vec![1; 50_000];
        let mut first = Held::behind(&holder, Vec::new());
        first.put(&piece).await.unwrap();
        let mut second = Held::behind(&holder, Vec::new());
        second.put(&piece).await.unwrap();
        assert_eq!((first.file.is_some(), second.file.is_some()), (false, true));
        drop(first);
        let mut third = Held::behind(&holder, Vec::new());
        third.put(&piece).await.unwrap();
        assert!(third.file.is_none());
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_file_is_for_this_user_alone_and_not_in_memory() {
        use std::os::unix::fs::PermissionsExt as _;

        let directory = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let file = create(&[PathBuf::from("/nowhere"), directory.path().to_owned()]).unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o7777, 0o600);
        assert!(!is_in_memory(&file).unwrap());
        // Where there is one.
        if let Ok(file) = tempfile::tempfile_in("/dev/shm")
            && is_in_memory(&file).unwrap()
        {
            let error = create(&[PathBuf::from("/dev/shm")]).unwrap_err().to_string();
            assert!(error.contains("/dev/shm: it is in memory"), "{error}");
        }
        let mut held = Held::behind(&holder(0, 0, &[Path::new("/nowhere")]), Vec::new());
        let error = held.put(b"x").await.unwrap_err().to_string();
        assert!(error.contains("no directory on disk takes a file (/nowhere: "), "{error}");
    }
}
