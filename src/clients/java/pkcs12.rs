//! PKCS#12, in which the JDK keeps trust stores since its release 9 and its own roots since 18: read for the certificates that are
//! trusted (RFC 7292). The JDK's own roots are in such a file without a password, and so not encrypted; what `keytool` writes for
//! others is encrypted since its release 16 as RFC 8018 has it (PBES2: PBKDF2 and AES), and that is what is decrypted here.
//!
//! As for the JDK, a certificate is trusted here only if it bears Oracle's attribute that says so; others belong to keys.

use std::num::NonZeroU32;

use aws_lc_rs::cipher::{
    AES_128, AES_256, Algorithm, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::pbkdf2;

use crate::clients::java::error::Unreadable;

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
/// `[0]`, around something and in the place of something.
const EXPLICIT: u8 = 0xa0;
const IMPLICIT: u8 = 0x80;

/// 1.2.840.113549.1.7.1 and .6
const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
const ENCRYPTED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x06];
/// 1.2.840.113549.1.12.10.1.3
const CERTIFICATE_BAG: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01, 0x03];
/// 1.2.840.113549.1.9.22.1
const X509: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x16, 0x01];
/// 2.16.840.1.113894.746875.1.1, `ORACLE_TrustedKeyUsage`
const TRUSTED: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x86, 0xf9, 0x66, 0xad, 0xca, 0x7b, 0x01, 0x01];
/// 1.2.840.113549.1.5.13 and .12
const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d];
const PBKDF2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c];
/// 1.2.840.113549.2, of which the last number is 7 for SHA-1, 9 for SHA-256 and 11 for SHA-512.
const HMAC: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02];
/// 2.16.840.1.101.3.4.1, of which the last number is 2 for AES-128-CBC and 42 for AES-256-CBC.
const AES: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01];
/// More rounds than the JDK itself takes at most would keep us busy: its own files have 10,000.
const ROUNDS_AT_MOST: u32 = 5_000_000;

/// The certificates that it says are trusted, as DER. Without a password, as for the JDK, what is encrypted is not there.
///
/// # Errors
///
/// When it is not such a file, or encrypted in another way or with another password.
pub(super) fn trusted(bytes: &[u8], password: Option<&str>) -> Result<Vec<Vec<u8>>, Unreadable> {
    let mut certificates = Vec::new();
    let mut file = Reader(Reader(bytes).expect(SEQUENCE).ok_or(Unreadable::OtherFormat)?);
    file.expect(INTEGER).ok_or(Unreadable::OtherFormat)?;
    let content = file.expect(SEQUENCE).ok_or(Unreadable::OtherFormat)?;
    let safes = data_of(content).ok_or(Unreadable::OtherFormat)?;
    let mut safes = Reader(Reader(safes).expect(SEQUENCE).ok_or(Unreadable::Damaged)?);
    while !safes.0.is_empty() {
        let content = safes.expect(SEQUENCE).ok_or(Unreadable::Damaged)?;
        if let Some(bags) = data_of(content) {
            certificates_of(bags, &mut certificates).ok_or(Unreadable::Damaged)?;
        } else if let Some(password) = password {
            let bags = decrypted(content, password)?;
            certificates_of(&bags, &mut certificates).ok_or(Unreadable::WrongPassword)?;
        }
    }
    Ok(certificates)
}

/// What a `ContentInfo` holds in the clear.
fn data_of(content: &[u8]) -> Option<&[u8]> {
    let mut content = Reader(content);
    if content.expect(OBJECT_IDENTIFIER)? != DATA {
        return None;
    }
    Reader(content.expect(EXPLICIT)?).expect(OCTET_STRING)
}

/// Those of `SafeContents`, added.
fn certificates_of(bags: &[u8], certificates: &mut Vec<Vec<u8>>) -> Option<()> {
    let mut bags = Reader(Reader(bags).expect(SEQUENCE)?);
    while !bags.0.is_empty() {
        let mut bag = Reader(bags.expect(SEQUENCE)?);
        let kind = bag.expect(OBJECT_IDENTIFIER)?;
        let value = bag.expect(EXPLICIT)?;
        if kind == CERTIFICATE_BAG
            && is_trusted(bag)?
            && let Some(certificate) = certificate(value)
        {
            certificates.push(certificate.to_owned());
        }
    }
    Some(())
}

fn is_trusted(mut bag: Reader<'_>) -> Option<bool> {
    if bag.0.is_empty() {
        return Some(false);
    }
    let mut attributes = Reader(bag.expect(SET)?);
    while !attributes.0.is_empty() {
        let mut attribute = Reader(attributes.expect(SEQUENCE)?);
        if attribute.expect(OBJECT_IDENTIFIER)? == TRUSTED {
            return Some(true);
        }
    }
    Some(false)
}

fn certificate(value: &[u8]) -> Option<&[u8]> {
    let mut bag = Reader(Reader(value).expect(SEQUENCE)?);
    if bag.expect(OBJECT_IDENTIFIER)? != X509 {
        return None;
    }
    Reader(bag.expect(EXPLICIT)?).expect(OCTET_STRING)
}

fn decrypted(content: &[u8], password: &str) -> Result<Vec<u8>, Unreadable> {
    let (algorithm, text) = encrypted(content).ok_or(Unreadable::OtherFormat)?;
    let scheme = Scheme::read(algorithm).ok_or(Unreadable::OtherCipher)?;
    let mut key = [0; 32];
    let key = key.get_mut(..scheme.key_length).ok_or(Unreadable::OtherCipher)?;
    pbkdf2::derive(scheme.hash, scheme.rounds, scheme.salt, password.as_bytes(), key);
    let wrong = |_| Unreadable::WrongPassword;
    let key = UnboundCipherKey::new(scheme.cipher, key).map_err(wrong)?;
    let key = PaddedBlockDecryptingKey::cbc_pkcs7(key).map_err(wrong)?;
    let mut text = text.to_owned();
    let vector = DecryptionContext::Iv128(FixedLength::from(scheme.vector));
    let plain = key.decrypt(&mut text, vector).map_err(wrong)?;
    Ok(plain.to_owned())
}

/// How a `ContentInfo` is encrypted, and what.
fn encrypted(content: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut content = Reader(content);
    if content.expect(OBJECT_IDENTIFIER)? != ENCRYPTED_DATA {
        return None;
    }
    let mut data = Reader(Reader(content.expect(EXPLICIT)?).expect(SEQUENCE)?);
    data.expect(INTEGER)?;
    let mut info = Reader(data.expect(SEQUENCE)?);
    info.expect(OBJECT_IDENTIFIER)?;
    Some((info.expect(SEQUENCE)?, info.expect(IMPLICIT)?))
}

/// How a key is made of a password, and what is done with it.
struct Scheme<'a> {
    salt: &'a [u8],
    rounds: NonZeroU32,
    hash: pbkdf2::Algorithm,
    cipher: &'static Algorithm,
    /// In bytes.
    key_length: usize,
    vector: [u8; 16],
}

impl Scheme<'_> {
    fn read(algorithm: &[u8]) -> Option<Scheme<'_>> {
        let mut algorithm = Reader(algorithm);
        if algorithm.expect(OBJECT_IDENTIFIER)? != PBES2 {
            return None;
        }
        let mut parameters = Reader(algorithm.expect(SEQUENCE)?);
        let mut derivation = Reader(parameters.expect(SEQUENCE)?);
        if derivation.expect(OBJECT_IDENTIFIER)? != PBKDF2 {
            return None;
        }
        let mut derivation = Reader(derivation.expect(SEQUENCE)?);
        let salt = derivation.expect(OCTET_STRING)?;
        let rounds = number(derivation.expect(INTEGER)?).filter(|it| *it <= ROUNDS_AT_MOST)?;
        // How long the key is may be said; the cipher says it, too.
        let mut hash = pbkdf2::PBKDF2_HMAC_SHA1;
        while let Some((tag, contents)) = derivation.next() {
            if tag == SEQUENCE {
                hash = match Reader(contents).expect(OBJECT_IDENTIFIER)?.strip_prefix(HMAC)? {
                    [7] => pbkdf2::PBKDF2_HMAC_SHA1,
                    [9] => pbkdf2::PBKDF2_HMAC_SHA256,
                    [11] => pbkdf2::PBKDF2_HMAC_SHA512,
                    _ => return None,
                };
            }
        }
        let mut encryption = Reader(parameters.expect(SEQUENCE)?);
        let (cipher, key_length) = match encryption.expect(OBJECT_IDENTIFIER)?.strip_prefix(AES)? {
            [2] => (&AES_128, 16),
            [42] => (&AES_256, 32),
            _ => return None,
        };
        let vector = encryption.expect(OCTET_STRING)?.try_into().ok()?;
        Some(Scheme { salt, rounds: NonZeroU32::new(rounds)?, hash, cipher, key_length, vector })
    }
}

fn number(bytes: &[u8]) -> Option<u32> {
    let bytes = bytes.strip_prefix(&[0]).unwrap_or(bytes);
    if bytes.is_empty() || bytes.len() > 4 {
        return None;
    }
    Some(bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
}

/// Reads DER: one value after the other.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x84 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
            }
            _ => return None,
        };
        let (contents, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, contents))
    }

    fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().filter(|(found, _)| *found == tag).map(|(_, contents)| contents)
    }
}

#[cfg(test)]
mod tests;
