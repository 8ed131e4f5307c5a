use super::*;

// `keytool` made them, of JDK 17; the file without a password with what JDK 18 makes its own roots with
// (-J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE), the old one with -J-Dkeystore.pkcs12.legacy.
const OPEN: &[u8] = include_bytes!("../../../../tests/fixtures/trust/open.p12");
const ENCRYPTED: &[u8] = include_bytes!("../../../../tests/fixtures/trust/encrypted.p12");
const LEGACY: &[u8] = include_bytes!("../../../../tests/fixtures/trust/legacy.p12");
const CORPORATE: &str = include_str!("../../../../tests/fixtures/trust/corporate.pem");

fn corporate() -> Vec<Vec<u8>> {
    vec![pem::parse(CORPORATE).unwrap().into_contents()]
}

#[test]
fn certificates_are_read_with_and_without_a_password() {
    assert_eq!(trusted(OPEN, None).unwrap(), corporate());
    assert_eq!(trusted(OPEN, Some("changeit")).unwrap(), corporate());
    assert_eq!(trusted(ENCRYPTED, Some("changeit")).unwrap(), corporate());
    // The JVM that is given no password finds nothing there, either.
    assert_eq!(trusted(ENCRYPTED, None).unwrap(), Vec::<Vec<u8>>::new());
}

#[test]
fn what_cannot_be_decrypted_is_an_error() {
    assert_eq!(trusted(ENCRYPTED, Some("other")), Err(Unreadable::WrongPassword));
    assert_eq!(trusted(LEGACY, Some("changeit")), Err(Unreadable::OtherCipher));
    assert_eq!(trusted(b"\x30\x03\x02\x01", None), Err(Unreadable::OtherFormat));
}

/// The attribute is what makes a certificate trusted; one of another's key is not.
#[test]
fn only_what_is_marked_as_trusted_is() {
    let at = OPEN.windows(TRUSTED.len()).position(|it| it == TRUSTED).unwrap();
    let mut unmarked = OPEN.to_vec();
    unmarked[at + TRUSTED.len() - 1] = 2;
    assert_eq!(trusted(&unmarked, None).unwrap(), Vec::<Vec<u8>>::new());
}

#[test]
fn no_damage_makes_it_panic() {
    for file in [OPEN, ENCRYPTED] {
        for length in 0..file.len() {
            let _ = trusted(&file[..length], Some("changeit"));
        }
        // Where what is encrypted lies nothing is read before it is decrypted, which takes its time.
        for at in (0..160).chain(file.len() - 60..file.len()) {
            let mut other = file.to_vec();
            for value in [0, 0x80, 0x84, 0xff] {
                other[at] = value;
                let _ = trusted(&other, None);
            }
        }
    }
}

/// A file cannot make us work for hours.
#[test]
fn rounds_are_bounded() {
    let at = ENCRYPTED.windows(4).position(|it| it == [0x02, 0x02, 0x27, 0x10]).unwrap();
    let mut tireless = ENCRYPTED.to_vec();
    tireless.splice(at..at + 4, [0x02, 0x04, 0x7f, 0xff, 0xff, 0xff]);
    // The lengths around it are wrong now, which is found out first or not: it never runs.
    assert!(trusted(&tireless, Some("changeit")).is_err());
    assert_eq!(number(&[0, 0xff, 0xff, 0xff, 0xff]), Some(u32::MAX));
    assert_eq!((number(&[]), number(&[1; 5]), number(&[0x27, 0x10])), (None, None, Some(10_000)));
}
