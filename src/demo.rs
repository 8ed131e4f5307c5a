//! The deploy that the demo plays: which calls, in which order, and the datagrams that boto3 sends
//! for each. Pure. Account, key and names are invented; there is nothing secret in it.

use serde_json::{Value, json};

const REGION: &str = "eu-west-1";
/// Says that it belongs to the account 111122223333, as access key ids do.
const ACCESS_KEY: &str = "AKIARTX3GSDSVKPDO6NZ";
const USER_AGENT: &str = "Boto3/1.40.1 md/Botocore#1.40.1 ua/2.1 os/linux lang/python#3.13.1";

/// One call of the deploy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    /// The SDK's service id.
    service: &'static str,
    operation: &'static str,
    host: &'static str,
    status: u16,
    /// The error code and its sentence.
    error: Option<(&'static str, &'static str)>,
}

const fn ok(service: &'static str, operation: &'static str, host: &'static str) -> Step {
    Step { service, operation, host, status: 200, error: None }
}

const S3: &str = "s3.eu-west-1.amazonaws.com";
const BUCKET: &str = "example-app-artifacts.s3.eu-west-1.amazonaws.com";
const IAM: &str = "iam.amazonaws.com";
const LAMBDA: &str = "lambda.eu-west-1.amazonaws.com";
const DYNAMODB: &str = "dynamodb.eu-west-1.amazonaws.com";
const SQS: &str = "sqs.eu-west-1.amazonaws.com";
const LOGS: &str = "logs.eu-west-1.amazonaws.com";

/// The deploy: a bucket, a role, a function, a table, a queue, and a call that is denied.
pub(crate) const DEPLOY: [Step; 22] = [
    ok("STS", "GetCallerIdentity", "sts.eu-west-1.amazonaws.com"),
    ok("S3", "ListBuckets", S3),
    ok("S3", "CreateBucket", BUCKET),
    ok("S3", "PutBucketVersioning", BUCKET),
    ok("S3", "PutObject", BUCKET),
    ok("IAM", "CreateRole", IAM),
    ok("IAM", "PutRolePolicy", IAM),
    ok("CloudWatch Logs", "CreateLogGroup", LOGS),
    ok("CloudWatch Logs", "PutRetentionPolicy", LOGS),
    ok("DynamoDB", "CreateTable", DYNAMODB),
    ok("DynamoDB", "DescribeTable", DYNAMODB),
    ok("DynamoDB", "DescribeTable", DYNAMODB),
    ok("SQS", "CreateQueue", SQS),
    ok("SQS", "GetQueueAttributes", SQS),
    ok("Lambda", "CreateFunction", LAMBDA),
    ok("Lambda", "GetFunction", LAMBDA),
    ok("Lambda", "CreateEventSourceMapping", LAMBDA),
    ok("S3", "PutBucketNotificationConfiguration", BUCKET),
    Step {
        status: 400,
        error: Some((
            "AccessDeniedException",
            "User: arn:aws:iam::111122223333:user/deployer is not authorized to perform: dynamodb:UpdateTimeToLive on resource: arn:aws:dynamodb:eu-west-1:111122223333:table/orders because no identity-based policy allows the dynamodb:UpdateTimeToLive action",
        )),
        ..ok("DynamoDB", "UpdateTimeToLive", DYNAMODB)
    },
    ok("SQS", "SendMessage", SQS),
    ok("Lambda", "Invoke", LAMBDA),
    ok("DynamoDB", "PutItem", DYNAMODB),
];

impl Step {
    /// The datagrams that boto3 sends for this call at `time` (milliseconds since the epoch): one
    /// for the request and one for the call.
    pub(crate) fn datagrams(&self, number: usize, time: u64) -> [Vec<u8>; 2] {
        let latency = 40 + 13 * (number as u64 % 7);
        let mut attempt = self.event("ApiCallAttempt", time);
        add(
            &mut attempt,
            json!({
                "AttemptLatency": latency,
                "Fqdn": self.host,
                "UserAgent": USER_AGENT,
                "AccessKey": ACCESS_KEY,
                "Region": self.region(),
                "HttpStatusCode": self.status,
                "XAmznRequestId": format!("00000000-0000-4000-8000-{number:012}"),
            }),
        );
        let mut call = self.event("ApiCall", time);
        add(
            &mut call,
            json!({
                "AttemptCount": 1,
                "Region": self.region(),
                "UserAgent": USER_AGENT,
                "FinalHttpStatusCode": self.status,
                "Latency": latency + 2,
                "MaxRetriesExceeded": 0,
            }),
        );
        if let Some((code, sentence)) = self.error {
            add(&mut attempt, json!({"AwsException": code, "AwsExceptionMessage": sentence}));
            add(
                &mut call,
                json!({"FinalAwsException": code, "FinalAwsExceptionMessage": sentence}),
            );
        }
        [attempt.to_string().into_bytes(), call.to_string().into_bytes()]
    }

    fn event(&self, kind: &str, time: u64) -> Value {
        json!({
            "Version": 1,
            "ClientId": "leastwise-demo",
            "Type": kind,
            "Service": self.service,
            "Api": self.operation,
            "Timestamp": time,
        })
    }

    /// IAM is global, and signed for its one region.
    fn region(&self) -> &'static str {
        if self.service == "IAM" { "us-east-1" } else { REGION }
    }
}

fn add(event: &mut Value, fields: Value) {
    if let (Value::Object(event), Value::Object(fields)) = (event, fields) {
        event.extend(fields);
    }
}
