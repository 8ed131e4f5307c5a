//! AWS's own hosts, reached in TLS through the user's proxy, which in these tests is all of them: nothing leaves the machine.

use std::fs;
use std::path::Path;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use super::front::{Answer, Front};
use super::lookup::page;
use super::trail::{ACCOUNTS, files};
use super::{buckets, run};
use crate::common::{stderr, stdout};

#[test]
fn each_service_is_asked_at_its_host_in_its_partition_through_the_proxy() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let authority = folder.join("authority.pem");
    let (key, content) = files().swap_remove(0);
    let listed = format!(
        "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>{key}</Key><Size>{}</Size></Contents></ListBucketResult>",
        content.len()
    );
    let front = Front::start_as_proxy(&authority, move |host, request| {
        assert_eq!(request.header("host"), host);
        match request.method.as_str() {
            "POST" => page(request, 1),
            "HEAD" => Answer {
                headers: vec![("x-amz-bucket-region", "cn-northwest-1".to_owned())],
                ..Answer::of(200, "")
            },
            _ if request.path.contains("list-type=2") => Answer::of(200, listed.as_bytes()),
            _ => Answer::of(200, content.clone()),
        }
    });
    let authority = authority.to_str().unwrap();
    let variables = |region| {
        [
            ("AWS_REGION", region),
            ("AWS_ACCESS_KEY_ID", "AKIABASE"),
            ("AWS_SECRET_ACCESS_KEY", "base-hidden"),
            ("AWS_CA_BUNDLE", authority),
            ("HTTPS_PROXY", front.url.as_str()),
        ]
    };
    let hosts = |since: usize| {
        let seen = front.seen();
        seen[since..].iter().map(|it| it.header("host").to_owned()).collect::<Vec<_>>()
    };
    let done = run(folder, &["summarize", "s3://org-trail"], &variables("cn-north-1"));
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert_eq!(buckets(stdout(&done)), [format!("b-{}-eu-west-1-3", &ACCOUNTS[0][..4])]);
    let own = "org-trail.s3.cn-northwest-1.amazonaws.com.cn";
    assert_eq!(hosts(0), ["org-trail.s3.cn-north-1.amazonaws.com.cn", own, own]);
    // A name with a dot is covered by no certificate.
    let before = front.seen().len();
    let done = run(folder, &["summarize", "s3://org.trail"], &variables("cn-northwest-1"));
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert!(hosts(before).iter().all(|host| host == "s3.cn-northwest-1.amazonaws.com.cn"));
    assert!(front.seen()[before..].iter().all(|it| it.path.starts_with("/org.trail/")));
    let before = front.seen().len();
    let done = run(folder, &["summarize", "--lookup"], &variables("us-gov-east-1"));
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert_eq!(
        hosts(before),
        ["cloudtrail.us-gov-east-1.amazonaws.com", "cloudtrail.us-gov-west-1.amazonaws.com"]
    );
    // Whom the bundle does not vouch for is not asked.
    let untrusted = &variables("us-east-1")[..];
    let untrusted: Vec<_> =
        untrusted.iter().filter(|(name, _)| *name != "AWS_CA_BUNDLE").copied().collect();
    let done = run(folder, &["summarize", "s3://org-trail"], &untrusted);
    assert_eq!((done.status.code(), stdout(&done)), (Some(2), ""), "{}", stderr(&done));
    assert!(stderr(&done).contains("AWS_CA_BUNDLE adds one"), "{}", stderr(&done));
}

/// What is asked by whom, of credentials that come from elsewhere: the hosts, and the key that signed the last request.
fn by(home: &Path, variables: &[(&str, &str)]) -> (Vec<String>, String) {
    let authority = home.join("authority.pem");
    let front = Front::start_as_proxy(&authority, |host, request| {
        let expiry = "2099-01-01T00:00:00Z";
        match host.split('.').next().unwrap() {
            "cloudtrail" => page(request, 1),
            "portal" => {
                assert_eq!(request.header("x-amz-sso_bearer_token"), "token-hidden");
                assert!(request.path.contains("account_id=111122223333"), "{}", request.path);
                let given = r#"{"roleCredentials":{"accessKeyId":"ASIASIGNEDIN","secretAccessKey":"base-hidden",
                    "sessionToken":"token-hidden","expiration":4070908800000}}"#;
                Answer {
                    headers: vec![("content-type", "application/json".to_owned())],
                    ..Answer::of(200, given)
                }
            }
            "sts" => {
                let asked = String::from_utf8_lossy(&request.body).into_owned();
                assert!(asked.contains("Action=AssumeRoleWithWebIdentity"), "{asked}");
                assert!(asked.contains("WebIdentityToken=token-hidden"), "{asked}");
                let given = format!(
                    "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
                     <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAWEBIDENTITY</AccessKeyId>\
                     <SecretAccessKey>base-hidden</SecretAccessKey><SessionToken>token-hidden</SessionToken>\
                     <Expiration>{expiry}</Expiration></Credentials></AssumeRoleWithWebIdentityResult>\
                     </AssumeRoleWithWebIdentityResponse>"
                );
                Answer {
                    headers: vec![("content-type", "text/xml".to_owned())],
                    ..Answer::of(200, given)
                }
            }
            other => panic!("{other} is asked"),
        }
    });
    let mut all = vec![
        ("AWS_REGION", "us-east-1"),
        ("AWS_CA_BUNDLE", authority.to_str().unwrap()),
        ("HTTPS_PROXY", front.url.as_str()),
    ];
    all.extend(variables);
    let done = run(home, &["summarize", "--lookup"], &all);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert_eq!(buckets(stdout(&done)), ["b-us-east-1-0"]);
    let seen = front.seen();
    let hosts = seen.iter().map(|it| it.header("host").to_owned()).collect();
    (hosts, seen.last().unwrap().key().to_owned())
}

#[test]
fn who_signed_in_at_identity_center_is_taken() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let cache = home.join(".aws/sso/cache");
    fs::create_dir_all(&cache).unwrap();
    let config = "[default]\nsso_session = work\nsso_account_id = 111122223333\nsso_role_name = reader\n\
        [sso-session work]\nsso_region = eu-west-1\nsso_start_url = https://work.awsapps.com/start\n\
        sso_registration_scopes = sso:account:access\n";
    fs::write(home.join(".aws/config"), config).unwrap();
    let name = digest(&SHA1_FOR_LEGACY_USE_ONLY, b"work");
    let name: String = name.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let token = r#"{"accessToken":"token-hidden","expiresAt":"2099-01-01T00:00:00Z","region":"eu-west-1",
        "startUrl":"https://work.awsapps.com/start"}"#;
    fs::write(cache.join(format!("{name}.json")), token).unwrap();
    let (hosts, key) = by(home, &[]);
    assert_eq!(key, "ASIASIGNEDIN");
    fs::write(cache.join(format!("{name}.json")), "{}").unwrap();
    let done = run(home, &["summarize", "--lookup"], &[("AWS_REGION", "us-east-1")]);
    assert_eq!(done.status.code(), Some(2), "{}", stderr(&done));
    assert!(stderr(&done).contains("sign in again (aws sso login)"), "{}", stderr(&done));
    assert_eq!(hosts, ["portal.sso.eu-west-1.amazonaws.com", "cloudtrail.us-east-1.amazonaws.com"]);
}

#[test]
fn a_web_identity_is_taken() {
    let home = tempfile::tempdir().unwrap();
    let token = home.path().join("token");
    fs::write(&token, "token-hidden").unwrap();
    let role = [
        ("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/reader"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap()),
    ];
    let (hosts, key) = by(home.path(), &role);
    assert_eq!(key, "ASIAWEBIDENTITY");
    assert_eq!(hosts, ["sts.us-east-1.amazonaws.com", "cloudtrail.us-east-1.amazonaws.com"]);
}

#[test]
fn the_credentials_of_the_instance_are_taken() {
    let home = tempfile::tempdir().unwrap();
    let instance = Front::start(None, |request, _| {
        let is_told = request.header("x-aws-ec2-metadata-token") == "session";
        Some(match request.path.as_str() {
            "/latest/api/token" => Answer {
                headers: vec![("x-aws-ec2-metadata-token-ttl-seconds", "21600".to_owned())],
                ..Answer::of(200, "session")
            },
            _ if !is_told => Answer::of(401, ""),
            path if path.ends_with("/iam/security-credentials/") => Answer::of(200, "reader"),
            path if path.ends_with("/iam/security-credentials/reader") => Answer::of(
                200,
                r#"{"Code":"Success","AccessKeyId":"ASIAINSTANCE","SecretAccessKey":"base-hidden",
                    "Token":"token-hidden","Expiration":"2099-01-01T00:00:00Z"}"#,
            ),
            path if path.ends_with("/placement/region") => Answer::of(200, "us-east-1"),
            _ => Answer::of(404, ""),
        })
    });
    // The last of all: neither the environment nor a profile has any, nor a region.
    let front = Front::start(None, |request, _| Some(page(request, 1)));
    let variables = [
        ("AWS_EC2_METADATA_DISABLED", "false"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", instance.url.as_str()),
        ("AWS_ENDPOINT_URL_CLOUDTRAIL", front.url.as_str()),
    ];
    let done = run(home.path(), &["summarize", "--lookup"], &variables);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert_eq!(buckets(stdout(&done)), ["b-us-east-1-0"]);
    assert_eq!(front.seen()[0].key(), "ASIAINSTANCE");
}
