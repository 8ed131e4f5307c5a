//! Hosts: whose they are, and which services answer there.

use super::*;
use crate::catalog::Catalog;

fn read(host: &str) -> (String, Option<String>, Vec<&'static str>) {
    let endpoint = Endpoint::read(host);
    let names = endpoint.services().iter().map(|service| service.name()).collect();
    (endpoint.stem, endpoint.region, names)
}

#[test]
fn hosts_lead_to_services_and_regions() {
    for (host, region, service) in [
        ("sqs.eu-west-1.amazonaws.com", Some("eu-west-1"), "sqs"),
        ("SQS.EU-WEST-1.AMAZONAWS.COM:443", Some("eu-west-1"), "sqs"),
        ("sqs.eu-west-1.api.aws", Some("eu-west-1"), "sqs"),
        ("sqs-fips.us-gov-west-1.amazonaws.com", Some("us-gov-west-1"), "sqs"),
        ("sqs.cn-north-1.amazonaws.com.cn", Some("cn-north-1"), "sqs"),
        ("sqs.cn-north-1.api.amazonwebservices.com.cn", Some("cn-north-1"), "sqs"),
        ("eu-west-1.queue.amazonaws.com", Some("eu-west-1"), "sqs"),
        ("queue.amazonaws.com", None, "sqs"),
        ("iam.amazonaws.com", None, "iam"),
        ("vpce-0a-1b.sqs.us-east-1.vpce.amazonaws.com", Some("us-east-1"), "sqs"),
        ("vpce-0a-1b-us-east-1a.api.ecr.us-east-1.vpce.amazonaws.com", Some("us-east-1"), "ecr"),
        ("ecr.us-east-1.api.aws", Some("us-east-1"), "ecr"),
        ("111122223333.ddb.eu-west-1.amazonaws.com", Some("eu-west-1"), "dynamodb"),
        ("111122223333.streams-ddb.eu-west-1.amazonaws.com", Some("eu-west-1"), "dynamodbstreams"),
        ("111122223333.data-kinesis.us-east-1.amazonaws.com", Some("us-east-1"), "kinesis"),
        ("query-cell1.timestream.us-east-1.amazonaws.com", Some("us-east-1"), "timestream-query"),
        ("api-fips.sagemaker.us-east-1.amazonaws.com", Some("us-east-1"), "sagemaker"),
        ("a1b2-ats.iot.eu-west-1.amazonaws.com", Some("eu-west-1"), "iot"),
        ("data-ats.iot.eu-west-1.amazonaws.com", Some("eu-west-1"), "iot-data"),
        ("b.s3.eu-west-1.amazonaws.com", Some("eu-west-1"), "s3"),
        ("lambda.s3.amazonaws.com", None, "s3"),
        ("111122223333.s3-control.eu-west-1.amazonaws.com", Some("eu-west-1"), "s3control"),
        ("x.osm.eu-west-1.on.aws", Some("eu-west-1"), "opensearchmemory"),
        ("eu-west-1.signin.aws.amazon.com", Some("eu-west-1"), "signin"),
    ] {
        let (_, found, services) = read(host);
        assert_eq!(found.as_deref(), region, "{host}");
        assert!(services.contains(&service), "{host}: {services:?}");
    }
}

/// What a service's host is called in full.
fn in_full(host: &str, prefix: &str) -> String {
    let prefix = match prefix.split_once('}') {
        Some((_, rest)) => format!("111122223333{rest}"),
        None => prefix.to_owned(),
    };
    let host = host.replace('*', "111122223333.data");
    if is_special(&host) { host } else { format!("{prefix}{host}.eu-west-1.amazonaws.com") }
}

#[test]
fn every_endpoint_of_the_catalogue_is_the_api_host_of_its_operations() {
    let mut looked_at = 0;
    for service in Catalog::embedded().services().filter(|it| !it.is_data_plane()) {
        let mut prefixes = Vec::new();
        for operation in service.operations() {
            if prefixes.contains(&operation.host_prefix()) {
                continue;
            }
            prefixes.push(operation.host_prefix());
            let hosts = std::iter::once(service.endpoint_prefix()).chain(service.hosts());
            let full = hosts.map(|host| in_full(host, operation.host_prefix()));
            let global = service.global_endpoint();
            let global = (!global.is_empty()).then(|| global.to_owned());
            for host in full.chain(global) {
                looked_at += 1;
                let home = Endpoint::read(&host).home(operation);
                let is_shared = SHARED.iter().any(|(_, name)| *name == service.name());
                let name = service.name();
                assert!(
                    home == Home::Api || (is_shared && home == Home::Shared),
                    "{host} is {home:?} to {name}"
                );
            }
        }
    }
    assert!(looked_at > 400, "{looked_at}");
}

#[test]
fn hosts_with_something_in_front_are_api_hosts_of_what_is_there() {
    for (host, service, operation, home) in [
        ("a1b2-ats.iot.eu-west-1.amazonaws.com", "iot-data", "Publish", Home::Api),
        (
            "a1b2.jobs.iot.eu-west-1.amazonaws.com",
            "iot-jobs-data",
            "StartNextPendingJobExecution",
            Home::Api,
        ),
        (
            "b-1a2b.kinesisvideo.eu-west-1.amazonaws.com",
            "kinesis-video-media",
            "GetMedia",
            Home::Api,
        ),
        ("111122223333.ddb.eu-west-1.amazonaws.com", "dynamodb", "GetItem", Home::Api),
        ("111122223333.data-kinesis.eu-west-1.amazonaws.com", "kinesis", "PutRecord", Home::Api),
        ("query-cell1.timestream.eu-west-1.amazonaws.com", "timestream-query", "Query", Home::Api),
        ("ab12.mediaconvert.eu-west-1.amazonaws.com", "mediaconvert", "CreateJob", Home::Api),
        ("vpce-0a-1b.sqs.us-east-1.vpce.amazonaws.com", "sqs", "SendMessage", Home::Api),
        ("eu-west-1.queue.amazonaws.com", "sqs", "SendMessage", Home::Api),
        ("b.s3.eu-west-1.amazonaws.com", "s3", "GetObject", Home::Api),
        ("s3.cn-north-1.amazonaws.com.cn", "s3", "GetObject", Home::Api),
        (
            "a1b2.execute-api.eu-west-1.amazonaws.com",
            "apigatewaymanagementapi",
            "PostToConnection",
            Home::Shared,
        ),
        // Everybody has a bucket.
        ("b.s3.eu-west-1.amazonaws.com", "iam", "AttachUserPolicy", Home::Another),
        ("iam.s3.amazonaws.com", "iam", "AttachUserPolicy", Home::Another),
        ("a1b2.execute-api.eu-west-1.amazonaws.com", "iam", "AttachUserPolicy", Home::Another),
        ("sts.amazonaws.com", "iam", "AttachUserPolicy", Home::Another),
        ("brandnew.eu-west-1.amazonaws.com", "iam", "AttachUserPolicy", Home::Elsewhere),
    ] {
        let operation = Catalog::embedded().service(service).unwrap().operation(operation);
        assert_eq!(Endpoint::read(host).home(operation.unwrap()), home, "{host}");
    }
}

/// Hosts at which AWS's customers answer, as AWS's documentation names them: of no operation are they the API.
#[test]
fn where_customers_answer_there_is_no_api() {
    const CUSTOMERS: [&str; 34] = [
        // https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html
        "b.s3-website-us-east-1.amazonaws.com",
        "b.s3-website.eu-central-1.amazonaws.com",
        "s3-website.eu-central-1.amazonaws.com",
        // https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html
        "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
        // https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
        "a1b2c3.lambda-url.us-east-1.on.aws",
        // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html
        "ec2-203-0-113-25.compute-1.amazonaws.com",
        "ec2-203-0-113-25.eu-west-1.compute.amazonaws.com",
        // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
        "my-load-balancer-1234567890.us-west-2.elb.amazonaws.com",
        "my-load-balancer-1234567890.elb.us-west-2.amazonaws.com",
        // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/distribution-web-values-returned.html
        "d111111abcdef8.cloudfront.net",
        // https://docs.aws.amazon.com/apprunner/latest/dg/manage-custom-domains.html
        "a1b2c3.us-east-1.awsapprunner.com",
        // https://docs.aws.amazon.com/appsync/latest/devguide/custom-domain-name.html
        "a1b2c3.appsync-api.us-east-1.amazonaws.com",
        "a1b2c3.appsync-realtime-api.us-east-1.amazonaws.com",
        // https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/customdomains.html
        "environment.us-east-1.elasticbeanstalk.com",
        // https://docs.aws.amazon.com/amplify/latest/userguide/custom-domains.html
        "main.d1m7bkiki6tdw1.amplifyapp.com",
        // https://docs.aws.amazon.com/opensearch-service/latest/developerguide/createupdatedomains.html
        "search-domain-a1b2c3.us-east-1.es.amazonaws.com",
        "vpc-domain-a1b2c3.us-east-1.es.amazonaws.com",
        "search-domain-a1b2c3.aos.us-east-1.on.aws",
        // https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-getting-started.html
        "a1b2c3.us-east-1.aoss.amazonaws.com",
        // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ConnectToInstance.html
        "mydb.123456789012.us-east-1.rds.amazonaws.com",
        // https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/amazon-mq-connecting-application.html
        "b-1234a5b6-78cd-901e-2fgh-3i45j6k178l9-1.mq.us-east-2.amazonaws.com",
        // https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html
        "A1B2C3.gr7.us-west-2.eks.amazonaws.com",
        // https://docs.aws.amazon.com/vpc/latest/privatelink/create-endpoint-service.html
        "vpce-0a1b.vpce-svc-0c2d.us-east-1.vpce.amazonaws.com",
        // https://docs.aws.amazon.com/vpc-lattice/latest/ug/service-networks.html
        "service-0a1b.7d67968.vpc-lattice-svcs.us-east-1.on.aws",
        // https://docs.aws.amazon.com/transfer/latest/userguide/transfer-file.html
        "s-1234567890abcdef0.server.transfer.us-east-1.amazonaws.com",
        // https://docs.aws.amazon.com/cloudsearch/latest/developerguide/search-api.html
        "search-movies-a1b2c3.us-east-1.cloudsearch.amazonaws.com",
        // https://docs.aws.amazon.com/codeartifact/latest/ug/welcome-components.html
        "domain-111122223333.d.codeartifact.us-west-2.amazonaws.com",
        // https://docs.aws.amazon.com/grafana/latest/userguide/AMG-working-with-Grafana-workspace.html
        "g-a1b2c3.grafana-workspace.us-east-1.amazonaws.com",
        // https://docs.aws.amazon.com/mwaa/latest/userguide/access-airflow-ui.html
        "a1b2c3.c2.us-east-1.airflow.amazonaws.com",
        // https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html
        "111122223333.dkr.ecr.us-east-1.amazonaws.com",
        // https://docs.aws.amazon.com/mediastore/latest/ug/container-endpoint.html
        "a1b2c3.data.mediastore.us-west-2.amazonaws.com",
        // LocalStack's, which has S3's names
        "b.s3.localhost.localstack.cloud",
        "iam.amazonaws.com.evil.example",
        "evil.example",
    ];
    for host in CUSTOMERS {
        let endpoint = Endpoint::read(host);
        for service in Catalog::embedded().services() {
            for operation in service.operations() {
                let home = endpoint.home(operation);
                assert_ne!(home, Home::Api, "{host} to {}", service.name());
            }
        }
    }
}

#[test]
fn other_hosts_are_not_aws() {
    for host in [
        "",
        "localhost:4566",
        "127.0.0.1:5000",
        "[::1]:5000",
        "[::1]",
        "example.com",
        "lambda.com",
        "sqs.eu-west-1.amazonaws.com.example.com",
        "notamazonaws.com",
        "lambda",
        "x.lambda",
    ] {
        assert!(!Endpoint::read(host).is_aws, "{host}");
    }
}

#[test]
fn hosts_of_the_data_plane_are_homes_of_their_services_alone() {
    let home = |host: &str, service: &str| {
        let service = Catalog::embedded().service(service).unwrap();
        Endpoint::read(host).home_of(service, "")
    };
    for (host, service, at_home) in [
        ("a1b2c3.execute-api.eu-west-1.amazonaws.com", "execute-api", Home::Shared),
        ("a1b2.lambda-url.eu-west-1.on.aws", "lambda-url", Home::Shared),
        ("search-a-b.eu-west-1.es.amazonaws.com", "es-http", Home::Shared),
        ("search-a-b.aos.eu-west-1.on.aws", "es-http", Home::Shared),
        ("aps-workspaces.eu-west-1.amazonaws.com", "aps-http", Home::Api),
        ("bedrock-mantle.eu-west-1.api.aws", "bedrock-mantle", Home::Api),
        ("git-codecommit.eu-west-1.amazonaws.com", "codecommit-git", Home::Api),
        ("111122223333.dkr.ecr.eu-west-1.amazonaws.com", "ecr-registry", Home::Shared),
    ] {
        assert!(Endpoint::read(host).is_aws, "{host}");
        assert_eq!(home(host, service), at_home, "{host}");
        let evil = format!("{host}.evil.example");
        assert_eq!(home(&evil, service), Home::Elsewhere, "{evil}");
        let of_sdks = Endpoint::read(host).shared();
        let others = Catalog::embedded().services().map(|it| it.name());
        for other in others.filter(|it| *it != service && Some(*it) != of_sdks) {
            assert_ne!(home(host, other), Home::Shared, "{host} to {other}");
        }
    }
    // The services themselves have no resource's name in front.
    for (host, service) in [
        ("execute-api.eu-west-1.amazonaws.com", "execute-api"),
        ("es.eu-west-1.amazonaws.com", "es-http"),
        ("sqs.eu-west-1.amazonaws.com", "lambda-url"),
    ] {
        assert_ne!(home(host, service), Home::Shared, "{host}");
    }
}
