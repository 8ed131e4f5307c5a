//! Keeps an authority in the user's data directory, for `leastwise listen`.
//!
//! `ca-key.pem` holds key and certificate, written at once so that they always belong together;
//! `ca.pem` is a copy of the certificate alone, to be given to clients.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rcgen::KeyPair;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use super::der;
use super::issuer::{Authority, IssueError, LIFETIME_STORED, RENEWED_BEFORE_END, authority_params};
use crate::capture::proxy::hosts::Hosts;
use crate::ownership::{self, Exposed, create_private_folder};
use crate::pem;
use crate::replace::{folder_of, remove_leftovers, replace_private};

/// Where an authority is kept.
#[derive(Debug, Clone)]
pub struct Store {
    certificate: PathBuf,
    key: PathBuf,
    /// Somebody else named the files, and may have meant another's.
    named: bool,
}

/// What [`Store::open`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    /// The authority was there.
    Existing,
    /// There was none: it is new, and clients have to be told to trust it.
    Created,
    /// It was about to expire (or had): it is new, and clients have to be told to trust it.
    Renewed,
}

/// Why an authority could not be kept or loaded.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file could not be read or written.
    #[error("{path}: the certificate authority could not be {action}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        action: &'static str,
        /// The system's reason.
        source: io::Error,
    },
    /// Somebody else can read the key.
    #[error(
        "{path}: other users can read the certificate authority's key (mode {mode:03o}): anyone who has read it can impersonate AWS to you. Run `leastwise ca rotate`"
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Somebody else can change the key.
    #[error(
        "{path}: the certificate authority's key belongs to another user (uid {uid}), who can impersonate AWS to you; name a file of your own"
    )]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Whose it is.
        uid: u32,
    },
    /// Somebody else can put another file in its place.
    #[error(
        "{path}: other users can replace this certificate authority with one of their own and impersonate AWS to you: {reason}; keep it in a folder that only you can write to"
    )]
    Folder {
        /// The file.
        path: PathBuf,
        /// Which folder, and why.
        reason: Exposed,
    },
    /// The file is not what Leastwise wrote.
    #[error(
        "{path}: this is not a certificate authority that Leastwise wrote. Run `leastwise ca rotate` to replace it"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// It cannot vouch for a host that is to be intercepted.
    #[error(
        "{path}: the certificate authority does not cover {host}. Run `leastwise ca rotate` with the same --intercept, then trust the new one"
    )]
    NotCovered {
        /// The file.
        path: PathBuf,
        /// The first host that it does not cover.
        host: String,
    },
    /// The file for the certificate has something else in it.
    #[error(
        "{path}: this is not the certificate of the authority kept with it; name another file, or remove this one"
    )]
    OtherCertificate {
        /// The file.
        path: PathBuf,
    },
    /// A new one could not be made.
    #[error(transparent)]
    Issue(#[from] IssueError),
}

impl Store {
    /// An authority kept in `directory`, which is made when something is written.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        let directory = directory.into();
        Self {
            certificate: directory.join("ca.pem"),
            key: directory.join("ca-key.pem"),
            named: false,
        }
    }

    /// An authority kept in these two files. What is in them already and is not ours is left alone.
    pub fn at(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self { certificate: certificate.into(), key: key.into(), named: true }
    }

    /// Where the certificate is: the file for clients to trust.
    pub fn certificate_path(&self) -> PathBuf {
        self.certificate.clone()
    }

    /// Where the key is.
    pub fn key_path(&self) -> PathBuf {
        self.key.clone()
    }

    /// The authority that is kept here, made when there is none, renewed when it ends within
    /// [`RENEWED_BEFORE_END`].
    ///
    /// # Errors
    /// [`StoreError`] says which file and what to do. A file that others can read is refused, and
    /// so is an authority that does not cover `hosts`.
    pub fn open(&self, hosts: &Hosts, now: SystemTime) -> Result<(Authority, Opened), StoreError> {
        let Some(authority) = self.load()? else {
            if self.named && self.certificate.exists() {
                return Err(StoreError::OtherCertificate { path: self.certificate.clone() });
            }
            return Ok((self.rotate(hosts, now)?, Opened::Created));
        };
        if authority.not_after() <= now + RENEWED_BEFORE_END {
            return Ok((self.rotate(hosts, now)?, Opened::Renewed));
        }
        if !authority.hosts().covers(hosts) {
            let mut wanted = hosts.named().iter().chain(hosts.suffixes());
            let host = wanted.find(|host| !authority.hosts().contains(host));
            return Err(StoreError::NotCovered {
                path: self.key_path(),
                host: host.cloned().unwrap_or_default(),
            });
        }
        // The copy for clients follows the key, should somebody have removed or changed it.
        let copy = self.certificate_path();
        if fs::read(&copy).ok().as_deref() != Some(authority.certificate_pem().as_bytes()) {
            if self.named && copy.exists() {
                return Err(StoreError::OtherCertificate { path: copy });
            }
            self.write(&copy, &authority.certificate_pem())?;
        }
        Ok((authority, Opened::Existing))
    }

    /// The authority that is kept here, as it is; `None` when there is none.
    ///
    /// # Errors
    /// As [`open`](Self::open), but for what a file that does not exist would give.
    pub fn load(&self) -> Result<Option<Authority>, StoreError> {
        let path = self.key_path();
        for path in [&self.key, &self.certificate] {
            check_place(path)?;
        }
        let text = match read_private(&path) {
            Ok(text) => text,
            Err(StoreError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        match parse(text.as_bytes()) {
            Some(authority) => Ok(Some(authority?)),
            None => Err(StoreError::Damaged { path }),
        }
    }

    /// Makes a new authority and keeps it in place of whatever is there.
    ///
    /// # Errors
    /// [`StoreError`] says which file could not be written, and why.
    pub fn rotate(&self, hosts: &Hosts, now: SystemTime) -> Result<Authority, StoreError> {
        let authority = Authority::generate(hosts, now, LIFETIME_STORED)?;
        let certificate = authority.certificate_pem();
        let key = pem::encode("PRIVATE KEY", authority.issuer.key().serialized_der());
        self.write(&self.key_path(), &format!("{key}{certificate}"))?;
        self.write(&self.certificate_path(), &certificate)?;
        Ok(authority)
    }

    /// A reader sees the old or the new, never a part; the new file is 0600 from its first byte.
    fn write(&self, path: &Path, text: &str) -> Result<(), StoreError> {
        let failed = |source| StoreError::File { path: path.to_owned(), action: "written", source };
        create_private_folder(folder_of(path)).map_err(failed)?;
        check_place(path)?;
        remove_leftovers(path);
        replace_private(path, text.as_bytes()).map_err(failed)
    }
}

/// `None` when it is not what [`Store::rotate`] wrote.
fn parse(text: &[u8]) -> Option<Result<Authority, IssueError>> {
    let key = PrivatePkcs8KeyDer::from_pem_slice(text).ok()?;
    let key = KeyPair::try_from(key.secret_pkcs8_der()).ok()?;
    let certificate = CertificateDer::from_pem_slice(text).ok()?.into_owned();
    let not_after = der::not_after(&certificate)?;
    let anchor = webpki::anchor_from_trusted_cert(&certificate).ok()?;
    let names = der::permitted(anchor.name_constraints.as_ref()?)?;
    // A named host and a suffix look alike in a certificate; the wider reading is the true one.
    let (addresses, suffixes): (Vec<_>, Vec<_>) =
        names.into_iter().partition(|name| name.parse::<std::net::IpAddr>().is_ok());
    let hosts = Hosts::new(suffixes, addresses).ok()?;
    // The same key and hosts make the same name, key and constraints: if they do not, the file was
    // put together by somebody else, or by a version whose certificates look different.
    let again = authority_params(&hosts, &key).self_signed(&key).ok()?;
    let again = webpki::anchor_from_trusted_cert(again.der()).ok()?.to_owned();
    let same = again.subject == anchor.subject
        && again.subject_public_key_info == anchor.subject_public_key_info;
    if !same {
        return None;
    }
    Some(Authority::assemble(certificate, key, hosts, not_after))
}

#[cfg(unix)]
fn read_private(path: &Path) -> Result<String, StoreError> {
    use std::io::Read as _;
    use std::os::unix::fs::PermissionsExt as _;
    let failed = |source| StoreError::File { path: path.to_owned(), action: "read", source };
    // The permissions of the file that is read, not of one that had its name a moment before.
    let mut file = ownership::open(path, ownership::Links::Followed).map_err(failed)?;
    let found = file.metadata().map_err(failed)?;
    if !found.is_file() {
        return Err(failed(io::Error::other("it is not a regular file")));
    }
    if let Some(uid) = ownership::foreign_owner(&found) {
        return Err(StoreError::Foreign { path: path.to_owned(), uid });
    }
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(StoreError::Exposed { path: path.to_owned(), mode });
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

#[cfg(not(unix))]
fn read_private(path: &Path) -> Result<String, StoreError> {
    fs::read_to_string(path).map_err(|source| StoreError::File {
        path: path.to_owned(),
        action: "read",
        source,
    })
}

/// Makes sure that nobody else can put another file there, as `ssh` does with its keys. A folder that is not there will be made for
/// nobody else.
fn check_place(path: &Path) -> Result<(), StoreError> {
    // A link leads to a place of its own.
    let end = fs::canonicalize(path).ok();
    let folders = [Some(folder_of(path)), end.as_deref().map(folder_of)];
    for folder in folders.into_iter().flatten().filter(|folder| folder.exists()) {
        ownership::check_folder(folder)
            .map_err(|reason| StoreError::Folder { path: path.to_owned(), reason })?;
    }
    Ok(())
}
