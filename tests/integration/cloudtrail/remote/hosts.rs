//! AWS's own hosts, reached in TLS through the user's proxy, which in these tests is all of them: nothing leaves the machine.

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
