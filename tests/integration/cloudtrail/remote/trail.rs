//! The trail of an organisation: three accounts, two regions, four days; each file has one event, by which a bucket is made that
//! tells account, region and day. Some were delivered later than they happened.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use serde_json::json;

use crate::cloudtrail::formats::compressed;

pub(super) const ACCOUNTS: [&str; 3] = ["111122223333", "444455556666", "777788889999"];
pub(super) const REGIONS: [&str; 2] = ["eu-west-1", "us-east-1"];
const DAYS: [u8; 4] = [3, 4, 5, 6];
/// What was delivered on another day than it happened, all in the first account and region: day of the event, day of delivery.
const LATE: [(u8, u8); 3] = [(3, 4), (4, 5), (4, 6)];

/// An event: a role of this account makes a bucket.
pub(in crate::cloudtrail) fn event(
    account: &str,
    region: &str,
    time: &str,
    bucket: &str,
) -> serde_json::Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": format!("arn:aws:sts::{account}:assumed-role/app/s"),
            "accountId": account,
            "sessionContext": { "sessionIssuer": {
                "type": "Role", "arn": format!("arn:aws:iam::{account}:role/app"),
                "accountId": account, "userName": "app",
            } },
        },
        "eventTime": time,
        "eventSource": "s3.amazonaws.com",
        "eventName": "CreateBucket",
        "awsRegion": region,
        "requestParameters": { "bucketName": bucket },
        "eventID": format!("{bucket}-{time}"),
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "eventCategory": "Management",
        "recipientAccountId": account,
    })
}

/// The bucket that tells where and when it was made.
pub(super) fn bucket(account: &str, region: &str, day: u8) -> String {
    format!("b-{}-{region}-{day}", &account[..4])
}

/// Keys and contents of the files.
pub(super) fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for account in ACCOUNTS {
        for region in REGIONS {
            for day in DAYS {
                files.push(file(account, region, day, day, &bucket(account, region, day)));
            }
        }
    }
    for (day, delivered) in LATE {
        let name = format!("late-{day}-{delivered}");
        files.push(file(ACCOUNTS[0], REGIONS[0], day, delivered, &name));
    }
    let digests =
        format!("AWSLogs/o-example/{}/CloudTrail-Digest/eu-west-1/2026/11/05", ACCOUNTS[0]);
    files.push((
        format!(
            "{digests}/{}_CloudTrail-Digest_eu-west-1_t_eu-west-1_20261105T1000Z.json.gz",
            ACCOUNTS[0]
        ),
        compressed(br#"{"digestS3Bucket":"x"}"#),
    ));
    files
}

fn file(account: &str, region: &str, day: u8, delivered: u8, name: &str) -> (String, Vec<u8>) {
    let folder = format!("AWSLogs/o-example/{account}/CloudTrail/{region}/2026/11/{delivered:02}");
    let key =
        format!("{folder}/{account}_CloudTrail_{region}_202611{delivered:02}T0910Z_{name}.json.gz");
    let event = event(account, region, &format!("2026-11-{day:02}T09:00:00Z"), name);
    (key, compressed(json!({ "Records": [event] }).to_string().as_bytes()))
}

/// Lays files into a folder.
pub(super) fn lay(folder: &Path, files: &[(String, Vec<u8>)]) {
    for (key, content) in files {
        let path = folder.join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

/// Puts files into a bucket of moto's, which is made.
pub(in crate::cloudtrail) fn put(url: &str, bucket: &str, files: &[(String, Vec<u8>)]) {
    request(url, &format!("/{bucket}"), b"");
    for (key, content) in files {
        request(url, &format!("/{bucket}/{key}"), content);
    }
}

fn request(url: &str, path: &str, body: &[u8]) {
    let host = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!(
        "PUT {path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {}\r\nconnection: close\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=AKIABASE/20261105/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
}
