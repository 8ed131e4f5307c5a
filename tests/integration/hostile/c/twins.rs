//! The Ruby SDK's reports lack the id of most services' requests: what the proxy saw is not heard a second time, as a call
//! on any table.

use std::process::Stdio;

use crate::common::leastwise;
use crate::hostile::proxied::{grants, nothing, stand_in};

/// A call through the proxy and Ruby's report of it, then a report of a call that went past the proxy, as Ruby sends them
/// (`client_metrics_send_plugin.rb`, github.com/aws/aws-sdk-ruby): with no id, since it looks for `x-amzn-request-id`.
const PROGRAM: &str = r#"
import http.client, json, os, socket, time, urllib.parse
agent = 'aws-sdk-ruby3/3.201.0'
def report(operation, began, took):
    common = {'Version': 1, 'ClientId': os.environ.get('AWS_CSM_CLIENT_ID', ''), 'Service': 'DynamoDB', 'Api': operation,
              'Region': 'eu-west-1', 'UserAgent': agent}
    attempt = dict(common, Type='ApiCallAttempt', Timestamp=began, AttemptLatency=took, AccessKey='testing',
                   Fqdn='dynamodb.eu-west-1.amazonaws.com', HttpStatusCode=200)
    call = dict(common, Type='ApiCall', Timestamp=began, Latency=took, AttemptCount=1, FinalHttpStatusCode=200,
                MaxRetriesExceeded=0)
    to = (os.environ['AWS_CSM_HOST'], int(os.environ['AWS_CSM_PORT']))
    sender = socket.socket(socket.AF_INET6 if ':' in to[0] else socket.AF_INET, socket.SOCK_DGRAM)
    for event in (call, attempt):
        sender.sendto(json.dumps(event).encode(), to)
now = lambda: int(time.time() * 1000)
began = now()
proxy = urllib.parse.urlsplit(os.environ['HTTPS_PROXY'])
connection = http.client.HTTPConnection(proxy.hostname, proxy.port, timeout=20)
connection.request('POST', 'http://dynamodb.eu-west-1.amazonaws.com/', json.dumps({'TableName': 'orders', 'Key': {}}), {
    'Host': 'dynamodb.eu-west-1.amazonaws.com', 'User-Agent': agent, 'X-Amz-Target': 'DynamoDB_20120810.GetItem',
    'Content-Type': 'application/x-amz-json-1.0',
    'Authorization': 'AWS4-HMAC-SHA256 Credential=testing/20260102/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00'})
assert connection.getresponse().read() == b'{}'
report('GetItem', began, now() - began)
if 'PAST' in os.environ:
    report('GetItem', now(), 1)
"#;

fn granted(past: bool) -> (Vec<String>, String) {
    let home = tempfile::tempdir().unwrap();
    let upstream = stand_in(nothing);
    let mut command = leastwise(["run", "--mode", "both", "--upstream", &upstream, "-o"]);
    let policy = home.path().join("policy.json");
    command.arg(&policy).args(["--", "python3", "-c", PROGRAM]);
    command.env("XDG_DATA_HOME", home.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if past {
        command.env("PAST", "1");
    }
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    (grants(&std::fs::read_to_string(&policy).unwrap()), said)
}

#[test]
fn a_report_without_an_id_is_of_the_call_that_the_proxy_saw() {
    let (found, said) = granted(false);
    let orders = "dynamodb:GetItem on arn:aws:dynamodb:eu-west-1:*:table/orders";
    assert_eq!(found, [orders], "{said}");
    assert!(said.contains("heard 1 call of 1 operation"), "{said}");
}

#[test]
fn a_report_of_a_call_that_went_past_the_proxy_counts() {
    let (found, said) = granted(true);
    assert_eq!(found, ["dynamodb:GetItem on arn:aws:dynamodb:eu-west-1:*:table/*"], "{said}");
    assert!(said.contains("heard 2 calls of 1 operation"), "{said}");
}
