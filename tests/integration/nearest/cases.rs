//! Needs, and what the documents of the policies say of them (<https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html>):
//! who allows all, who comes before whom, and what the actions in excess are of those whose document lists each action.

use leastwise::evaluate::audit::Need;
use leastwise::evaluate::verdict::Context;
use leastwise::nearest::{Candidates, Near, nearest};

use super::found;

/// What is known of some needs.
struct Case {
    needs: &'static [(&'static str, &'static str)],
    /// These allow all, in this order, with others between them.
    allow: &'static [&'static str],
    /// These do not.
    do_not: &'static [&'static str],
    /// Of the first of those that allow all: all that it allows beside.
    excess: Option<&'static [&'static str]>,
}

const OBJECT: &str = "arn:aws:s3:::data/key";
const STREAM: &str = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/f:log-stream:s";
const GROUP: &str = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/f";
const QUEUE: &str = "arn:aws:sqs:eu-west-1:111122223333:jobs";
const TABLE: &str = "arn:aws:dynamodb:eu-west-1:111122223333:table/t";
const REPOSITORY: &str = "arn:aws:ecr:eu-west-1:111122223333:repository/r";
const KINESIS: &str = "arn:aws:kinesis:eu-west-1:111122223333:stream/s";
const INTERFACE: &str = "arn:aws:ec2:eu-west-1:111122223333:network-interface/*";
const ROLE: &str = "arn:aws:iam::111122223333:role/app";
const WORKGROUP: &str = "arn:aws:athena:eu-west-1:111122223333:workgroup/primary";

const CASES: &[Case] = &[
    Case {
        needs: &[("s3:GetObject", OBJECT), ("s3:ListBucket", "arn:aws:s3:::data")],
        allow: &["AmazonS3ReadOnlyAccess", "AmazonS3FullAccess", "AdministratorAccess"],
        do_not: &["AmazonSQSFullAccess", "AWSDenyAll", "SecretsManagerReadWrite"],
        excess: None,
    },
    Case {
        needs: &[("s3:PutObject", OBJECT)],
        allow: &["AmazonS3FullAccess", "AdministratorAccess"],
        do_not: &["AmazonS3ReadOnlyAccess", "ReadOnlyAccess"],
        excess: None,
    },
    Case {
        needs: &[
            ("logs:CreateLogGroup", GROUP),
            ("logs:CreateLogStream", STREAM),
            ("logs:PutLogEvents", STREAM),
        ],
        allow: &["AWSLambdaBasicExecutionRole", "CloudWatchLogsFullAccess"],
        do_not: &["CloudWatchLogsReadOnlyAccess"],
        excess: Some(&[]),
    },
    Case {
        needs: &[
            ("sqs:ReceiveMessage", QUEUE),
            ("sqs:DeleteMessage", QUEUE),
            ("sqs:GetQueueAttributes", QUEUE),
        ],
        allow: &["AWSLambdaSQSQueueExecutionRole", "AmazonSQSFullAccess"],
        do_not: &["AmazonSQSReadOnlyAccess"],
        excess: Some(&["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]),
    },
    Case {
        needs: &[("sqs:GetQueueUrl", QUEUE), ("sqs:GetQueueAttributes", QUEUE)],
        allow: &["AmazonSQSReadOnlyAccess", "AmazonSQSFullAccess"],
        do_not: &["AWSLambdaSQSQueueExecutionRole"],
        excess: Some(&[
            "sqs:ListDeadLetterSourceQueues",
            "sqs:ListMessageMoveTasks",
            "sqs:ListQueueTags",
            "sqs:ListQueues",
        ]),
    },
    Case {
        needs: &[
            ("dynamodb:DescribeStream", "arn:aws:dynamodb:eu-west-1:111122223333:table/t/stream/s"),
            ("dynamodb:GetRecords", "arn:aws:dynamodb:eu-west-1:111122223333:table/t/stream/s"),
            (
                "dynamodb:GetShardIterator",
                "arn:aws:dynamodb:eu-west-1:111122223333:table/t/stream/s",
            ),
            ("dynamodb:ListStreams", "*"),
            ("logs:PutLogEvents", STREAM),
        ],
        allow: &["AWSLambdaDynamoDBExecutionRole", "PowerUserAccess"],
        do_not: &["AmazonDynamoDBReadOnlyAccess"],
        excess: Some(&["logs:CreateLogGroup", "logs:CreateLogStream"]),
    },
    Case {
        needs: &[
            ("kinesis:GetRecords", KINESIS),
            ("kinesis:GetShardIterator", KINESIS),
            (
                "kinesis:SubscribeToShard",
                "arn:aws:kinesis:eu-west-1:111122223333:stream/s/consumer/c:1",
            ),
            ("kinesis:ListShards", KINESIS),
        ],
        allow: &["AWSLambdaKinesisExecutionRole", "AmazonKinesisFullAccess"],
        do_not: &["AmazonKinesisReadOnlyAccess"],
        excess: Some(&[
            "kinesis:DescribeStream",
            "kinesis:DescribeStreamSummary",
            "kinesis:ListStreams",
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
        ]),
    },
    Case {
        needs: &[
            ("ecr:GetAuthorizationToken", "*"),
            ("ecr:BatchGetImage", REPOSITORY),
            ("ecr:GetDownloadUrlForLayer", REPOSITORY),
        ],
        allow: &[
            "AmazonEC2ContainerRegistryPullOnly",
            "AmazonECSTaskExecutionRolePolicy",
            "AmazonEC2ContainerRegistryReadOnly",
        ],
        do_not: &["AmazonS3ReadOnlyAccess"],
        excess: Some(&["ecr:BatchImportUpstreamImage"]),
    },
    Case {
        needs: &[
            ("ecr:GetAuthorizationToken", "*"),
            ("ecr:BatchCheckLayerAvailability", REPOSITORY),
            ("ecr:BatchGetImage", REPOSITORY),
            ("ecr:GetDownloadUrlForLayer", REPOSITORY),
            ("logs:CreateLogStream", STREAM),
            ("logs:PutLogEvents", STREAM),
        ],
        allow: &["AmazonECSTaskExecutionRolePolicy", "PowerUserAccess"],
        do_not: &["AmazonEC2ContainerRegistryPullOnly", "AmazonEC2ContainerRegistryReadOnly"],
        excess: Some(&[]),
    },
    Case {
        needs: &[("xray:PutTraceSegments", "*"), ("xray:PutTelemetryRecords", "*")],
        allow: &["AWSXRayDaemonWriteAccess", "CloudWatchAgentServerPolicy"],
        do_not: &["AWSXrayReadOnlyAccess"],
        excess: Some(&[
            "xray:GetSamplingRules",
            "xray:GetSamplingStatisticSummaries",
            "xray:GetSamplingTargets",
        ]),
    },
    Case {
        needs: &[
            ("ec2:CreateNetworkInterface", INTERFACE),
            ("ec2:DeleteNetworkInterface", INTERFACE),
            ("ec2:DescribeNetworkInterfaces", "*"),
            ("logs:CreateLogGroup", GROUP),
            ("logs:CreateLogStream", STREAM),
            ("logs:PutLogEvents", STREAM),
        ],
        allow: &["AWSLambdaVPCAccessExecutionRole", "PowerUserAccess"],
        do_not: &["AWSLambdaBasicExecutionRole"],
        excess: Some(&[
            "ec2:AssignPrivateIpAddresses",
            "ec2:DescribeSubnets",
            "ec2:UnassignPrivateIpAddresses",
        ]),
    },
    Case {
        needs: &[("iam:GetRole", ROLE), ("iam:ListRolePolicies", ROLE)],
        allow: &["IAMReadOnlyAccess", "IAMFullAccess", "AdministratorAccess"],
        do_not: &["PowerUserAccess"],
        excess: None,
    },
    Case {
        needs: &[("iam:CreateRole", ROLE)],
        allow: &["IAMFullAccess", "AdministratorAccess"],
        do_not: &["PowerUserAccess", "IAMReadOnlyAccess", "AmazonSQSFullAccess"],
        excess: None,
    },
    // What is on buckets of a certain name alone.
    Case {
        needs: &[
            ("athena:StartQueryExecution", WORKGROUP),
            ("s3:GetObject", "arn:aws:s3:::aws-athena-query-results-1/x"),
        ],
        allow: &["AmazonAthenaFullAccess", "AdministratorAccess"],
        do_not: &["AmazonS3FullAccess"],
        excess: None,
    },
    Case {
        needs: &[("athena:StartQueryExecution", WORKGROUP), ("s3:GetObject", OBJECT)],
        allow: &["PowerUserAccess", "AdministratorAccess"],
        do_not: &["AmazonAthenaFullAccess", "AmazonS3FullAccess"],
        excess: None,
    },
    // What depends on a condition of which nothing is known is not allowed for that.
    Case {
        needs: &[("sms-voice:DescribeSpendLimits", "*")],
        allow: &["ReadOnlyAccess", "AdministratorAccess"],
        do_not: &["AmazonSNSReadOnlyAccess", "AmazonSNSFullAccess"],
        excess: None,
    },
    Case {
        needs: &[("cloudtrail:LookupEvents", "*")],
        allow: &["AWSCloudTrail_ReadOnlyAccess", "AdministratorAccess"],
        do_not: &["AmazonS3FullAccess"],
        excess: None,
    },
    Case {
        needs: &[
            ("route53:ListHostedZones", "*"),
            ("route53:GetHostedZone", "arn:aws:route53:::hostedzone/Z1"),
        ],
        allow: &["AmazonRoute53ReadOnlyAccess", "AmazonRoute53FullAccess", "AdministratorAccess"],
        do_not: &["AmazonEC2ReadOnlyAccess"],
        excess: None,
    },
    Case {
        needs: &[("ssm:GetParameter", "arn:aws:ssm:eu-west-1:111122223333:parameter/app")],
        allow: &["AmazonSSMManagedInstanceCore", "AmazonSSMReadOnlyAccess", "AmazonSSMFullAccess"],
        do_not: &["CloudWatchAgentServerPolicy"],
        excess: None,
    },
    Case {
        needs: &[
            (
                "ssm:GetParameter",
                "arn:aws:ssm:eu-west-1:111122223333:parameter/AmazonCloudWatch-linux",
            ),
            ("cloudwatch:PutMetricData", "*"),
            ("xray:PutTraceSegments", "*"),
            ("xray:PutTelemetryRecords", "*"),
            ("ec2:DescribeTags", "*"),
            ("ec2:DescribeVolumes", "*"),
        ],
        allow: &["CloudWatchAgentServerPolicy", "PowerUserAccess"],
        do_not: &["AmazonSSMManagedInstanceCore"],
        excess: Some(&[
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:DescribeLogGroups",
            "logs:DescribeLogStreams",
            "logs:PutLogEvents",
            "logs:PutRetentionPolicy",
            "xray:GetSamplingRules",
            "xray:GetSamplingStatisticSummaries",
            "xray:GetSamplingTargets",
        ]),
    },
    Case {
        needs: &[
            ("kms:DescribeKey", "arn:aws:kms:eu-west-1:111122223333:key/k"),
            ("kms:ListAliases", "*"),
            ("kms:CreateKey", "*"),
        ],
        allow: &["AWSKeyManagementServicePowerUser", "AdministratorAccess"],
        do_not: &["ReadOnlyAccess"],
        excess: None,
    },
    Case {
        needs: &[("kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/k")],
        allow: &["AdministratorAccess"],
        do_not: &["AWSKeyManagementServicePowerUser", "ReadOnlyAccess"],
        excess: None,
    },
    Case {
        needs: &[(
            "secretsmanager:GetSecretValue",
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:a-AbCdEf",
        )],
        allow: &["SecretsManagerReadWrite", "AdministratorAccess"],
        do_not: &["ReadOnlyAccess", "SecurityAudit"],
        excess: None,
    },
    Case {
        needs: &[("dynamodb:GetItem", TABLE), ("dynamodb:Query", TABLE)],
        allow: &["AmazonDynamoDBReadOnlyAccess", "AdministratorAccess"],
        do_not: &["AmazonS3ReadOnlyAccess"],
        excess: None,
    },
];

fn need((action, resource): &(&str, &str)) -> Need {
    Need {
        action: (*action).to_owned(),
        resource: (*resource).to_owned(),
        exact: *resource == "*",
        pattern: None,
        contexts: vec![Context::unknown()],
    }
}

#[test]
fn what_the_documents_say_is_found() {
    assert!(CASES.len() >= 20);
    let candidates = Candidates::embedded().all;
    let mut wrong = Vec::new();
    for (number, case) in CASES.iter().enumerate() {
        let needs: Vec<Need> = case.needs.iter().map(need).collect();
        let found = nearest(&candidates, &needs, candidates.len());
        let policies = &found.policies;
        let named = |near: &Near| &candidates[near.candidate].name;
        let place = |name: &str| policies.iter().position(|it| named(it) == name);
        let places: Vec<_> = case.allow.iter().map(|name| place(name)).collect();
        if places.iter().any(Option::is_none) || !places.is_sorted() {
            wrong.push(format!("{number}: {:?} are at {places:?}", case.allow));
        }
        for name in case.do_not.iter().filter(|name| place(name).is_some()) {
            wrong.push(format!("{number}: {name} allows it"));
        }
        if !policies.is_sorted_by_key(|it| it.excess.actions.len()) {
            wrong.push(format!("{number}: the order is not that of what is in excess"));
        }
        if let (Some(expected), Some(Some(at))) = (case.excess, places.first()) {
            let mut excess = policies[*at].excess.actions.clone();
            excess.sort();
            if excess != expected {
                wrong.push(format!("{number}: {} has in excess {excess:?}", case.allow[0]));
            }
        }
        for near in policies {
            let arn = &candidates[near.candidate].arn;
            if arn.contains("/aws-service-role/") || !near.lacking.is_empty() {
                wrong.push(format!("{number}: {arn} is among those that allow all"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Read-only access to tables and objects: no policy is for both and little else.
#[test]
fn two_together_allow_less_than_one() {
    let needs = [
        ("dynamodb:GetItem", TABLE),
        ("s3:GetObject", OBJECT),
        ("s3:ListBucket", "arn:aws:s3:::data"),
    ];
    let all = found(&needs);
    let one = all["policies"][0]["excess"]["count"].as_u64().unwrap();
    let pairs = all["pairs"].as_array().unwrap();
    let of = |pair: &serde_json::Value| pair["excess"]["count"].as_u64().unwrap();
    assert!(pairs.iter().all(|pair| of(pair) < one), "{one}");
    assert!(pairs.windows(2).all(|two| of(&two[0]) <= of(&two[1])));
    let named = |pair: &serde_json::Value| {
        let policies = pair["policies"].as_array().unwrap().iter();
        policies.map(|it| it["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // The two that people think of are among them.
    let usual = ["AmazonDynamoDBReadOnlyAccess".to_owned(), "AmazonS3ReadOnlyAccess".to_owned()];
    assert!(pairs.iter().any(|pair| named(pair) == usual));
}
