//! What a program that is recorded, or who reads the files of a run, can do with the authority that clients trust.

use std::process::Command;

use crate::common::{leastwise, stderr, stdout};
use crate::hostile::skipped;

/// The command is given certificates; the key that could make more of them is in none of its files, and not in its
/// environment.
#[test]
fn the_key_of_a_run_is_in_no_file_of_it() {
    const PROGRAM: &str = r#"
set -e
folder=$(dirname "$LEASTWISE_CA_FILE")
grep --quiet 'BEGIN CERTIFICATE' "$LEASTWISE_CA_FILE"
echo "files: $(find "$folder" -type f | wc -l)"
if grep --recursive --ignore-case 'PRIVATE KEY' "$folder" || env | grep --ignore-case 'PRIVATE KEY'; then
  echo found
fi
"#;
    let output =
        leastwise(["run", "--mode", "proxy", "-o", "/dev/null", "--", "bash", "-c", PROGRAM])
            .output()
            .unwrap();
    let said = stdout(&output);
    assert!(output.status.success(), "{said}{}", stderr(&output));
    assert!(said.starts_with("files: ") && !said.starts_with("files: 0"), "{said}");
    assert!(!said.contains("found"), "{said}");
}

/// A stolen key would be good for AWS's domains and what the user named, and for no bank.
#[test]
fn the_authority_of_a_run_is_constrained() {
    if Command::new("openssl").arg("version").output().is_err() {
        return skipped(
            "b::authority::the_authority_of_a_run_is_constrained",
            "openssl is not installed: the authority of a run is not read",
        );
    }
    const PROGRAM: &str = r#"openssl x509 -noout -text -in "$LEASTWISE_CA_FILE""#;
    let output = leastwise(["run", "--mode", "proxy", "--intercept", "storage.example"])
        .args(["-o", "/dev/null", "--", "bash", "-c", PROGRAM])
        .output()
        .unwrap();
    let said = stdout(&output);
    assert!(said.contains("X509v3 Name Constraints: critical"), "{said}{}", stderr(&output));
    let (permitted, excluded) = said.split_once("Excluded:").unwrap();
    let permitted: Vec<&str> =
        permitted.lines().filter_map(|line| line.trim().strip_prefix("DNS:")).collect();
    assert!(permitted.contains(&"amazonaws.com") && permitted.contains(&"storage.example"));
    // `com`, `aws` or nothing at all would be everybody.
    assert!(
        permitted.iter().all(|name| name.trim_start_matches('.').contains('.')),
        "{permitted:?}"
    );
    for all in ["IP:0.0.0.0/0.0.0.0", "IP:0:0:0:0:0:0:0:0/0:0:0:0:0:0:0:0"] {
        assert!(excluded.contains(all), "{excluded}");
    }
    assert!(said.contains("pathlen:0"), "{said}");
}
