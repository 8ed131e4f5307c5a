//! Reading the sentence of a denial: who, which action, on what, and why.
//!
//! The forms are those of <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>, and what
//! services say otherwise, each with a public report of it where it is read.

use std::sync::LazyLock;

use memchr::memchr2_iter;
use memchr::memmem::Finder;

use super::because::Because;

/// What a sentence says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sentence<'a> {
    pub(super) principal: Option<&'a str>,
    /// As it stands there: it may be anything with a colon.
    pub(super) action: Option<&'a str>,
    pub(super) resource: Option<Resource<'a>>,
    pub(super) because: Because,
    /// It says that a service-linked role could not be made, and not by the action's name.
    pub(super) linked_role: bool,
}

/// How a sentence names a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resource<'a> {
    /// By its ARN.
    Arn(&'a str),
    /// All there is.
    Everything,
    /// In IAM's prose: `role app`, `instance profile web`
    /// (<https://github.com/zeit/now/issues/40>, <https://github.com/rebuy-de/aws-nuke/issues/294>).
    Prose { kind: &'a str, name: &'a str },
    /// In another way.
    Otherwise(&'a str),
}

impl Resource<'_> {
    /// The text of it.
    pub(super) fn text(self) -> String {
        match self {
            Resource::Arn(text) | Resource::Otherwise(text) => text.to_owned(),
            Resource::Everything => "*".to_owned(),
            Resource::Prose { kind, name } => format!("{kind} {name}"),
        }
    }
}

/// What IAM's prose begins with, and the resource type that it is.
pub(super) const PROSE: [(&str, &str); 5] = [
    ("role", "role"),
    ("policy", "policy"),
    ("user", "user"),
    ("group", "group"),
    ("instance profile", "instance-profile"),
];

const DENIED: &str = "ot authorized to perform";
/// Sentences are kept up to some length: what ends where a long one ends may have gone on.
const MAY_BE_CUT: usize = 500;

/// Whether a sentence is that of a denial, whatever the code that came with it.
pub(super) fn is_denial(sentence: &str) -> bool {
    find(sentence, DENIED).is_some() || says_linked_role(sentence)
}

pub(super) fn read(sentence: &str) -> Sentence<'_> {
    let mut said = Sentence {
        principal: principal(sentence),
        action: None,
        resource: None,
        because: Because::NotSaid,
        linked_role: false,
    };
    // EC2 has words before it: "You are not authorized to perform this operation. User: … is not authorized to perform:
    // ec2:RunInstances on resource: …" (https://github.com/aws/karpenter-provider-aws/issues/7370).
    let mut rest = sentence;
    while let Some(at) = find(rest, DENIED) {
        rest = &rest[at + DENIED.len()..];
        let (word, behind) = word(rest.trim_start_matches([':', ' ']));
        if !word.contains(':') {
            continue;
        }
        said.action = Some(word);
        let (resource, tail) = resource(behind);
        said.resource = resource;
        // What is behind the resource only: names are the program's.
        said.because = because(tail);
        return said;
    }
    said.because = because(sentence);
    said.linked_role = says_linked_role(sentence);
    said
}

/// `User: arn:…`; SES puts it between a backtick and an apostrophe.
fn principal(sentence: &str) -> Option<&str> {
    let (_, rest) = sentence.split_once("User")?;
    let (word, _) = word(rest.trim_start_matches([':', ' ']));
    word.starts_with("arn:").then_some(word)
}

/// The next word, without what it is quoted in: SES writes `` `ses:SendEmail' ``
/// (<https://github.com/danielireson/formplug/pull/11>), others in quotes.
fn word(text: &str) -> (&str, &str) {
    if let Some((quoted, rest)) = quoted(text) {
        return (quoted, rest);
    }
    let end = text.find([' ', ',', '\n', '\t']).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    (word.trim_end_matches(['.', ';', '"', '\'']), rest)
}

fn quoted(text: &str) -> Option<(&str, &str)> {
    let open = text.chars().next().filter(|it| matches!(it, '"' | '\'' | '`'))?;
    let close: &[char] = if open == '"' { &['"'] } else { &['\'', '`'] };
    let inner = &text[1..];
    // Names that are quoted with apostrophes may have some inside; the closing one has nothing of a name behind it.
    let ends = |at: usize| inner[at + 1..].chars().next().is_none_or(|it| " .,;\n".contains(it));
    let end = inner.match_indices(close).map(|(at, _)| at).find(|at| ends(*at))?;
    Some((&inner[..end], &inner[end + 1..]))
}

/// The resource behind the action, and what is behind the resource.
fn resource(behind: &str) -> (Option<Resource<'_>>, &str) {
    const ON: &str = "on resource";
    let Some(at) = find(behind, ON) else { return (None, behind) };
    // "because no resource-based policy … on resource" is another sentence.
    if find(&behind[..at], "because").is_some() || find(&behind[..at], "deny").is_some() {
        return (None, behind);
    }
    let text = behind[at + ON.len()..].trim_start_matches(['(', 's', ')', ':', ' ']);
    if let Some((name, tail)) = quoted(text) {
        return (Some(said(name)), tail);
    }
    let end = [" because ", " with an explicit deny", " due to ", " (", ", ", "\n"]
        .iter()
        .filter_map(|mark| find(text, mark))
        .min();
    let (name, tail) = text.split_at(end.unwrap_or(text.len()));
    if end.is_none() && behind.len() >= MAY_BE_CUT {
        return (None, tail);
    }
    let name = name.trim_end().trim_end_matches(['.', ';', ',', '"']);
    (Some(name).filter(|it| !it.is_empty()).map(said), tail)
}

fn said(name: &str) -> Resource<'_> {
    if name == "*" {
        return Resource::Everything;
    }
    for (kind, _) in PROSE {
        let named = name.strip_prefix(kind).and_then(|rest| rest.strip_prefix(' '));
        match named.map(str::trim) {
            Some(arn) if arn.starts_with("arn:") => return said(arn),
            Some(name) if !name.is_empty() => return Resource::Prose { kind, name },
            _ => {}
        }
    }
    if name.starts_with("arn:") { Resource::Arn(name) } else { Resource::Otherwise(name) }
}

/// Why, from the words behind the resource. A policy's ARN may stand behind them
/// (<https://aws.amazon.com/blogs/security/enhanced-access-denied-error-messages-with-policy-arns>): the first words count.
fn because(tail: &str) -> Because {
    if tail.is_empty() {
        return Because::NotSaid;
    }
    let tail = tail.to_ascii_lowercase();
    let has = |finder: &Finder<'_>| finder.find(tail.as_bytes());
    let explicit = EXPLICIT.iter().any(|it| has(it).is_some());
    let told = REASONS.iter().filter_map(|(words, because)| Some((has(words)?, *because)));
    match told.min_by_key(|(at, _)| *at) {
        Some((_, Because::NoIdentityPolicy)) if explicit => Because::ExplicitIdentityDeny,
        Some((_, because)) => because,
        None if explicit => Because::ExplicitDeny,
        None => Because::NotSaid,
    }
}

/// What says that a policy denies it.
static EXPLICIT: LazyLock<[Finder<'static>; 2]> =
    LazyLock::new(|| ["explicit deny", "explicitly denies"].map(Finder::new));

/// What says which policies are meant.
static REASONS: LazyLock<[(Finder<'static>, Because); 9]> = LazyLock::new(|| {
    let reasons = [
        ("service control polic", Because::ServiceControlPolicy),
        ("resource control polic", Because::ResourceControlPolicy),
        ("permissions boundary", Because::PermissionsBoundary),
        ("session polic", Because::SessionPolicy),
        // So it stands on the page.
        ("sessions polic", Because::SessionPolicy),
        ("vpc endpoint polic", Because::VpcEndpointPolicy),
        ("trust policy", Because::TrustPolicy),
        ("resource-based polic", Because::ResourcePolicy),
        ("identity-based polic", Because::NoIdentityPolicy),
    ];
    reasons.map(|(words, because)| (Finder::new(words), because))
});

/// "Caller does not have permissions to create a Service Linked Role"
/// (<https://github.com/amplify-education/serverless-domain-manager/issues/112>), "The provided credentials do not have
/// permission to create the service-linked role for EC2 Spot Instances."
/// (<https://github.com/kubernetes/kops/issues/16475>), "Access denied when calling CreateServiceLinkedRole operation".
fn says_linked_role(sentence: &str) -> bool {
    let text = sentence.to_ascii_lowercase();
    let role = text.contains("service linked role")
        || text.contains("service-linked role")
        || text.contains("createservicelinkedrole");
    let lacks = [
        "not have permission",
        "n't have permission",
        "permission to create",
        "access denied",
        "not authorized",
    ];
    role && text.contains("creat") && lacks.iter().any(|words| text.contains(words))
}

/// Where a mark of ASCII letters is, in whatever case.
fn find(text: &str, mark: &str) -> Option<usize> {
    let (text, mark) = (text.as_bytes(), mark.as_bytes());
    let first = *mark.first()?;
    let begins = |at: &usize| {
        let here = text.get(*at..*at + mark.len());
        here.is_some_and(|here| here.eq_ignore_ascii_case(mark))
    };
    memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), text).find(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = "arn:aws:iam::111122223333:user/ann";

    #[track_caller]
    fn says(text: &str, action: &str, resource: Option<Resource<'_>>, because: Because) {
        let said = read(text);
        assert_eq!((said.action, said.resource, said.because), (Some(action), resource, because));
        assert!(is_denial(text), "{text}");
    }

    #[test]
    fn the_usual_form_and_its_causes() {
        let arn = "arn:aws:iam::111122223333:role/app";
        for (tail, because) in [
            ("", Because::NotSaid),
            (
                " because no identity-based policy allows the iam:GetRole action",
                Because::NoIdentityPolicy,
            ),
            (" with an explicit deny", Because::ExplicitDeny),
            (" with an explicit deny in an identity-based policy", Because::ExplicitIdentityDeny),
            (
                " with an explicit deny in an identity-based policy: arn:aws:iam::111122223333:policy/x",
                Because::ExplicitIdentityDeny,
            ),
            (
                " with an explicit deny in a service control policy: arn:aws:organizations::444455556666:policy/o-a/service_control_policy/p-b",
                Because::ServiceControlPolicy,
            ),
            (" due to an explicit deny in a Service Control Policy", Because::ServiceControlPolicy),
            (
                " because no resource control policy allows the iam:GetRole action",
                Because::ResourceControlPolicy,
            ),
            (
                " because no permissions boundary allows the iam:GetRole action",
                Because::PermissionsBoundary,
            ),
            (" because no session policy allows the iam:GetRole action", Because::SessionPolicy),
            (" with an explicit deny in a sessions policy", Because::SessionPolicy),
            (
                " because no VPC endpoint policy allows the iam:GetRole action",
                Because::VpcEndpointPolicy,
            ),
            (
                " because no role trust policy allows the sts:AssumeRole action",
                Because::TrustPolicy,
            ),
            (" with an explicit deny in the role trust policy", Because::TrustPolicy),
            (
                " because no resource-based policy allows the iam:GetRole action",
                Because::ResourcePolicy,
            ),
        ] {
            let text = format!(
                "User: {USER} is not authorized to perform: iam:GetRole on resource: {arn}{tail}"
            );
            says(&text, "iam:GetRole", Some(Resource::Arn(arn)), because);
            assert_eq!(read(&text).principal, Some(USER));
        }
    }

    #[test]
    fn names_say_nothing_of_the_cause() {
        let arn = "arn:aws:s3:::b/with an explicit deny in a session policy because";
        let text = format!(
            "User: {USER} is not authorized to perform: s3:GetObject on resource: \"{arn}\" because no identity-based policy allows it"
        );
        says(&text, "s3:GetObject", Some(Resource::Arn(arn)), Because::NoIdentityPolicy);
    }

    #[test]
    fn forms_of_services() {
        let ses = "User `arn:aws:sts::111122223333:assumed-role/a/b' is not authorized to perform `ses:SendEmail' on resource \
            `arn:aws:ses:eu-west-1:111122223333:identity/o'brien@example.com'";
        let identity = "arn:aws:ses:eu-west-1:111122223333:identity/o'brien@example.com";
        says(ses, "ses:SendEmail", Some(Resource::Arn(identity)), Because::NotSaid);
        assert_eq!(read(ses).principal, Some("arn:aws:sts::111122223333:assumed-role/a/b"));
        let ec2 = "You are not authorized to perform this operation. User: arn:aws:iam::1:user/a is not authorized to perform: \
            ec2:RunInstances on resource: arn:aws:ec2:eu-west-1:111122223333:instance/* with an explicit deny in a service control policy.";
        let all = Resource::Arn("arn:aws:ec2:eu-west-1:111122223333:instance/*");
        says(ec2, "ec2:RunInstances", Some(all), Because::ServiceControlPolicy);
        says("Not authorized to perform sts:AssumeRole", "sts:AssumeRole", None, Because::NotSaid);
        let kms = format!(
            "User: {USER} is not authorized to perform: kms:Decrypt on this resource because the resource does not exist in this \
             Region, no resource-based policies allow access, or a resource-based policy explicitly denies access"
        );
        says(&kms, "kms:Decrypt", None, Because::ResourcePolicy);
        let tail = "is not authorized to perform: ses:VerifyEmailIdentity";
        says(&format!("User: {USER} {tail}"), "ses:VerifyEmailIdentity", None, Because::NotSaid);
    }

    #[test]
    fn the_prose_of_iam() {
        for (text, kind, name) in [
            ("role app", "role", "app"),
            ("policy p", "policy", "p"),
            ("user u because no identity-based policy allows it", "user", "u"),
            ("group g", "group", "g"),
            ("instance profile web", "instance profile", "web"),
        ] {
            let text =
                format!("User: {USER} is not authorized to perform: iam:X on resource: {text}");
            assert_eq!(read(&text).resource, Some(Resource::Prose { kind, name }), "{text}");
        }
        let text = "is not authorized to perform: iam:GetPolicy on resource: policy arn:aws:iam::aws:policy/A";
        assert_eq!(read(text).resource, Some(Resource::Arn("arn:aws:iam::aws:policy/A")));
    }

    #[test]
    fn service_linked_roles() {
        for text in [
            "Caller does not have permissions to create a Service Linked Role",
            "The provided credentials do not have permission to create the service-linked role for EC2 Spot Instances.",
            "Access denied when calling CreateServiceLinkedRole operation",
            "Unable to create the resource. Verify that you have permission to create service linked role.",
        ] {
            assert!(read(text).linked_role && is_denial(text), "{text}");
        }
        let text = "Unable to assume the service linked role. Please verify that the ECS service linked role exists.";
        assert!(!read(text).linked_role && !is_denial(text));
    }

    #[test]
    fn what_may_be_cut_off_is_no_resource() {
        let long = format!(
            "User: {USER} is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/{}",
            "x".repeat(500)
        );
        assert_eq!(read(&long).resource, None);
        let long = format!("{long} because no identity-based policy allows it");
        assert!(read(&long).resource.is_some());
    }

    #[test]
    fn nothing_of_it_panics() {
        for text in [
            "",
            "not authorized to perform",
            "not authorized to perform `",
            "not authorized to perform: \"é",
            "on resource",
            "not authorized to perform: a: on resource",
            "not authorized to perform a:b on resource: `é'é",
            "User",
            "User: `",
        ] {
            let _ = read(text);
        }
    }
}
