//! The services that are asked, each with its address, its region and the credentials.

use std::sync::Arc;

use crate::aws::chain::{Addresses, Configured, InvalidConfiguration, configured};
use crate::aws::cloudtrail::Lookup;
use crate::aws::credentials::Credentials;
use crate::aws::credentials_cache::{CredentialsCache, Provide};
use crate::aws::endpoint::Endpoint;
use crate::aws::iam::Iam;
use crate::aws::s3::Bucket;
use crate::aws::service::Service;
use crate::aws::sts::Sts;
use crate::aws::wire::Http;

/// Where IAM is asked, by what regions of the partition begin with.
const IAM: [(&str, &str); 7] = [
    ("cn-", "cn-north-1"),
    ("us-gov-", "us-gov-west-1"),
    ("us-iso-", "us-iso-east-1"),
    ("us-isob-", "us-isob-east-1"),
    ("us-isof-", "us-isof-south-1"),
    ("eu-isoe-", "eu-isoe-west-1"),
    ("eusc-", "eusc-de-east-1"),
];
const IAM_ELSEWHERE: &str = "us-east-1";

/// The services of AWS, or of a stand-in for it.
#[derive(Debug, Clone)]
pub struct Services {
    http: Arc<Http>,
    credentials: Arc<CredentialsCache>,
    region: Option<String>,
    addresses: Addresses,
    /// What the names of hosts end in, by region.
    suffix: fn(&str) -> &'static str,
}

impl Services {
    /// Those that the environment and AWS's configuration files say, of this profile, or of the one that they name.
    ///
    /// # Errors
    ///
    /// When what is configured cannot be used.
    pub async fn configured(
        http: Arc<Http>,
        profile: Option<&str>,
        suffix: fn(&str) -> &'static str,
    ) -> Result<Services, InvalidConfiguration> {
        let found = configured(Arc::clone(&http), profile).await?;
        let Configured { region, addresses, provider } = found;
        let credentials = CredentialsCache::new(provider);
        Ok(Services { http, credentials, region, addresses, suffix })
    }

    /// The region that is configured, if there is one.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// The same services, asked with the credentials that somebody else provides.
    #[must_use]
    pub fn provided(&self, provider: Box<dyn Provide>) -> Services {
        Services { credentials: CredentialsCache::new(provider), ..self.clone() }
    }

    /// The same services in another region.
    #[must_use]
    pub fn within(&self, region: &str) -> Services {
        Services { region: Some(region.to_owned()), ..self.clone() }
    }

    /// The same services, all at one address: that of a stand-in.
    #[must_use]
    pub fn at(&self, address: &Endpoint) -> Services {
        let own = || Some(address.clone());
        let addresses = Addresses {
            s3: own(),
            cloudtrail: own(),
            iam: own(),
            sts: own(),
            access_analyzer: own(),
        };
        Services { addresses, ..self.clone() }
    }

    /// The credentials that are asked with.
    ///
    /// # Errors
    ///
    /// When nobody provides any: a sentence says why.
    pub async fn credentials(&self) -> Result<Credentials, String> {
        self.credentials.get().await
    }

    /// IAM, which each partition has once, whatever the region
    /// (<https://docs.aws.amazon.com/general/latest/gr/iam-service.html>; the partitions that it does not list are botocore's).
    pub fn iam(&self) -> Iam {
        let near = self.region().unwrap_or(IAM_ELSEWHERE);
        let known = IAM.iter().find(|(prefix, _)| near.starts_with(prefix));
        let region = known.map_or(IAM_ELSEWHERE, |(_, region)| region);
        let host = || match region {
            IAM_ELSEWHERE => "iam.amazonaws.com".to_owned(),
            "us-gov-west-1" => "iam.us-gov.amazonaws.com".to_owned(),
            region => format!("iam.{region}.{}", (self.suffix)(region)),
        };
        let endpoint = self.addresses.iam.clone().unwrap_or_else(|| Endpoint::of_host(&host()));
        Iam(self.service(endpoint, "iam", region))
    }

    /// STS in a region.
    pub fn sts(&self, region: &str) -> Sts {
        let host = || format!("sts.{region}.{}", (self.suffix)(region));
        let endpoint = self.addresses.sts.clone().unwrap_or_else(|| Endpoint::of_host(&host()));
        Sts(self.service(endpoint, "sts", region))
    }

    /// IAM Access Analyzer in a region.
    pub fn access_analyzer(&self, region: &str) -> Service {
        let host = || format!("access-analyzer.{region}.{}", (self.suffix)(region));
        let own = self.addresses.access_analyzer.clone();
        self.service(own.unwrap_or_else(|| Endpoint::of_host(&host())), "access-analyzer", region)
    }

    /// A bucket, asked in a region. AWS's hosts have its name, but where it has a dot, which no certificate covers; stand-ins have it in
    /// the path (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>).
    pub fn bucket(&self, region: &str, name: &str) -> Bucket {
        let host = format!("s3.{region}.{}", (self.suffix)(region));
        let (endpoint, root) = match &self.addresses.s3 {
            Some(endpoint) => (endpoint.clone(), format!("/{name}")),
            None if name.contains('.') => (Endpoint::of_host(&host), format!("/{name}")),
            None => (Endpoint::of_host(&format!("{name}.{host}")), String::new()),
        };
        Bucket::new(self.service(endpoint, "s3", region), root)
    }

    /// What CloudTrail can look up in a region, between two moments, in milliseconds since 1970. It knows seconds: what is at the edges is
    /// in it.
    pub fn lookup(&self, region: &str, since: Option<u64>, until: Option<u64>) -> Lookup {
        let host = || format!("cloudtrail.{region}.{}", (self.suffix)(region));
        let endpoint =
            self.addresses.cloudtrail.clone().unwrap_or_else(|| Endpoint::of_host(&host()));
        let service = self.service(endpoint, "cloudtrail", region);
        let (from, until) = (since.map(|it| it / 1000), until.map(|it| it.div_ceil(1000)));
        Lookup::new(service, from, until)
    }

    fn service(&self, endpoint: Endpoint, name: &'static str, region: &str) -> Service {
        let (http, credentials) = (Arc::clone(&self.http), Arc::clone(&self.credentials));
        Service { http, credentials, endpoint, name, region: region.to_owned() }
    }
}
