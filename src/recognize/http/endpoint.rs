//! What a host name of AWS's says: the service's part of it and the region.

use super::index::index;
use super::planes;
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
const SHARED: [(&str, &str); 7] = [
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
    ("execute-api", "apigatewaymanagementapi"),
    // https://docs.aws.amazon.com/cloudsearch/latest/developerguide/search-api.html
    ("cloudsearch", "cloudsearchdomain"),
    // https://docs.aws.amazon.com/mediastore/latest/ug/container-endpoint.html
    ("data.mediastore", "mediastore-data"),
    // https://docs.aws.amazon.com/neptune/latest/userguide/feature-overview-endpoints.html
    ("neptune", "neptunedata"),
    // https://docs.aws.amazon.com/neptune-analytics/latest/userguide/gettingStarted-connecting.html
    ("neptune-graph.on.aws", "neptune-graph"),
    ("osm.on.aws", "opensearchmemory"),
    ("ethereum.managedblockchain", "managedblockchain"),
];

/// Hosts of APIs with a part in front that is an account's or a customer's, and what they serve besides the services that have
/// such a host themselves.
const IN_FRONT: [(&str, &[&str]); 16] = [
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
    ("data-kinesis-queues", &["kinesis"]),
    ("control-kinesis-queues", &["kinesis"]),
    // https://docs.aws.amazon.com/machine-learning/latest/APIReference/API_Predict.html: of the model's endpoint
    ("realtime.machinelearning", &["machinelearning"]),
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
#[derive(Debug, Clone, Default)]
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
        let is_special = || is_special(&stem) || planes::are_at(&stem);
        if before.is_none() && s3.is_none() && !is_special() {
            return Endpoint { stem: host, ..Endpoint::default() };
        }
        let region = s3.as_ref().map_or(region, |s3| s3.region.clone());
        let is_stand_in = before.is_none() && s3.is_some();
        let is_website = s3.is_some() && host.split('.').any(|it| it.starts_with("s3-website"));
        Endpoint { is_aws: true, stem, region, s3, is_stand_in, is_website }
    }

    /// What this host is to an operation.
    pub(super) fn home(&self, operation: Operation) -> Home {
        self.home_of(operation.service(), operation.host_prefix())
    }

    /// What this host is to a service, of an operation with this prefix before the host.
    pub(super) fn home_of(&self, service: Service, prefix: &str) -> Home {
        if !self.is_aws || self.is_stand_in {
            return Home::Elsewhere;
        }
        if service.is_data_plane() {
            return self.home_of_plane(service);
        }
        if self.s3.is_some() {
            let is_one = self.services().contains(&service) && !self.is_website;
            return if is_one { Home::Api } else { Home::Another };
        }
        if let Some(name) = self.shared() {
            return if name == service.name() { Home::Shared } else { Home::Another };
        }
        let is_api = std::iter::once(service.endpoint_prefix())
            .chain(service.hosts())
            .any(|host| self.is_host(host, prefix))
            || IN_FRONT.iter().any(|(end, names)| {
                names.contains(&service.name()) && (self.stem == *end || self.is_below(end))
            });
        match is_api {
            true => Home::Api,
            false if self.services().is_empty() => Home::Elsewhere,
            false => Home::Another,
        }
    }

    /// What this host is to a service of the data plane.
    fn home_of_plane(&self, service: Service) -> Home {
        match planes::at(&self.stem).find(|it| it.service == service) {
            Some(place) if place.shared => Home::Shared,
            Some(_) => Home::Api,
            None if planes::are_at(&self.stem) || !self.services().is_empty() => Home::Another,
            None => Home::Elsewhere,
        }
    }

    /// The service that SDKs know among those at this host, where it is a customer's.
    pub(super) fn shared(&self) -> Option<&'static str> {
        SHARED.iter().find(|(end, _)| self.is_below(end)).map(|(_, name)| *name)
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
        // No customer of a service chooses a host that begins with an account's number.
        left.is_empty()
            || left == prefix
            || left.strip_suffix('.').is_some_and(is_account)
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
mod tests;
