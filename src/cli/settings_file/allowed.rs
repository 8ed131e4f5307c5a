//! What a `leastwise.toml` of the working directory may set. It comes from whoever wrote what is there, such as a
//! repository that was cloned.

/// What it may set: what the policy looks like, and that more is said or asked. Nothing here names a file.
pub(crate) const ALLOWED: &[&str] =
    &["format", "json", "sid", "sort-alphabetical", "unused", "verbose"];

/// Why it may not set the others.
const NOT_ALLOWED: &[(&str, &[&str])] = &[
    (
        "decides what is written, and where",
        &[
            "all",
            "append",
            "background",
            "ca-bundle",
            "ca-key",
            "decisions",
            "fit",
            "force",
            "memory",
            "output-file",
            "per-principal",
            "clean-up",
            "federate",
            "keep",
            "own-policy",
            "print-plan",
            "process",
            "profile",
            "record",
            "report",
            "role-arn",
            "sarif",
            "set-ini",
            "tailor",
        ],
    ),
    (
        "decides where requests go, or who can send them",
        &[
            "allow-remote",
            "allow-user",
            "aws",
            "aws-redirect-host",
            "bind-addr",
            "csm-port",
            "host",
            "intercept",
            "lookup",
            "mode",
            "no-java",
            "upstream",
            "upstream-ca",
            "upstream-proxy",
            "validate",
            "web",
        ],
    ),
    (
        "decides what the policy allows",
        &[
            "account",
            "account-id",
            "anonymous",
            "fails-only",
            "force-wildcard-resource",
            "generated",
            "group-over",
            "drop-unseen",
            "keep-resources",
            // Its wildcards allow what AWS has today, and what it will have.
            "minimize",
            "override-aws-map",
            "possible",
            "principal",
            "region",
            "resources",
            "rules",
            "since",
            "stable",
            // What is damaged may be what a policy would have needed.
            "strict",
            "succeeded-only",
            "until",
        ],
    ),
    (
        "decides how a policy is judged",
        &[
            "allow-incomplete",
            "allow-undecided",
            "baseline",
            "boundary",
            "ceiling",
            "check",
            "context",
            "duration",
            "endpoint-policy",
            "enforce",
            "enforce-each",
            "iam",
            "learn",
            "management-account",
            "no-new-access",
            "policy",
            "principal-arn",
            "rcp",
            "resource-policy",
            "rounds",
            "scp",
            "session",
            "session-policy",
            "soft",
            "type",
            "undecided",
            "unknown-keys",
            "unrecognized",
            "wait",
        ],
    ),
    (
        "decides what is shown and what is not",
        &[
            "action",
            "debug",
            "docker",
            "fish",
            "github",
            "hints",
            "powershell",
            "quiet",
            "refresh-rate",
            "top",
            "view",
        ],
    ),
];

/// Why an option is none that such a file may set; `None` when it may. What is not listed may not.
pub(crate) fn forbidden(option: &str) -> Option<&'static str> {
    if ALLOWED.contains(&option) {
        return None;
    }
    let listed = NOT_ALLOWED.iter().find(|(_, options)| options.contains(&option));
    Some(listed.map_or("changes more than what the policy looks like", |(why, _)| why))
}

#[cfg(test)]
mod tests {
    use std::any::TypeId;
    use std::collections::BTreeSet;
    use std::path::PathBuf;

    use super::super::{built, options, settable_commands};
    use super::*;

    /// A new option fails here until it is decided whether a stranger's file may set it.
    #[test]
    fn every_option_of_every_command_is_classified_once() {
        let cli = built();
        let options: BTreeSet<_> =
            settable_commands(&cli).flat_map(options).filter_map(|arg| arg.get_long()).collect();
        let refused = || NOT_ALLOWED.iter().flat_map(|(_, options)| options.iter());
        let classified: Vec<_> = ALLOWED.iter().chain(refused()).copied().collect();
        let unique: BTreeSet<_> = classified.iter().copied().collect();
        assert_eq!(unique, options, "each option stands in one of the two lists");
        assert_eq!(classified.len(), unique.len(), "an option is listed twice");
        for option in refused() {
            assert!(forbidden(option).is_some(), "{option}");
        }
    }

    #[test]
    fn nothing_that_is_allowed_names_a_file() {
        let cli = built();
        for arg in settable_commands(&cli).flat_map(options) {
            let name = arg.get_long().unwrap();
            let is_path = arg.get_value_parser().type_id() == TypeId::of::<PathBuf>();
            assert!(!(is_path && ALLOWED.contains(&name)), "--{name} takes a path");
        }
    }

    #[test]
    fn what_nobody_has_classified_is_not_allowed() {
        assert!(forbidden("an-option-of-tomorrow").is_some());
    }
}
