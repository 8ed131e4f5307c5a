use std::process::Command;

use rustls::pki_types::{ServerName, UnixTime};
use webpki::{EndEntityCert, KeyUsage};

use super::*;
use crate::capture::proxy::authority::{Opened, Store, StoreError};

fn hosts() -> Hosts {
    Hosts::new(["amazonaws.com", "api.aws"], ["vault.example"]).unwrap()
}

fn authority() -> Authority {
    Authority::generate(&hosts(), SystemTime::now(), LIFETIME_IN_MEMORY).unwrap()
}

/// Says what was left out, also at the end of `scripts/test`.
fn skipped(reason: &str) {
    use std::io::Write as _;
    eprintln!("skipped: {reason}");
    if let Some(list) = std::env::var_os("LEASTWISE_SKIPPED") {
        let mut file = std::fs::OpenOptions::new().append(true).create(true).open(list).unwrap();
        writeln!(file, "capture::proxy::authority: {reason}").unwrap();
    }
}

fn sign(authority: &Authority, name: SanType) -> CertificateDer<'static> {
    let mut params = CertificateParams::default();
    params.not_after = OffsetDateTime::from(SystemTime::now() + days(2));
    params.subject_alt_names = vec![name];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.signed_by(&authority.leaf_key, &authority.issuer).unwrap().der().clone()
}

fn verify(
    authority: &Authority,
    leaf: &CertificateDer<'_>,
    host: &str,
) -> Result<(), webpki::Error> {
    let anchor = webpki::anchor_from_trusted_cert(authority.certificate()).unwrap();
    let leaf = EndEntityCert::try_from(leaf)?;
    leaf.verify_for_usage(
        webpki::ALL_VERIFICATION_ALGS,
        &[anchor],
        &[],
        UnixTime::now(),
        KeyUsage::server_auth(),
        None,
        None,
    )?;
    leaf.verify_is_valid_for_subject_name(&ServerName::try_from(host).unwrap())
}

#[test]
fn a_leaf_is_issued_for_the_hosts_and_verifies() {
    let authority = authority();
    let now = SystemTime::now();
    for host in ["s3.eu-west-1.amazonaws.com", "my_bucket.s3.amazonaws.com", "vault.example"] {
        let leaf = authority.leaf_certificate(host, now, now + days(1)).unwrap();
        verify(&authority, &leaf, host).unwrap();
    }
    let long = format!("{}.s3.amazonaws.com", "b".repeat(63));
    let leaf = authority.leaf_certificate(&long, now, now + days(1)).unwrap();
    verify(&authority, &leaf, &long).unwrap();
}

#[test]
fn no_leaf_is_issued_for_another_host() {
    let authority = authority();
    for host in ["example.com", "evilamazonaws.com", "a.vault.example", "127.0.0.1", "::1", ""] {
        let error = authority.leaf(host, SystemTime::now()).err().unwrap();
        assert!(matches!(error, IssueError::OutsideConstraints(_)), "{host}: {error}");
    }
}

#[test]
fn the_constraints_hold_for_whoever_has_the_key() {
    let authority = authority();
    let forged = sign(&authority, SanType::DnsName("bank.example".try_into().unwrap()));
    let error = verify(&authority, &forged, "bank.example").unwrap_err();
    assert_eq!(error, webpki::Error::NameConstraintViolation);
    let forged = sign(&authority, SanType::IpAddress("192.0.2.1".parse().unwrap()));
    let error = verify(&authority, &forged, "192.0.2.1").unwrap_err();
    assert_eq!(error, webpki::Error::NameConstraintViolation);
}

#[test]
fn openssl_accepts_our_leaf_and_refuses_a_forged_one() {
    if Command::new("openssl").arg("version").output().is_err() {
        return skipped("openssl is not installed: its verdict on our certificates is not known");
    }
    let authority = authority();
    let directory = tempfile::tempdir().unwrap();
    let ca = directory.path().join("ca.pem");
    std::fs::write(&ca, authority.certificate_pem()).unwrap();
    let verify = |name: SanType| {
        let leaf = directory.path().join("leaf.pem");
        std::fs::write(&leaf, pem::encode("CERTIFICATE", &sign(&authority, name))).unwrap();
        let output = Command::new("openssl")
            .args(["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile"])
            .args([&ca, &leaf])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        (output.status.success(), text)
    };
    // Strict verification wants an authority key identifier, which a real leaf has.
    let now = SystemTime::now();
    let leaf = directory.path().join("ours.pem");
    let ours = authority.leaf_certificate("s3.amazonaws.com", now, now + days(1)).unwrap();
    std::fs::write(&leaf, pem::encode("CERTIFICATE", &ours)).unwrap();
    let output = Command::new("openssl")
        .args(["verify", "-x509_strict", "-purpose", "sslserver"])
        .args(["-verify_hostname", "s3.amazonaws.com", "-CAfile"])
        .args([&ca, &leaf])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let (accepted, text) = verify(SanType::DnsName("bank.example".try_into().unwrap()));
    assert!(!accepted && text.contains("permitted subtree violation"), "{text}");
    let (accepted, text) = verify(SanType::IpAddress("192.0.2.1".parse().unwrap()));
    assert!(!accepted && text.contains("excluded subtree violation"), "{text}");
}

#[test]
fn the_fingerprint_is_the_one_that_openssl_prints() {
    let authority = authority();
    assert_eq!(authority.fingerprint().len(), 32 * 3 - 1);
    let directory = tempfile::tempdir().unwrap();
    let ca = directory.path().join("ca.pem");
    std::fs::write(&ca, authority.certificate_pem()).unwrap();
    let printed = Command::new("openssl")
        .args(["x509", "-noout", "-fingerprint", "-sha256", "-in"])
        .arg(&ca)
        .output();
    match printed {
        Ok(output) => {
            let text = String::from_utf8(output.stdout).unwrap();
            assert!(text.trim().ends_with(&authority.fingerprint()), "{text}");
        }
        Err(_) => skipped("openssl is not installed: its fingerprint is not compared"),
    }
}

#[test]
fn leaves_are_cached_bounded_and_renewed() {
    let authority = authority();
    let now = SystemTime::now();
    let first = authority.leaf("s3.amazonaws.com", now).unwrap();
    let again = authority.leaf("S3.AMAZONAWS.COM", now + days(5)).unwrap();
    assert!(Arc::ptr_eq(&first.http1, &again.http1));
    let renewed = authority.leaf("s3.amazonaws.com", now + days(6)).unwrap();
    assert!(!Arc::ptr_eq(&first.http1, &renewed.http1));
    for n in 0..LEAVES_KEPT + 10 {
        authority.leaf(&format!("bucket-{n}.s3.amazonaws.com"), now).unwrap();
    }
    assert_eq!(authority.leaves.lock().unwrap().by_host.len(), LEAVES_KEPT);
    let error = authority.leaf("s3.amazonaws.com", now + days(31)).err().unwrap();
    assert!(matches!(error, IssueError::Expired));
}

#[test]
fn nothing_printable_holds_a_key() {
    let printed = format!("{:?}", authority());
    assert!(printed.starts_with("Authority { fingerprint: \""), "{printed}");
    assert!(printed.len() < 200, "{printed}");
}

#[test]
fn a_stored_authority_is_found_again_and_renewed_before_it_ends() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::new(directory.path().join("data"));
    let now = SystemTime::now();
    assert!(store.load().unwrap().is_none());
    let (first, how) = store.open(&hosts(), now).unwrap();
    assert_eq!(how, Opened::Created);
    assert_eq!(std::fs::read_to_string(store.certificate_path()).unwrap(), first.certificate_pem());
    assert!(!first.certificate_pem().contains("PRIVATE"));

    std::fs::remove_file(store.certificate_path()).unwrap();
    let (second, how) = store.open(&hosts(), now + days(300)).unwrap();
    assert_eq!(how, Opened::Existing);
    assert_eq!(first.fingerprint(), second.fingerprint());
    assert_eq!(first.not_after(), second.not_after());
    assert!(store.certificate_path().exists());
    // What the loaded one signs is what the first one's certificate vouches for.
    let leaf = second.leaf_certificate("s3.amazonaws.com", now, now + days(1)).unwrap();
    verify(&first, &leaf, "s3.amazonaws.com").unwrap();

    let (third, how) = store.open(&hosts(), now + days(340)).unwrap();
    assert_eq!(how, Opened::Renewed);
    assert_ne!(first.fingerprint(), third.fingerprint());
}

#[test]
fn a_stored_authority_that_does_not_cover_a_host_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::new(directory.path());
    let now = SystemTime::now();
    store.open(&hosts(), now).unwrap();
    let more = Hosts::new(["amazonaws.com"], ["other.example", "10.0.0.1"]).unwrap();
    let error = store.open(&more, now).unwrap_err();
    assert!(error.to_string().contains("does not cover 10.0.0.1"), "{error}");
    store.rotate(&more, now).unwrap();
    let (authority, _) = store.open(&more, now).unwrap();
    assert!(authority.hosts().contains("10.0.0.1"));
    assert!(!authority.hosts().contains("10.0.0.2"));
}

#[cfg(unix)]
#[test]
fn files_are_private_and_a_readable_key_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let store = Store::new(directory.path().join("data"));
    let now = SystemTime::now();
    store.open(&hosts(), now).unwrap();
    for path in [store.key_path(), store.certificate_path()] {
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", path.display());
    }
    for mode in [0o640, 0o604, 0o660] {
        std::fs::set_permissions(store.key_path(), std::fs::Permissions::from_mode(mode)).unwrap();
        let error = store.open(&hosts(), now).unwrap_err();
        assert!(matches!(error, StoreError::Exposed { mode: m, .. } if m == mode), "{error}");
    }
    store.rotate(&hosts(), now).unwrap();
    store.open(&hosts(), now).unwrap();
}

#[test]
fn a_damaged_or_mixed_file_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::new(directory.path());
    let now = SystemTime::now();
    store.rotate(&hosts(), now).unwrap();
    let first = std::fs::read_to_string(store.key_path()).unwrap();
    store.rotate(&hosts(), now).unwrap();
    let second = std::fs::read_to_string(store.key_path()).unwrap();
    let split = |text: &str| text.find("-----BEGIN CERTIFICATE").unwrap();
    let mixed = format!("{}{}", &first[..split(&first)], &second[split(&second)..]);
    for text in ["", "hello", &first[..split(&first)], &mixed, &first[..first.len() / 2]] {
        // Written in place, so that the file's mode stays as it is.
        std::fs::write(store.key_path(), text).unwrap();
        let error = store.open(&hosts(), now).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
        assert!(!error.to_string().contains("BEGIN"), "{error}");
    }
}
