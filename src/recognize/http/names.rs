//! What the names of members say: identifiers, roles, keys, tags.

use crate::catalog::naming::letters;

/// How a name ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Suffix {
    Arn,
    Id,
    Name,
    None,
}

/// A name without what says that it is an identifier, letters and digits only, in lower case; and how
/// it ended: `FunctionName`, `functionNames`, `function-name` are all `function`.
pub(super) fn stem(name: &str) -> (String, Suffix) {
    const SUFFIXES: [(&str, Suffix); 11] = [
        ("arns", Suffix::Arn),
        ("arn", Suffix::Arn),
        ("arnlist", Suffix::Arn),
        ("identifiers", Suffix::Id),
        ("identifier", Suffix::Id),
        ("idlist", Suffix::Id),
        ("ids", Suffix::Id),
        ("id", Suffix::Id),
        ("names", Suffix::Name),
        ("namelist", Suffix::Name),
        ("name", Suffix::Name),
    ];
    let folded = letters(name);
    for (suffix, kind) in SUFFIXES {
        if let Some(stem) = folded.strip_suffix(suffix) {
            return (stem.to_owned(), kind);
        }
    }
    (folded, Suffix::None)
}

pub(super) fn is_role(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["role", "roles", "rolename", "instanceprofile", "instanceprofilename"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// A key of KMS, by any of its names (`KmsKeyId`, `SSEKMSKeyId`, `KmsMasterKeyId`).
pub(super) fn is_key(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("kms") && (name.ends_with("key") || name.ends_with("keyid"))
}

/// Whether a member of this name may hold an ARN or a key's name, wherever in its name that stands: `RoleARNUpdate`,
/// `serviceRoleOverride`, `roleArnForLogging`, `jobIdentifier`.
pub(super) fn may_refer(name: &str) -> bool {
    let (stem, suffix) = stem(name);
    let is_id = suffix == Suffix::Id && !is_token(&stem);
    is_id
        || suffix == Suffix::Arn
        || is_key(name)
        || has_word(name, "Role")
        || has_word(name, "Arn")
}

/// Whether a name in camel case or with hyphens has a word: `Role` is in `iamRoleArn` and `ROLE_ARN`, not in `controller`.
fn has_word(name: &str, word: &str) -> bool {
    let (upper, lower) = (word.to_ascii_uppercase(), word.to_ascii_lowercase());
    let begins = |start: usize| {
        let before = name[..start].chars().next_back();
        let is_upper = name[start..].starts_with(char::is_uppercase);
        before.is_none_or(|it| !it.is_ascii_alphabetic() || is_upper)
    };
    let ends = |end: usize| {
        let after = name[end..].strip_prefix('s').unwrap_or(&name[end..]);
        !after.starts_with(|it: char| it.is_ascii_lowercase())
    };
    [word, &upper, &lower].into_iter().any(|it| {
        let mut found = name.match_indices(it);
        found.any(|(start, it)| begins(start) && ends(start + it.len()))
    })
}

/// What says who asks, or is a secret between two, and is nobody else's business: names of sessions, external ids, and
/// what is called a secret or a password, whether or not the model calls it sensitive.
pub(super) fn is_private(name: &str) -> bool {
    let name = letters(name);
    let is_secret = name.contains("password") || name.contains("passphrase");
    // Where one lies, and by what key it is encrypted, is no secret.
    let is_reference = name.ends_with("arn") || name.ends_with("arns") || is_key(&name);
    is_secret && !is_reference
        || [
            "externalid",
            "rolesessionname",
            "sourceidentity",
            "sessionname",
            "secretkey",
            "secretaccesskey",
            "sessiontoken",
            "accesstoken",
            "clientsecret",
        ]
        .iter()
        .any(|end| name.ends_with(end))
}

/// Idempotency tokens and the like: ids of requests, not of resources.
pub(super) fn is_token(stem: &str) -> bool {
    stem.ends_with("request") || stem.ends_with("token") || stem == "invocation"
}

pub(super) fn is_tag_keys(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with("tagkeys") || name.ends_with("tagkeylist")
}
