//! Whoever asks AWS: what it waits with, and the services as they are configured.

use std::future::Future;
use std::path::Path;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::aws::{Http, Services};
use crate::capture::proxy::{Roots, UpstreamProxy, read_certificates};
use crate::catalog::Catalog;
use crate::remote::dial::Way;
use crate::remote::error::RemoteError;

/// Asks AWS.
pub struct Asking {
    runtime: Runtime,
    services: Services,
}

impl Asking {
    /// One that asks as this profile says, or what SDKs find instead, with the certificates of `AWS_CA_BUNDLE` or the system, through the
    /// user's own proxy.
    ///
    /// # Errors
    ///
    /// When what is configured cannot be used, or the system gives nothing to wait with.
    pub fn new(profile: Option<&str>, via: UpstreamProxy) -> Result<Asking, RemoteError> {
        Asking::trusting(profile, via, None)
    }

    /// The same, which trusts the certificates of a file as well.
    ///
    /// # Errors
    ///
    /// As [`Asking::new`], and when the file has no certificates.
    pub fn trusting(
        profile: Option<&str>,
        via: UpstreamProxy,
        certificates: Option<&Path>,
    ) -> Result<Asking, RemoteError> {
        let mut roots = roots()?;
        if let Some(path) = certificates {
            roots.extra.extend(read_certificates(path)?);
        }
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let http = Http::new(Box::new(Way::new(roots, via)));
        let suffix = |region: &str| Catalog::embedded().partition_for_region(region).dns_suffix();
        let services = runtime.block_on(Services::configured(http, profile, suffix))?;
        Ok(Asking { runtime, services })
    }

    /// The services that are asked.
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// Waits for what is asked.
    pub fn wait<T>(&self, what: impl Future<Output = T>) -> T {
        self.runtime.block_on(what)
    }

    /// What runs things that nobody waits for.
    pub fn handle(&self) -> Handle {
        self.runtime.handle().clone()
    }
}

/// The certificates that AWS's hosts may have: those of the bundle alone, where the environment names one, as SDKs have it
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-gen-config.html>).
fn roots() -> Result<Roots, RemoteError> {
    match std::env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty()) {
        Some(path) => Ok(Roots { native: false, extra: read_certificates(Path::new(&path))? }),
        None => Ok(Roots::default()),
    }
}
