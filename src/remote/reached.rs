//! Whoever reaches what lies at AWS.

use crate::recording::trail::{Elsewhere, FoundAll, Only};
use crate::remote::address::{Address, is_address};
use crate::remote::asking::Asking;
use crate::remote::{lookups, sentences, trails};

/// Whom S3 is asked through where no region is configured.
const REGION: &str = "us-east-1";

/// Reaches what lies at AWS.
pub(super) struct Remote(pub(super) Asking);

impl Remote {
    /// The region that is configured, if there is one.
    pub(super) fn region(&self) -> Option<&str> {
        self.0.services().region()
    }
}

impl Elsewhere for Remote {
    fn is_address(&self, name: &str) -> bool {
        is_address(name)
    }

    fn at(&self, address: &str, only: &Only) -> Result<FoundAll, String> {
        let (handle, services) = (self.0.handle(), self.0.services());
        match address.parse::<Address>().map_err(|error| error.to_string())? {
            Address::Bucket { name, prefix } => {
                let first = self.region().unwrap_or(REGION);
                let found = self.0.wait(async {
                    let bucket = services.bucket(first, &name);
                    let region = bucket.region().await?;
                    let bucket = match region.filter(|region| region != first) {
                        Some(region) => services.bucket(&region, &name),
                        None => bucket,
                    };
                    trails::list(handle, bucket, &name, &prefix, only).await
                });
                found.map_err(|error| sentences::of_bucket(address, &name, &error))
            }
            Address::Lookup { region } => {
                let lookup = services.lookup(&region, only.since, only.until);
                let found = self.0.wait(lookups::begin(handle, lookup));
                found.map_err(|error| sentences::of_lookup(&region, &error))
            }
        }
    }
}
