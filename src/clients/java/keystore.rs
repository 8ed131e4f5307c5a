//! Java's own format of key stores, JKS: read for the certificates that are trusted, and written with such certificates alone.
//!
//! It is the one format that every JVM since 1.2 reads, and reads without a password: only private keys are encrypted in it, and the
//! digest at its end is looked at only by who gives a password. The layout is told in the source of the JDK
//! (`sun.security.provider.JavaKeyStore`, "KEYSTORE FORMAT"): numbers are big-endian, strings what `DataOutputStream.writeUTF` writes.

use aws_lc_rs::digest;

use crate::clients::java::error::Unreadable;

const JKS: u32 = 0xfeed_feed;
/// Its cousin, with other keys (`com.sun.crypto.provider.JceKeyStore`); certificates are the same.
const JCEKS: u32 = 0xcece_cece;
const VERSION: u32 = 2;
const KEY: u32 = 1;
const TRUSTED: u32 = 2;
const X509: &str = "X.509";
/// What the digest is made with beside the password.
const WHITENER: &[u8] = b"Mighty Aphrodite";

/// Whether a file begins as one.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    matches!(Cursor(bytes).number(), Some(JKS | JCEKS))
}

/// The certificates that it says are trusted, as DER.
///
/// # Errors
///
/// When it is cut off, or has what nobody but Java can read.
pub(super) fn trusted(bytes: &[u8]) -> Result<Vec<Vec<u8>>, Unreadable> {
    let mut store = Cursor(bytes);
    let magic = store.number().ok_or(Unreadable::Damaged)?;
    let version = store.number().ok_or(Unreadable::Damaged)?;
    if !matches!(magic, JKS | JCEKS) || !matches!(version, 1 | VERSION) {
        return Err(Unreadable::OtherFormat);
    }
    let entries = store.number().ok_or(Unreadable::Damaged)?;
    let mut certificates = Vec::new();
    for _ in 0..entries {
        match store.entry(version).ok_or(Unreadable::Damaged)? {
            Entry::Trusted(certificate) => certificates.push(certificate.to_owned()),
            Entry::Key => {}
            Entry::Other => return Err(Unreadable::OtherFormat),
        }
    }
    Ok(certificates)
}

/// A store of certificates that are trusted, each a name and DER. It is read with this password, and without any.
pub(super) fn write<'a>(
    certificates: impl ExactSizeIterator<Item = (String, &'a [u8])>,
    milliseconds: u64,
    password: &str,
) -> Vec<u8> {
    let mut store = Vec::new();
    let count = u32::try_from(certificates.len()).unwrap_or(u32::MAX);
    for number in [JKS, VERSION, count] {
        store.extend(number.to_be_bytes());
    }
    for (name, certificate) in certificates {
        store.extend(TRUSTED.to_be_bytes());
        string(&mut store, &name);
        store.extend(milliseconds.to_be_bytes());
        string(&mut store, X509);
        store.extend(u32::try_from(certificate.len()).unwrap_or(u32::MAX).to_be_bytes());
        store.extend(certificate);
    }
    let mut digest = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
    for unit in password.encode_utf16() {
        digest.update(&unit.to_be_bytes());
    }
    digest.update(WHITENER);
    digest.update(&store);
    store.extend(digest.finish().as_ref());
    store
}

/// Names of ours are short and of ASCII, where Java's encoding is everybody's.
fn string(store: &mut Vec<u8>, text: &str) {
    store.extend(u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes());
    store.extend(text.as_bytes());
}

enum Entry<'a> {
    Trusted(&'a [u8]),
    Key,
    Other,
}

/// What is left to read.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        let bytes = self.take(4)?;
        Some(u32::from_be_bytes(bytes.try_into().ok()?))
    }

    fn string(&mut self) -> Option<&'a [u8]> {
        let length = u16::from_be_bytes(self.take(2)?.try_into().ok()?);
        self.take(usize::from(length))
    }

    fn block(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        self.take(usize::try_from(length).ok()?)
    }

    /// In the first version every certificate is of the one type that there was.
    fn certificate(&mut self, version: u32) -> Option<&'a [u8]> {
        if version == VERSION {
            self.string()?;
        }
        self.block()
    }

    fn entry(&mut self, version: u32) -> Option<Entry<'a>> {
        let kind = self.number()?;
        self.string()?; // its name
        self.take(8)?; // when it was made
        match kind {
            TRUSTED => Some(Entry::Trusted(self.certificate(version)?)),
            KEY => {
                self.block()?;
                for _ in 0..self.number()? {
                    self.certificate(version)?;
                }
                Some(Entry::Key)
            }
            _ => Some(Entry::Other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one() -> Vec<u8> {
        let certificates = [("a".to_owned(), &b"first"[..]), ("b".to_owned(), b"second")];
        write(certificates.into_iter(), 1, "changeit")
    }

    #[test]
    fn what_is_written_is_read() {
        let store = one();
        assert!(is_one(&store));
        assert_eq!(trusted(&store).unwrap(), [&b"first"[..], b"second"]);
    }

    #[test]
    fn keys_are_passed_over() {
        let mut store = Vec::new();
        for number in [JKS, VERSION, 2, KEY] {
            store.extend(number.to_be_bytes());
        }
        string(&mut store, "key");
        store.extend(1_u64.to_be_bytes());
        store.extend([0, 0, 0, 3, 1, 2, 3]);
        store.extend(1_u32.to_be_bytes());
        string(&mut store, X509);
        store.extend([0, 0, 0, 1, 9]);
        store.extend(TRUSTED.to_be_bytes());
        string(&mut store, "root");
        store.extend(1_u64.to_be_bytes());
        string(&mut store, X509);
        store.extend([0, 0, 0, 1, 7]);
        assert_eq!(trusted(&store).unwrap(), [[7]]);
    }

    #[test]
    fn what_is_cut_off_anywhere_is_an_error_and_no_panic() {
        let store = one();
        // The digest is not looked at.
        for length in 0..store.len() - 20 {
            assert!(trusted(&store[..length]).is_err(), "{length}");
        }
        let mut endless = store[..12].to_vec();
        endless[8..12].fill(0xff);
        assert_eq!(trusted(&endless), Err(Unreadable::Damaged));
        assert_eq!(trusted(b"-----BEGIN CERTIFICATE-----"), Err(Unreadable::OtherFormat));
    }
}
