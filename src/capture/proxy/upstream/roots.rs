//! Which certificates upstreams may have.

use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// No file of certificates is larger; the system's own has a tenth of it.
const LARGEST: u64 = 4 << 20;

/// Which certificates an upstream may have.
#[derive(Debug, Clone)]
pub struct Roots {
    /// Those of the authorities that the system trusts.
    pub native: bool,
    /// Further authorities, and servers' own certificates (`--upstream-ca`).
    pub extra: Vec<CertificateDer<'static>>,
}

impl Default for Roots {
    fn default() -> Self {
        Self { native: true, extra: Vec::new() }
    }
}

/// A file without usable certificates.
#[derive(Debug, thiserror::Error)]
#[error("{path}: no certificates could be read from it ({reason}): give a PEM file")]
pub struct ReadCertificatesError {
    path: PathBuf,
    reason: String,
}

/// Reads the certificates of a PEM file, as for `--upstream-ca`.
///
/// # Errors
/// When the file cannot be read, is not PEM, or has no certificate.
pub fn read_certificates(
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, ReadCertificatesError> {
    let failed = |reason: String| ReadCertificatesError { path: path.to_owned(), reason };
    let text = crate::reading::text(path, LARGEST).map_err(|error| failed(error.to_string()))?;
    let certificates = CertificateDer::pem_slice_iter(text.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| failed(error.to_string()))?;
    if certificates.is_empty() {
        return Err(failed("it has none".to_owned()));
    }
    let mut store = RootCertStore::empty();
    for certificate in &certificates {
        store.add(certificate.clone()).map_err(|error| failed(error.to_string()))?;
    }
    Ok(certificates)
}
