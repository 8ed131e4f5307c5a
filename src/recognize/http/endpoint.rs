//! What a host name of AWS's says: the service's part of it and the region.

use super::index::index;
use crate::catalog::{Operation, Service};
use crate::recognize::s3_host::{self, S3Host};

/// What a host is to an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// Its API: what answers there is AWS, and nobody else.
    Api,
    /// Where it is served among what AWS's customers serve (their APIs, their domains).
    Shared,
    /// Another service's host, or a customer's of another service.
    Another,
    /// A host of which nothing is known.
    Elsewhere,
}

/// Where services serve operations at hosts that are their customers', by what such a host ends in. That AWS answers there
/// cannot be told from the name.
const SHARED: [(&str, &str); 6] = [
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
    ("execute-api", "apigatewaymanagementapi"),
    // https://docs.aws.amazon.com/cloudsearch/latest/developerguide/search-api.html
    ("cloudsearch", "cloudsearchdomain"),
    // https://docs.aws.amazon.com/mediastore/latest/ug/container-endpoint.html
    ("data.mediastore", "mediastore-data"),
    // https://docs.aws.amazon.com/neptune-analytics/latest/userguide/gettingStarted-connecting.html
    ("neptune-graph.on.aws", "neptune-graph"),
    ("osm.on.aws", "opensearchmemory"),
    ("ethereum.managedblockchain", "managedblockchain"),
];

/// Hosts of APIs with a part in front that is an account's or a customer's, and what they serve besides the services that have
/// such a host themselves.
const IN_FRONT: [(&str, &[&str]); 13] = [
    // https://docs.aws.amazon.com/iot/latest/developerguide/iot-connect-devices.html
    ("iot", &["iot-data", "iot-jobs-data"]),
    ("jobs.iot", &["iot-jobs-data"]),
    // https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_dataplane_GetMedia.html: of GetDataEndpoint
    (
        "kinesisvideo",
        &[
            "kinesis-video-media",
            "kinesis-video-archived-media",
            "kinesis-video-signaling",
            "kinesis-video-webrtc-storage",
        ],
    ),
    // https://docs.aws.amazon.com/sdkref/latest/guide/feature-account-endpoints.html
    ("ddb", &["dynamodb"]),
    ("search-ddb", &["dynamodb"]),
    ("streams-ddb", &["dynamodbstreams"]),
    ("data-kinesis", &["kinesis"]),
    ("control-kinesis", &["kinesis"]),
    // https://docs.aws.amazon.com/mediaconvert/latest/apireference/custom-endpoints.html
    ("mediaconvert", &["mediaconvert"]),
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-global-endpoints.html
    ("endpoint.events", &["events"]),
    // https://docs.aws.amazon.com/ses/latest/dg/global-endpoints.html
    ("endpoints.email", &["sesv2"]),
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-outposts.html
    ("s3-outposts", &["s3", "s3control"]),
    ("queue", &["sqs"]),
];

/// A host, read.
#[derive(Debug, Default)]
pub(super) struct Endpoint {
    /// Whether it is in a domain of AWS's.
    pub(super) is_aws: bool,
    /// The labels that belong to the service (`b-1a2b.kinesisvideo`), without region, domain and options.
    pub(super) stem: String,
    /// The region that it names.
    pub(super) region: Option<String>,
    /// What it is of S3's.
    pub(super) s3: Option<S3Host>,
    /// Whether it is a stand-in's, which has S3's names in a domain of its own.
    is_stand_in: bool,
    /// Whether its S3 bucket is served as a web site.
    is_website: bool,
}

impl Endpoint {
    /// Reads an authority as it was sent: any case, with or without a port.
    pub(super) fn read(authority: &str) -> Endpoint {
        let host = authority.rsplit_once(':').map_or(authority, |(host, port)| {
            let is_port = port.bytes().all(|byte| byte.is_ascii_digit());
            if is_port { host } else { authority }
        });
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        let s3 = s3_host::parse(&host);
        let before = index().before_domain(&host);
        let (stem, region) = stem(before.unwrap_or(&host));
        if before.is_none() && s3.is_none() && !is_special(&stem) {
            return Endpoint { stem: host, ..Endpoint::default() };
        }
        let region = s3.as_ref().map_or(region, |s3| s3.region.clone());
        let is_stand_in = before.is_none() && s3.is_some();
        let is_website = s3.is_some() && host.split('.').any(|it| it.starts_with("s3-website"));
        Endpoint { is_aws: true, stem, region, s3, is_stand_in, is_website }
    }

    /// What this host is to an operation.
    pub(super) fn home(&self, operation: Operation) -> Home {
        let service = operation.service();
        if !self.is_aws || self.is_stand_in {
            return Home::Elsewhere;
        }
        if self.s3.is_some() {
            let is_one = self.services().contains(&service) && !self.is_website;
            return if is_one { Home::Api } else { Home::Another };
        }
        let shared = SHARED.iter().find(|(end, _)| self.is_below(end));
        if let Some((_, name)) = shared {
            return if *name == service.name() { Home::Shared } else { Home::Another };
        }
        let is_api = std::iter::once(service.endpoint_prefix())
            .chain(service.hosts())
            .any(|host| self.is_host(host, operation.host_prefix()))
            || IN_FRONT.iter().any(|(end, names)| {
                names.contains(&service.name()) && (self.stem == *end || self.is_below(end))
            });
        match is_api {
            true => Home::Api,
            false if self.services().is_empty() => Home::Elsewhere,
            false => Home::Another,
        }
    }

    /// Whether it is this host of a service's, with or without an operation's prefix in front.
    fn is_host(&self, host: &str, prefix: &str) -> bool {
        // A part that the request decides: an account, the number of a graph.
        let (open, host) = match host.strip_prefix('*') {
            Some(host) => (true, host),
            None => (false, host),
        };
        let Some(left) = self.stem.strip_suffix(host) else { return false };
        let is_label = |text: &str| !text.is_empty() && !text.contains('.');
        // `111122223333.data` of `*-kinesis`.
        let without_account = || match left.split_once('.') {
            Some((account, rest)) if is_account(account) => rest,
            _ => left,
        };
        left.is_empty()
            || left == prefix
            || (open && is_label(without_account()))
            || (prefix.starts_with('{') && left.strip_suffix('.').is_some_and(is_label))
    }

    fn is_below(&self, end: &str) -> bool {
        self.stem.strip_suffix(end).is_some_and(|left| left.ends_with('.'))
    }

    /// The services at this host; none where it is not AWS's or not known.
    pub(super) fn services(&self) -> &'static [Service] {
        let index = index();
        match &self.s3 {
            Some(s3) => match &s3.target {
                s3_host::Target::Control(_) => index.at_host("s3-control"),
                s3_host::Target::Outposts => index.signed_as("s3-outposts"),
                s3_host::Target::Express => index.signed_as("s3express"),
                _ => index.at_host("s3"),
            },
            None if self.is_aws => index.at_host(&self.stem),
            None => &[],
        }
    }
}

impl Endpoint {
    /// The services at shorter hosts that this one ends in (`geo` of `maps.geo`), which more than one service may
    /// share.
    pub(super) fn services_behind(&self) -> Vec<Service> {
        if !self.is_aws || self.s3.is_some() {
            return Vec::new();
        }
        let ends = self.stem.match_indices('.').map(|(at, _)| &self.stem[at + 1..]);
        ends.flat_map(|end| index().at_host(end)).copied().collect()
    }
}

/// A host outside the partitions' domains that the catalogue knows in full (`osm.on.aws`).
fn is_special(stem: &str) -> bool {
    const TOPS: [&str; 7] = [".aws", ".com", ".cn", ".eu", ".gov", ".uk", ".amazon"];
    let mut rest = stem;
    while let Some(top) = TOPS.iter().find(|top| rest.ends_with(**top)) {
        if rest.len() > top.len() && !index().at_host(rest).is_empty() {
            return true;
        }
        match rest.split_once('.') {
            Some((_, shorter)) => rest = shorter,
            None => break,
        }
    }
    false
}

/// Takes region and options out of the labels before the domain.
fn stem(name: &str) -> (String, Option<String>) {
    let mut region = None;
    let mut stem = String::with_capacity(name.len());
    let name = through_vpc_endpoint(name);
    for label in name.split('.') {
        if is_region(label) {
            region = Some(label.to_owned());
            continue;
        }
        let label = label.strip_suffix("-fips").unwrap_or(label);
        let label = label.strip_prefix("fips-").unwrap_or(label);
        let label = without_cell(label);
        if matches!(label, "fips" | "dualstack" | "global" | "us-gov") {
            continue;
        }
        if !stem.is_empty() {
            stem.push('.');
        }
        stem.push_str(label);
    }
    // `global.health`: the label is the whole of what stands before.
    (stem, region)
}

/// `vpce-1a2b-3c4d.sqs.us-east-1.vpce` → `sqs.us-east-1`.
fn through_vpc_endpoint(name: &str) -> &str {
    let Some(name) = name.strip_suffix(".vpce") else { return name };
    match name.find("vpce-") {
        Some(start) => name[start..].split_once('.').map_or(name, |(_, service)| service),
        None => name,
    }
}

/// Timestream's endpoints are in cells: `query-cell1.timestream`.
fn without_cell(label: &str) -> &str {
    match label.rsplit_once("-cell") {
        Some((before, cell)) if cell.bytes().all(|byte| byte.is_ascii_digit()) => before,
        _ => label,
    }
}

fn is_account(label: &str) -> bool {
    label.len() == 12 && label.bytes().all(|byte| byte.is_ascii_digit())
}

/// Words and a number: `eu-west-1`, `us-gov-east-1`.
fn is_region(label: &str) -> bool {
    let Some((words, number)) = label.rsplit_once('-') else { return false };
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    (1..=2).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && (2..=4).contains(&words.find('-').unwrap_or_default())
        && words.split('-').all(is_word)
}

#[cfg(test)]
mod tests {
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
            (
                "vpce-0a-1b-us-east-1a.api.ecr.us-east-1.vpce.amazonaws.com",
                Some("us-east-1"),
                "ecr",
            ),
            ("ecr.us-east-1.api.aws", Some("us-east-1"), "ecr"),
            ("111122223333.ddb.eu-west-1.amazonaws.com", Some("eu-west-1"), "dynamodb"),
            (
                "111122223333.streams-ddb.eu-west-1.amazonaws.com",
                Some("eu-west-1"),
                "dynamodbstreams",
            ),
            ("111122223333.data-kinesis.us-east-1.amazonaws.com", Some("us-east-1"), "kinesis"),
            (
                "query-cell1.timestream.us-east-1.amazonaws.com",
                Some("us-east-1"),
                "timestream-query",
            ),
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
        for service in Catalog::embedded().services() {
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
            (
                "111122223333.data-kinesis.eu-west-1.amazonaws.com",
                "kinesis",
                "PutRecord",
                Home::Api,
            ),
            (
                "query-cell1.timestream.eu-west-1.amazonaws.com",
                "timestream-query",
                "Query",
                Home::Api,
            ),
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
}
