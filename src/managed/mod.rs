//! AWS's managed policies, as the binary has them: names, versions and documents, made by `build/managed.rs` from `data/managed`.
//!
//! They are what moto had when this was built (`data/sources.toml` says which release, and what was weighed beside it). A policy that AWS has
//! withdrawn is not listed for accounts that do not have it attached
//! (<https://docs.aws.amazon.com/aws-managed-policy/latest/reference/about-managed-policy-reference.html#deprecated-managed-policies>), and so is
//! not among them.

mod packed;
mod policy;

pub use policy::ManagedPolicy;

use crate::catalog::{Catalog, Release};

/// The package that the documents are from.
const PACKAGE: &str = "moto";

/// All of them, sorted by name.
pub fn embedded() -> Vec<ManagedPolicy> {
    packed::read(packed::BYTES).unwrap_or_default()
}

/// The release of the package that they are from.
pub fn release() -> Option<Release> {
    Catalog::embedded().releases().find(|release| release.package == PACKAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_of_the_source_is_there_as_it_is_in_it() {
        let source = include_str!("../../data/managed/policies.txt");
        let mut read =
            String::from("# name path version language, and the statements of the document\n");
        let mut linked = 0;
        let mut source_alone = String::new();
        let mut keeps = true;
        for line in source.lines() {
            if !line.starts_with(' ') {
                keeps = !line.contains(" /aws-service-role/ ");
            }
            if keeps || !line.starts_with(' ') {
                source_alone += line;
                source_alone.push('\n');
            }
        }
        for policy in embedded() {
            let ManagedPolicy { name, path, version, document } = policy;
            read += &format!("{name} {path} {version} 2012-10-17\n");
            let Some(document) = document else {
                assert_eq!(path, "/aws-service-role/", "{name}");
                linked += 1;
                continue;
            };
            let document: serde_json::Value = serde_json::from_str(&document).unwrap();
            assert_eq!(document["Version"], "2012-10-17");
            for statement in document["Statement"].as_array().unwrap() {
                let text = |name: &str| statement[name].as_str().unwrap_or_default().to_owned();
                read += &format!(" {} {}\n", text("Effect"), text("Sid"));
                for element in ["Action", "NotAction", "Resource", "NotResource"] {
                    if let Some(strings) = statement[element].as_array() {
                        let strings: Vec<_> =
                            strings.iter().map(|it| it.as_str().unwrap()).collect();
                        read += &format!("  {element} {}\n", strings.join(" "));
                    }
                }
                if let Some(condition) = statement.get("Condition") {
                    read += &format!("  Condition {condition}\n");
                }
            }
        }
        assert!(linked > 300, "{linked}");
        assert_eq!(read, source_alone);
        assert!(packed::BYTES.len() < 300_000, "{}", packed::BYTES.len());
    }

    #[test]
    fn what_is_damaged_is_told_from_policies() {
        let whole = packed::BYTES;
        assert!(packed::read(whole).is_some());
        for damaged in [&whole[..0], &whole[..7], &whole[..whole.len() / 2], &whole[1..]] {
            assert_eq!(packed::read(damaged), None);
        }
    }

    #[test]
    fn the_release_is_known() {
        assert!(release().is_some_and(|it| it.date.starts_with("20")));
    }
}
