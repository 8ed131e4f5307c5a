//! The services that are asked, each with its address, its region and the credentials.

use std::sync::Arc;

use crate::aws::chain::{Configured, InvalidConfiguration, configured};
use crate::aws::cloudtrail::Lookup;
use crate::aws::credentials_cache::CredentialsCache;
use crate::aws::endpoint::Endpoint;
use crate::aws::s3::Bucket;
use crate::aws::service::Service;
use crate::aws::wire::Http;

/// The services of AWS, or of a stand-in for it.
#[derive(Debug)]
pub struct Services {
    http: Arc<Http>,
    credentials: Arc<CredentialsCache>,
    region: Option<String>,
    s3: Option<Endpoint>,
    cloudtrail: Option<Endpoint>,
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
        let Configured { region, s3, cloudtrail, provider } = found;
        Ok(Services {
            http,
            credentials: CredentialsCache::new(provider),
            region,
            s3,
            cloudtrail,
            suffix,
        })
    }

    /// The region that is configured, if there is one.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// A bucket, asked in a region. AWS's hosts have its name, but where it has a dot, which no certificate covers; stand-ins have it in
    /// the path (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>).
    pub fn bucket(&self, region: &str, name: &str) -> Bucket {
        let host = format!("s3.{region}.{}", (self.suffix)(region));
        let (endpoint, root) = match &self.s3 {
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
        let endpoint = self.cloudtrail.clone().unwrap_or_else(|| Endpoint::of_host(&host()));
        let service = self.service(endpoint, "cloudtrail", region);
        let (from, until) = (since.map(|it| it / 1000), until.map(|it| it.div_ceil(1000)));
        Lookup::new(service, from, until)
    }

    fn service(&self, endpoint: Endpoint, name: &'static str, region: &str) -> Service {
        let (http, credentials) = (Arc::clone(&self.http), Arc::clone(&self.credentials));
        Service { http, credentials, endpoint, name, region: region.to_owned() }
    }
}
