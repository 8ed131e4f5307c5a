//! What the demo deploys: which requests, in which order, what is answered, and what boto3 reports of each over client-side monitoring.
//! Pure. Account, keys and names are invented; there is nothing secret in it.

use serde_json::{Value, json};

/// Says that it belongs to the account 111122223333, as access key ids do.
pub(super) const ACCESS_KEY: &str = "AKIARTX3GSDSVKPDO6NZ";
/// As AWS's guides have it for an example; the stand-in looks at no signature.
pub(super) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const REGION: &str = "eu-west-1";
const USER_AGENT: &str = "Boto3/1.40.1 md/Botocore#1.40.1 ua/2.1 os/linux lang/python#3.13.1";

/// One call of the deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// The SDK's service id (`CloudWatch Logs`).
    pub(super) service: &'static str,
    pub(super) operation: &'static str,
    /// The name that the request is signed for (`logs`).
    pub(super) signing_name: &'static str,
    pub(super) host: &'static str,
    pub(super) method: &'static str,
    /// Path and query.
    pub(super) path: &'static str,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
    pub(super) status: u16,
    pub(super) answer: String,
    /// The error code and its sentence, of a call that is refused.
    error: Option<(&'static str, &'static str)>,
}

const BUCKET: &str = "example-orders-releases.s3.eu-west-1.amazonaws.com";
const FUNCTIONS: &str = "/2015-03-31/functions";
const KEY_ID: &str = "1f6b9c2e-5a40-4d8b-9c37-0a2d64f1be58";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1f6b9c2e-5a40-4d8b-9c37-0a2d64f1be58";
const ROLE: &str = "arn:aws:iam::111122223333:role/orders-function";
const QUEUE: &str = "https://sqs.eu-west-1.amazonaws.com/111122223333/orders";
const REFUSAL: &str = "User: arn:aws:iam::111122223333:user/deployer is not authorized to perform: dynamodb:UpdateTimeToLive on resource: arn:aws:dynamodb:eu-west-1:111122223333:table/orders because no identity-based policy allows the dynamodb:UpdateTimeToLive action";

/// The deployment: a key, a bucket, a role, a table, a queue and a function that reads it, and a call that is refused.
pub(super) fn deployment() -> Vec<Step> {
    vec![
        query("STS", "GetCallerIdentity", "2011-06-15", "").answered(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
             <Arn>arn:aws:iam::111122223333:user/deployer</Arn><UserId>AIDAEXAMPLE</UserId><Account>111122223333</Account>\
             </GetCallerIdentityResult></GetCallerIdentityResponse>",
        ),
        aws_json("KMS", "CreateKey", json!({"Description": "orders", "Tags": [{"TagKey": "app", "TagValue": "orders"}]}))
            .answered_json(json!({"KeyMetadata": {"KeyId": KEY_ID, "Arn": KEY, "Enabled": true}})),
        aws_json("KMS", "EnableKeyRotation", json!({"KeyId": KEY_ID})),
        rest("S3", "CreateBucket", BUCKET, "PUT", "/").sending(
            "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>eu-west-1</LocationConstraint>\
             </CreateBucketConfiguration>",
        ),
        rest("S3", "PutBucketVersioning", BUCKET, "PUT", "/?versioning").sending(
            "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>Enabled</Status></VersioningConfiguration>",
        ),
        rest("S3", "PutObject", BUCKET, "PUT", "/orders-1.4.0.zip")
            .with_header("x-amz-server-side-encryption", "aws:kms")
            .with_header("x-amz-server-side-encryption-aws-kms-key-id", KEY)
            .sending("a package of code"),
        query(
            "IAM",
            "CreateRole",
            "2010-05-08",
            "&RoleName=orders-function&AssumeRolePolicyDocument=%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22lambda.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D",
        )
        .answered(
            "<CreateRoleResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><CreateRoleResult><Role><RoleName>orders-function</RoleName>\
             <Arn>arn:aws:iam::111122223333:role/orders-function</Arn></Role></CreateRoleResult></CreateRoleResponse>",
        ),
        query(
            "IAM",
            "PutRolePolicy",
            "2010-05-08",
            "&RoleName=orders-function&PolicyName=orders&PolicyDocument=%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D",
        )
        .answered("<PutRolePolicyResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"/>"),
        aws_json("CloudWatch Logs", "CreateLogGroup", json!({"logGroupName": "/aws/lambda/orders"})),
        aws_json("CloudWatch Logs", "PutRetentionPolicy", json!({"logGroupName": "/aws/lambda/orders", "retentionInDays": 30})),
        aws_json(
            "DynamoDB",
            "CreateTable",
            json!({
                "TableName": "orders", "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            }),
        )
        .answered_json(json!({"TableDescription": {"TableName": "orders", "TableStatus": "CREATING"}})),
        describe_table("CREATING"),
        describe_table("ACTIVE"),
        aws_json("SQS", "CreateQueue", json!({"QueueName": "orders"})).answered_json(json!({"QueueUrl": QUEUE})),
        aws_json("SQS", "GetQueueAttributes", json!({"QueueUrl": QUEUE, "AttributeNames": ["QueueArn"]}))
            .answered_json(json!({"Attributes": {"QueueArn": "arn:aws:sqs:eu-west-1:111122223333:orders"}})),
        rest("Lambda", "CreateFunction", "lambda.eu-west-1.amazonaws.com", "POST", FUNCTIONS)
            .sending_json(json!({
                "FunctionName": "orders", "Role": ROLE, "Runtime": "python3.13", "Handler": "orders.handler",
                "Code": {"S3Bucket": "example-orders-releases", "S3Key": "orders-1.4.0.zip"},
            }))
            .answered_json(json!({"FunctionName": "orders", "State": "Pending"})),
        rest("Lambda", "GetFunction", "lambda.eu-west-1.amazonaws.com", "GET", "/2015-03-31/functions/orders")
            .answered_json(json!({"Configuration": {"FunctionName": "orders", "State": "Active"}})),
        rest("Lambda", "CreateEventSourceMapping", "lambda.eu-west-1.amazonaws.com", "POST", "/2015-03-31/event-source-mappings")
            .sending_json(json!({"FunctionName": "orders", "EventSourceArn": "arn:aws:sqs:eu-west-1:111122223333:orders"}))
            .answered_json(json!({"UUID": "8f2ab7c4-60f1-4a52-b27f-6a0d4cfb9d11", "State": "Creating"})),
        aws_json(
            "DynamoDB",
            "UpdateTimeToLive",
            json!({"TableName": "orders", "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": true}}),
        )
        .refused("AccessDeniedException", REFUSAL),
        aws_json("SQS", "SendMessage", json!({"QueueUrl": QUEUE, "MessageBody": "{\"id\": \"1\"}"}))
            .answered_json(json!({"MessageId": "d5b8c5cc-2e39-4b4e-8f8f-0f2c4b1b6c7a"})),
        aws_json("DynamoDB", "GetItem", json!({"TableName": "orders", "Key": {"id": {"S": "1"}}}))
            .answered_json(json!({"Item": {"id": {"S": "1"}}})),
    ]
}

/// The id of a request, as AWS would give it one.
pub(super) fn request_id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn describe_table(status: &str) -> Step {
    aws_json("DynamoDB", "DescribeTable", json!({"TableName": "orders"}))
        .answered_json(json!({"Table": {"TableName": "orders", "TableStatus": status}}))
}

/// A call of the query protocol.
fn query(service: &'static str, operation: &'static str, version: &str, parameters: &str) -> Step {
    let (signing_name, host) = match service {
        "IAM" => ("iam", "iam.amazonaws.com"),
        _ => ("sts", "sts.eu-west-1.amazonaws.com"),
    };
    Step {
        signing_name,
        ..rest(service, operation, host, "POST", "/")
            .with_header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
            .sending(&format!("Action={operation}&Version={version}{parameters}"))
    }
}

/// A call of one of AWS's JSON protocols.
fn aws_json(service: &'static str, operation: &'static str, input: Value) -> Step {
    let (signing_name, host, version, prefix) = match service {
        "KMS" => ("kms", "kms.eu-west-1.amazonaws.com", "1.1", "TrentService"),
        "CloudWatch Logs" => ("logs", "logs.eu-west-1.amazonaws.com", "1.1", "Logs_20140328"),
        "DynamoDB" => ("dynamodb", "dynamodb.eu-west-1.amazonaws.com", "1.0", "DynamoDB_20120810"),
        _ => ("sqs", "sqs.eu-west-1.amazonaws.com", "1.0", "AmazonSQS"),
    };
    Step {
        signing_name,
        ..rest(service, operation, host, "POST", "/")
            .with_header("content-type", &format!("application/x-amz-json-{version}"))
            .with_header("x-amz-target", &format!("{prefix}.{operation}"))
            .sending(&input.to_string())
            .answered("{}")
    }
}

/// A call of a REST protocol.
fn rest(
    service: &'static str,
    operation: &'static str,
    host: &'static str,
    method: &'static str,
    path: &'static str,
) -> Step {
    Step {
        service,
        operation,
        signing_name: if service == "S3" { "s3" } else { "lambda" },
        host,
        method,
        path,
        headers: vec![("user-agent", USER_AGENT.to_owned())],
        body: String::new(),
        status: 200,
        answer: String::new(),
        error: None,
    }
}

impl Step {
    fn with_header(mut self, name: &'static str, value: &str) -> Step {
        self.headers.push((name, value.to_owned()));
        self
    }

    fn sending(mut self, body: &str) -> Step {
        body.clone_into(&mut self.body);
        self
    }

    fn sending_json(self, body: Value) -> Step {
        self.with_header("content-type", "application/json").sending(&body.to_string())
    }

    fn answered(mut self, body: &str) -> Step {
        body.clone_into(&mut self.answer);
        self
    }

    fn answered_json(self, body: Value) -> Step {
        self.answered(&body.to_string())
    }

    fn refused(mut self, code: &'static str, sentence: &'static str) -> Step {
        self.status = 400;
        self.error = Some((code, sentence));
        self.answered_json(json!({"__type": code, "message": sentence}))
    }

    /// Whether the deployment is to go on without it.
    pub(super) fn is_refused(&self) -> bool {
        self.error.is_some()
    }

    /// IAM is global, and signed for its one region.
    pub(super) fn region(&self) -> &'static str {
        if self.service == "IAM" { "us-east-1" } else { REGION }
    }

    /// The header that has a request's id, and the member of client-side monitoring that repeats it.
    pub(super) fn id_names(&self) -> (&'static str, &'static str) {
        match self.service {
            "S3" => ("x-amz-request-id", "XAmzRequestId"),
            _ => ("x-amzn-requestid", "XAmznRequestId"),
        }
    }

    /// The datagrams that boto3 sends for this call, which began at `time` (milliseconds since the epoch): one for the request and one for
    /// the call.
    pub(super) fn datagrams(&self, id: &str, time: u64) -> [Vec<u8>; 2] {
        let mut attempt = self.event("ApiCallAttempt", time);
        add(
            &mut attempt,
            json!({
                "AttemptLatency": 1,
                "Fqdn": self.host,
                "UserAgent": USER_AGENT,
                "AccessKey": ACCESS_KEY,
                "Region": self.region(),
                "HttpStatusCode": self.status,
                (self.id_names().1): id,
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
                "Latency": 1,
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
}

fn add(event: &mut Value, fields: Value) {
    if let (Value::Object(event), Value::Object(fields)) = (event, fields) {
        event.extend(fields);
    }
}
