//! Which calls change what IAM decides by; read from `data/iam-changes.txt`.

use std::collections::HashMap;
use std::sync::LazyLock;

const DATA: &str = include_str!("../../../data/iam-changes.txt");

/// The services of which policies are read, by their names in the catalogue; `iam` stands for users, groups and roles.
pub const SERVICES: [&str; 7] = ["iam", "s3", "sqs", "sns", "kms", "secretsmanager", "lambda"];

/// What a call changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// What is read of this service, one of [`SERVICES`].
    Of(&'static str),
    /// Maybe all of it.
    All,
}

/// By the service and the operation; an operation `*` stands for all that do not only read.
static CHANGES: LazyLock<HashMap<(&str, &str), Changed>> = LazyLock::new(|| {
    let mut changes = HashMap::new();
    for line in DATA.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split_ascii_whitespace();
        let (Some(part), Some(service)) = (words.next(), words.next()) else { continue };
        let changed = match SERVICES.iter().find(|it| **it == part) {
            Some(service) => Changed::Of(service),
            None => Changed::All,
        };
        changes.extend(words.map(|operation| ((service, operation), changed)));
    }
    changes
});

/// What a call of this operation changes, if anything. `only_reads`: whether AWS says that it reads or lists.
pub fn changed(service: &str, operation: &str, only_reads: bool) -> Option<Changed> {
    let named = CHANGES.get(&(service, operation));
    named.or_else(|| CHANGES.get(&(service, "*")).filter(|_| !only_reads)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn every_line_names_operations_that_there_are() {
        let catalog = Catalog::embedded();
        for line in DATA.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let words: Vec<&str> = line.split_ascii_whitespace().collect();
            assert!(words.len() > 2, "{line}");
            assert!(words[0] == "all" || SERVICES.contains(&words[0]), "{line}");
            let service = catalog.service(words[1]).unwrap_or_else(|| panic!("{line}"));
            for operation in words[2..].iter().filter(|it| **it != "*") {
                assert!(service.operation(operation).is_some(), "{operation}");
            }
        }
    }

    #[test]
    fn what_changes_iam_is_told_from_what_reads_it() {
        assert_eq!(changed("iam", "AttachUserPolicy", false), Some(Changed::Of("iam")));
        assert_eq!(changed("iam", "ListUsers", true), None);
        assert_eq!(changed("s3", "PutBucketPolicy", false), Some(Changed::Of("s3")));
        assert_eq!(changed("s3", "PutObject", false), None);
        assert_eq!(changed("cloudformation", "DescribeStacks", true), Some(Changed::All));
        assert_eq!(changed("sts", "AssumeRole", false), None);
    }
}
