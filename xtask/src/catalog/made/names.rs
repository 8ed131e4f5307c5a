//! Names of operations, members, resource types and variables, as they are compared.

/// The verbs of operations that make something.
const VERBS: [&str; 47] = [
    "Accept",
    "Add",
    "Allocate",
    "Assign",
    "Associate",
    "Attach",
    "Authorize",
    "BatchCreate",
    "BatchImport",
    "BatchPut",
    "Begin",
    "Build",
    "Change",
    "Clone",
    "Copy",
    "Create",
    "Deploy",
    "Export",
    "Generate",
    "Import",
    "Initialize",
    "Initiate",
    "Invite",
    "Issue",
    "Launch",
    "Open",
    "Post",
    "Provision",
    "Publish",
    "Purchase",
    "Put",
    "Register",
    "Replicate",
    "Request",
    "Restore",
    "Retry",
    "Run",
    "Schedule",
    "Send",
    "Share",
    "Start",
    "Submit",
    "Subscribe",
    "Transfer",
    "Upload",
    "Invoke",
    "Execute",
];

/// What an operation makes, by its name: `CreateVpcs` → `vpc`; none when its verb makes nothing.
pub(super) fn noun(operation: &str) -> Option<String> {
    let rests = VERBS.iter().filter_map(|verb| operation.strip_prefix(verb));
    let rests = rests.filter(|rest| rest.chars().next().is_none_or(|it| it.is_ascii_uppercase()));
    rests.min_by_key(|rest| rest.len()).map(|rest| singular(&folded(rest)))
}

/// Letters and digits in lower case.
pub(super) fn folded(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|it| it.to_ascii_lowercase()).collect()
}

/// One of what a folded name says in the plural.
pub(super) fn singular(name: &str) -> String {
    if let Some(stem) = name.strip_suffix("ies").filter(|stem| stem.len() > 1) {
        return format!("{stem}y");
    }
    for end in ["sses", "xes", "ches"] {
        if let Some(stem) = name.strip_suffix(end) {
            return format!("{stem}{}", &end[..end.len() - 2]);
        }
    }
    match name.strip_suffix('s') {
        Some(stem) if !stem.ends_with(['s', 'u', 'i']) => stem.to_owned(),
        _ => name.to_owned(),
    }
}

/// A folded name without what says that it is a name: `vpcid` → `vpc`.
pub(super) fn stem(name: &str) -> &str {
    if name == "uuid" {
        return "";
    }
    let ends = ["identifier", "name", "arn", "id"];
    ends.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name)
}

/// Whether a folded name says of what it names that AWS gives it, not somebody who calls.
pub(super) fn is_id(name: &str) -> bool {
    ["id", "arn", "identifier"].iter().any(|end| name.ends_with(end))
}

/// Whether what has this folded name was chosen by somebody.
pub(super) fn is_chosen(name: &str) -> bool {
    let words = ["name", "alias", "path", "pattern"];
    !is_id(name) && words.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_says_what_it_makes() {
        for (operation, made) in [
            ("CreateVpc", Some("vpc")),
            ("RunInstances", Some("instance")),
            ("BatchCreatePolicies", Some("policy")),
            ("AllocateAddress", Some("address")),
            ("StartQuery", Some("query")),
            ("Publish", Some("")),
            // No verb, although it begins with the letters of one.
            ("Runtime", None),
            ("DescribeVpcs", None),
            ("DeleteVpc", None),
        ] {
            assert_eq!(noun(operation).as_deref(), made, "{operation}");
        }
    }

    #[test]
    fn names_are_compared_without_what_says_that_they_are_names() {
        for (name, what) in
            [("vpcid", "vpc"), ("dbclusteridentifier", "dbcluster"), ("arn", ""), ("uuid", "")]
        {
            assert_eq!(stem(name), what, "{name}");
        }
        assert_eq!(
            ["boxes", "branches", "addresses", "status"].map(singular),
            ["box", "branch", "address", "status"]
        );
        assert!(is_id("functionarn") && !is_id("functionname"));
        assert!(is_chosen("usernamewithpath") && !is_chosen("namespaceid") && !is_chosen("vpcid"));
    }
}
