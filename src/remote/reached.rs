//! Whoever reaches what lies at AWS.

use tokio::runtime::{Builder, Runtime};

use crate::aws::{Http, Services};
use crate::capture::proxy::{Roots, UpstreamProxy};
use crate::catalog::Catalog;
use crate::recording::trail::{Elsewhere, FoundAll, Only};
use crate::remote::address::{Address, is_address};
use crate::remote::dial::Way;
use crate::remote::error::RemoteError;
use crate::remote::{lookups, sentences, trails};

/// Whom S3 is asked through where no region is configured.
const REGION: &str = "us-east-1";

/// Reaches what lies at AWS.
pub(super) struct Remote {
    runtime: Runtime,
    services: Services,
}

impl Remote {
    /// One that asks as this profile says, or what SDKs find instead, over connections with these certificates, through the user's own
    /// proxy.
    ///
    /// # Errors
    ///
    /// When what is configured cannot be used, or the system gives nothing to wait with.
    pub(super) fn new(
        profile: Option<&str>,
        roots: Roots,
        via: UpstreamProxy,
    ) -> Result<Remote, RemoteError> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let http = Http::new(Box::new(Way::new(roots, via)));
        let suffix = |region: &str| Catalog::embedded().partition_for_region(region).dns_suffix();
        let services = runtime.block_on(Services::configured(http, profile, suffix))?;
        Ok(Remote { runtime, services })
    }

    /// The region that is configured, if there is one.
    pub(super) fn region(&self) -> Option<&str> {
        self.services.region()
    }
}

impl Elsewhere for Remote {
    fn is_address(&self, name: &str) -> bool {
        is_address(name)
    }

    fn at(&self, address: &str, only: &Only) -> Result<FoundAll, String> {
        let handle = self.runtime.handle().clone();
        match address.parse::<Address>().map_err(|error| error.to_string())? {
            Address::Bucket { name, prefix } => {
                let first = self.region().unwrap_or(REGION);
                let found = self.runtime.block_on(async {
                    let bucket = self.services.bucket(first, &name);
                    let region = bucket.region().await?;
                    let bucket = match region.filter(|region| region != first) {
                        Some(region) => self.services.bucket(&region, &name),
                        None => bucket,
                    };
                    trails::list(handle, bucket, &name, &prefix, only).await
                });
                found.map_err(|error| sentences::of_bucket(address, &name, &error))
            }
            Address::Lookup { region } => {
                let lookup = self.services.lookup(&region, only.since, only.until);
                let found = self.runtime.block_on(lookups::begin(handle, lookup));
                found.map_err(|error| sentences::of_lookup(&region, &error))
            }
        }
    }
}
