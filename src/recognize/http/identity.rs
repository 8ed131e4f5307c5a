//! Whose a key is: read from the answers that give keys out, or say who is asking.
//!
//! Of such an answer two texts are taken: the key's id and the principal's ARN (of a new key its user's name). The secret
//! key and the session token beside them are passed over by the scanners, which copy nothing that is not asked for, and
//! there is no field that could hold them.

use serde_json::{Map, Value};

use super::scan::xml;
use super::take::{Found, LONGEST, Reads, Then};
use crate::call::Identity;
use crate::catalog::Operation;
use crate::recognize::account;

/// What an operation's answer tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tells {
    /// A key, and its principal.
    Assumed,
    /// The caller's principal.
    Caller,
    /// A key of the caller's own principal.
    Own,
    /// A key of the root user of the account that the request names.
    Root,
    /// A key of a role that IAM Identity Center made for the permission set that the request names.
    PermissionSet,
    /// A key, of the role that the request may name.
    CustomRole,
    /// A long-lived key of the user that the answer names.
    User,
}

impl Tells {
    fn of(operation: Operation) -> Option<Tells> {
        Some(match (operation.service().name(), operation.name()) {
            (
                "sts",
                "AssumeRole"
                | "AssumeRoleWithSAML"
                | "AssumeRoleWithWebIdentity"
                | "GetFederationToken"
                | "GetDelegatedAccessToken",
            )
            | ("eks-auth", "AssumeRoleForPodIdentity") => Tells::Assumed,
            ("sts", "GetCallerIdentity") => Tells::Caller,
            ("sts", "GetSessionToken") | ("s3", "CreateSession") => Tells::Own,
            ("sts", "AssumeRoot") => Tells::Root,
            ("sso", "GetRoleCredentials") => Tells::PermissionSet,
            ("cognito-identity", "GetCredentialsForIdentity") => Tells::CustomRole,
            ("iam", "CreateAccessKey") => Tells::User,
            _ => return None,
        })
    }
}

/// Reads an answer that tells whose a key is.
#[derive(Debug)]
pub(super) struct Teller {
    tells: Tells,
    /// The containers that were entered.
    around: Vec<Around>,
    /// What the next value stands in, or is.
    next: Next,
    key: Option<String>,
    arn: Option<String>,
    user: Option<String>,
}

/// A container in an answer, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Around {
    /// The answer itself, or what XML wraps it in.
    Answer,
    /// Where the key is.
    Credentials,
    /// Where the principal is.
    Principal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Nothing,
    Container(Around),
    Part(Part),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Key,
    Arn,
    User,
}

const DEEPEST: usize = 4;

impl Teller {
    /// What reads the answers of this operation, if they tell.
    pub(super) fn of(operation: Operation) -> Option<Teller> {
        Tells::of(operation).map(Teller::new)
    }

    fn new(tells: Tells) -> Teller {
        Teller { tells, around: Vec::new(), next: Next::Nothing, key: None, arn: None, user: None }
    }

    /// What was told, given what the request named and where it went.
    pub(super) fn identity(
        self,
        parameters: &Map<String, Value>,
        partition: &str,
    ) -> Option<Identity> {
        let named = |name: &str| parameters.get(name).and_then(Value::as_str);
        let (access_key, arn) = match self.tells {
            Tells::Caller => return Some(Identity { access_key: None, arn: Some(self.arn?) }),
            Tells::Assumed => (self.key?, Some(self.arn?)),
            Tells::Own => (self.key?, None),
            Tells::Root => {
                let target = named("TargetPrincipal")?;
                let arn = if is_account(target) {
                    format!("arn:{partition}:iam::{target}:root")
                } else {
                    arn(target)?
                };
                (self.key?, Some(arn))
            }
            Tells::PermissionSet => {
                let (account, set) = (named("accountId")?, named("roleName")?);
                if !is_account(account) || !is_name(set) {
                    return None;
                }
                // The role's name ends in characters that only IAM tells.
                // https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
                let arn = format!("arn:{partition}:iam::{account}:role/AWSReservedSSO_{set}_*");
                (self.key?, Some(arn))
            }
            Tells::CustomRole => (self.key?, Some(arn(named("CustomRoleArn")?)?)),
            Tells::User => {
                let key = self.key?;
                let account = account::from_access_key(&key)?;
                (key, Some(format!("arn:{partition}:iam::{account}:user/{}", self.user?)))
            }
        };
        Some(Identity { access_key: Some(access_key), arn })
    }

    /// What something of this name is, where it stands.
    fn look(&self, name: &str) -> Next {
        let is = |one: &str| name.eq_ignore_ascii_case(one);
        let Some(around) = self.around.last() else { return Next::Container(Around::Answer) };
        match around {
            Around::Credentials if is("AccessKeyId") => Next::Part(Part::Key),
            Around::Credentials if is("UserName") && self.tells == Tells::User => {
                Next::Part(Part::User)
            }
            Around::Principal if is("Arn") => Next::Part(Part::Arn),
            Around::Answer if is("Arn") && self.tells == Tells::Caller => Next::Part(Part::Arn),
            Around::Answer if is("AssumedPrincipal") => Next::Part(Part::Arn),
            Around::Answer if is("Credentials") || is("roleCredentials") => {
                Next::Container(Around::Credentials)
            }
            Around::Answer if is("AccessKey") && self.tells == Tells::User => {
                Next::Container(Around::Credentials)
            }
            Around::Answer if is("AssumedRoleUser") || is("FederatedUser") => {
                Next::Container(Around::Principal)
            }
            Around::Answer if name.ends_with("Result") => Next::Container(Around::Answer),
            _ => Next::Nothing,
        }
    }

    fn enter(&mut self, around: Around) -> Then {
        if self.around.len() >= DEEPEST {
            return Then::Skip;
        }
        self.around.push(around);
        Then::Enter
    }

    fn take(&mut self, text: &str, cut: bool) {
        let Next::Part(part) = std::mem::replace(&mut self.next, Next::Nothing) else { return };
        if cut {
            return;
        }
        match part {
            Part::Key => self.key = self.key.take().or_else(|| key_id(text)),
            Part::Arn => self.arn = self.arn.take().or_else(|| arn(text)),
            Part::User => {
                self.user = self.user.take().or_else(|| is_name(text).then(|| text.to_owned()));
            }
        }
    }
}

impl Reads for Teller {
    fn key(&mut self, key: &str) {
        self.next = self.look(key);
    }

    fn found(&mut self, found: Found) -> Then {
        let next = if self.around.is_empty() { self.look("") } else { self.next };
        match (next, found) {
            (Next::Container(around), Found::Object) => {
                self.next = Next::Nothing;
                self.enter(around)
            }
            (Next::Part(_), Found::Text) => Then::Keep,
            _ => {
                self.next = Next::Nothing;
                Then::Skip
            }
        }
    }

    fn text(&mut self, text: &str, cut: bool) {
        self.take(text, cut);
    }

    fn literal(&mut self, _value: Value) {}

    fn end(&mut self) {
        self.around.pop();
    }
}

impl xml::Elements for Teller {
    fn start(&mut self, name: &str) -> Then {
        self.next = self.look(name);
        match self.next {
            Next::Container(around) => self.enter(around),
            Next::Part(_) => Then::Keep,
            Next::Nothing => Then::Skip,
        }
    }

    fn text(&mut self, text: &str, cut: bool) {
        self.take(text, cut);
    }

    fn end(&mut self) {
        self.around.pop();
    }
}

/// An access key id (https://docs.aws.amazon.com/STS/latest/APIReference/API_Credentials.html). What has 40 characters is
/// none: so long are secret keys.
fn key_id(text: &str) -> Option<String> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let fits = (16..=128).contains(&text.len()) && text.len() != 40;
    (fits && text.bytes().all(is_word)).then(|| text.to_owned())
}

fn arn(text: &str) -> Option<String> {
    let is_one = text.starts_with("arn:") && text.split(':').count() >= 6 && text.len() <= LONGEST;
    (is_one && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| text.to_owned())
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A name of IAM's.
fn is_name(text: &str) -> bool {
    let fits = (1..=128).contains(&text.len());
    fits && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::super::scan::{cbor, json};
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMIsK7MDENGsbPxRfiCYEXAMPLEKEY";
    const TOKEN: &str = "FwoGZXIvYXdzEBAaDExampleTokenThatNobodyMayKeep0123456789";
    const KEY: &str = "ASIAIOSFODNN7EXAMPLE";
    const ARN: &str = "arn:aws:sts::111122223333:assumed-role/deploy/ci";

    fn assume_role(result: &str, user: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?>\n<{result}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  <{result}Result>\n    \
             <SourceIdentity>x</SourceIdentity>{user}\
             <Credentials><SessionToken>{TOKEN}</SessionToken>\
             <SecretAccessKey>{SECRET}</SecretAccessKey><Expiration>2026-01-01T00:00:00Z</Expiration>\
             <AccessKeyId>{KEY}</AccessKeyId></Credentials>\
             </{result}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{result}Response>"
        )
    }

    /// What is told, the same in one piece and byte by byte, with nothing secret in memory at any time.
    fn told(tells: Tells, body: &[u8], parameters: Value) -> Option<Identity> {
        let parameters = parameters.as_object().cloned().unwrap_or_default();
        let read = |size: usize| {
            let mut teller = Teller::new(tells);
            let (mut json, mut xml, mut cbor) =
                (json::Scanner::new(), xml::Scanner::new(), cbor::Scanner::new());
            for piece in body.chunks(size) {
                let scanner: &dyn std::fmt::Debug = match body[0] {
                    b'{' => {
                        json.feed(piece, &mut teller);
                        &json
                    }
                    b'<' => {
                        xml.feed(piece, &mut teller);
                        &xml
                    }
                    _ => {
                        cbor.feed(piece, &mut teller);
                        &cbor
                    }
                };
                let memory = format!("{teller:?}{scanner:?}");
                for secret in [SECRET, TOKEN] {
                    let bytes = format!("{:?}", &secret.as_bytes()[..4]);
                    let bytes = bytes.trim_matches(['[', ']']);
                    assert!(!memory.contains(bytes) && !memory.contains(&secret[..4]), "{memory}");
                }
            }
            teller.identity(&parameters, "aws")
        };
        let whole = read(body.len());
        for size in [1, 2, 3, 7, 64] {
            assert_eq!(read(size), whole, "in pieces of {size}");
        }
        whole
    }

    fn identity(access_key: Option<&str>, arn: Option<&str>) -> Option<Identity> {
        Some(Identity { access_key: access_key.map(str::to_owned), arn: arn.map(str::to_owned) })
    }

    #[test]
    fn roles_and_federated_users() {
        let user = format!(
            "<AssumedRoleUser><AssumedRoleId>A:ci</AssumedRoleId><Arn>{ARN}</Arn></AssumedRoleUser>"
        );
        for result in ["AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"] {
            let body = assume_role(result, &user);
            assert_eq!(
                told(Tells::Assumed, body.as_bytes(), Value::Null),
                identity(Some(KEY), Some(ARN))
            );
        }
        let ann = "arn:aws:sts::111122223333:federated-user/ann";
        let user = format!(
            "<FederatedUser><FederatedUserId>1:ann</FederatedUserId><Arn>{ann}</Arn></FederatedUser>"
        );
        let body = assume_role("GetFederationToken", &user);
        assert_eq!(
            told(Tells::Assumed, body.as_bytes(), Value::Null),
            identity(Some(KEY), Some(ann))
        );
        let user = format!("<AssumedPrincipal>{ARN}</AssumedPrincipal>");
        let body = assume_role("GetDelegatedAccessToken", &user);
        assert_eq!(
            told(Tells::Assumed, body.as_bytes(), Value::Null),
            identity(Some(KEY), Some(ARN))
        );
    }

    #[test]
    fn the_caller_and_its_own_sessions() {
        let body = format!(
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{ARN}</Arn><UserId>A</UserId>\
            <Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
        );
        assert_eq!(told(Tells::Caller, body.as_bytes(), Value::Null), identity(None, Some(ARN)));
        let body = assume_role("GetSessionToken", "");
        assert_eq!(told(Tells::Own, body.as_bytes(), Value::Null), identity(Some(KEY), None));
        let body = format!(
            "<CreateSessionResult><Credentials><SessionToken>{TOKEN}</SessionToken><SecretAccessKey>{SECRET}</SecretAccessKey>\
            <AccessKeyId>{KEY}</AccessKeyId></Credentials></CreateSessionResult>"
        );
        assert_eq!(told(Tells::Own, body.as_bytes(), Value::Null), identity(Some(KEY), None));
    }

    #[test]
    fn what_only_the_request_names() {
        let body = assume_role("AssumeRoot", "");
        for target in ["111122223333", "arn:aws:iam::111122223333:root"] {
            assert_eq!(
                told(
                    Tells::Root,
                    body.as_bytes(),
                    serde_json::json!({ "TargetPrincipal": target })
                ),
                identity(Some(KEY), Some("arn:aws:iam::111122223333:root"))
            );
        }
        let body = format!(
            r#"{{"roleCredentials":{{"secretAccessKey":"{SECRET}","sessionToken":"{TOKEN}","expiration":1,"accessKeyId":"{KEY}"}}}}"#
        );
        let asked = serde_json::json!({ "accountId": "111122223333", "roleName": "Admin" });
        assert_eq!(
            told(Tells::PermissionSet, body.as_bytes(), asked),
            identity(Some(KEY), Some("arn:aws:iam::111122223333:role/AWSReservedSSO_Admin_*"))
        );
        let body = format!(
            r#"{{"IdentityId":"eu-west-1:1","Credentials":{{"SecretKey":"{SECRET}","SessionToken":"{TOKEN}","AccessKeyId":"{KEY}"}}}}"#
        );
        let role = "arn:aws:iam::111122223333:role/app";
        let asked = serde_json::json!({ "CustomRoleArn": role });
        assert_eq!(
            told(Tells::CustomRole, body.as_bytes(), asked),
            identity(Some(KEY), Some(role))
        );
        assert_eq!(told(Tells::CustomRole, body.as_bytes(), Value::Null), None);
        let key = "AKIARZPUZDIKGB2VALC4";
        let body = format!(
            "<CreateAccessKeyResponse><CreateAccessKeyResult><AccessKey><UserName>ann</UserName>\
            <SecretAccessKey>{SECRET}</SecretAccessKey><AccessKeyId>{key}</AccessKeyId></AccessKey></CreateAccessKeyResult></CreateAccessKeyResponse>"
        );
        assert_eq!(
            told(Tells::User, body.as_bytes(), Value::Null),
            identity(Some(key), Some("arn:aws:iam::123456789012:user/ann"))
        );
    }

    /// Should STS move on to other protocols, as its neighbours have.
    #[test]
    fn other_protocols() {
        let body = format!(
            r#"{{"Credentials":{{"SecretAccessKey":"{SECRET}","AccessKeyId":"{KEY}","SessionToken":"{TOKEN}"}},"AssumedRoleUser":{{"Arn":"{ARN}"}}}}"#
        );
        assert_eq!(
            told(Tells::Assumed, body.as_bytes(), Value::Null),
            identity(Some(KEY), Some(ARN))
        );
        let text = |text: &str| {
            let length = u8::try_from(text.len()).unwrap();
            let head = if length < 24 { vec![0x60 + length] } else { vec![0x78, length] };
            [head, text.as_bytes().to_vec()].concat()
        };
        let cbor = [
            vec![0xa2],
            text("Credentials"),
            vec![0xa3],
            text("SecretAccessKey"),
            text(SECRET),
            text("AccessKeyId"),
            text(KEY),
            text("SessionToken"),
            text(TOKEN),
            text("AssumedRoleUser"),
            vec![0xa1],
            text("Arn"),
            text(ARN),
        ];
        assert_eq!(
            told(Tells::Assumed, &cbor.concat(), Value::Null),
            identity(Some(KEY), Some(ARN))
        );
    }

    #[test]
    fn what_does_not_fit_is_not_taken() {
        // A secret where the id should be, an ARN that is none, and texts in other places.
        for body in [
            format!(
                "<R><XResult><Credentials><AccessKeyId>{}</AccessKeyId></Credentials></XResult></R>",
                "A".repeat(40)
            ),
            format!("<R><XResult><Other><AccessKeyId>{KEY}</AccessKeyId></Other></XResult></R>"),
            format!("<R><AccessKeyId>{KEY}</AccessKeyId></R>"),
            format!(r#"{{"AccessKeyId":"{KEY}"}}"#),
            format!(r#"{{"Credentials":["{KEY}"]}}"#),
            format!(r#"{{"Credentials":{{"AccessKeyId":{{"AccessKeyId":"{KEY}"}}}}}}"#),
        ] {
            assert_eq!(told(Tells::Own, body.as_bytes(), Value::Null), None, "{body}");
        }
        let body = "<R><GetCallerIdentityResult><Arn>me</Arn></GetCallerIdentityResult></R>";
        assert_eq!(told(Tells::Caller, body.as_bytes(), Value::Null), None);
    }
}
