//! Region, endpoints and credentials as SDKs find them: by AWS's own crate, from the environment, profiles (also those that assume a
//! role from another's or the machine's credentials), external programs, IAM Identity Center, web identities, containers and instances
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>).

use std::error::Error;
use std::sync::Arc;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::service_config::ServiceConfigKey;

use crate::aws::adapter::Adapter;
use crate::aws::credentials::Credentials;
use crate::aws::credentials_cache::{Provide, Provided};
use crate::aws::endpoint::Endpoint;
use crate::aws::wire::Http;

/// What is configured.
#[derive(Debug)]
pub(super) struct Configured {
    /// The region, if there is one.
    pub(super) region: Option<String>,
    /// The addresses of services that are configured.
    pub(super) addresses: Addresses,
    /// Whoever has credentials.
    pub(super) provider: Box<dyn Provide>,
}

/// The addresses of services, where AWS's own are not meant.
#[derive(Debug, Clone, Default)]
pub(super) struct Addresses {
    pub(super) s3: Option<Endpoint>,
    pub(super) cloudtrail: Option<Endpoint>,
    pub(super) iam: Option<Endpoint>,
    pub(super) sts: Option<Endpoint>,
    pub(super) access_analyzer: Option<Endpoint>,
}

/// Why what is configured cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the endpoint that is configured for {service} cannot be used: {why}")]
pub struct InvalidConfiguration {
    service: &'static str,
    why: crate::aws::endpoint::InvalidEndpoint,
}

/// Finds out what is configured. `profile`: the one that is meant, also where the environment has credentials, as the AWS CLI has it.
///
/// # Errors
///
/// When an endpoint is none.
pub(super) async fn configured(
    http: Arc<Http>,
    profile: Option<&str>,
) -> Result<Configured, InvalidConfiguration> {
    let client = SharedHttpClient::new(Adapter(http));
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(client.clone());
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    let mut config = loader.load().await;
    if let Some(profile) = profile {
        let region = config.region().cloned();
        let configured =
            ProviderConfig::without_region().with_http_client(client).with_region(region);
        let provider = ProfileFileCredentialsProvider::builder()
            .configure(&configured)
            .profile_name(profile)
            .build();
        let provider = SharedCredentialsProvider::new(provider);
        config = config.into_builder().credentials_provider(provider).build();
    }
    Ok(Configured {
        region: config.region().map(ToString::to_string),
        addresses: Addresses {
            s3: endpoint(&config, "S3")?,
            cloudtrail: endpoint(&config, "CloudTrail")?,
            iam: endpoint(&config, "IAM")?,
            sts: endpoint(&config, "STS")?,
            access_analyzer: endpoint(&config, "AccessAnalyzer")?,
        },
        provider: Box::new(Chain {
            provider: config.credentials_provider(),
            profile: profile.map(str::to_owned),
        }),
    })
}

/// The address of a service that is configured for it, or for all services
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>).
fn endpoint(
    config: &SdkConfig,
    service: &'static str,
) -> Result<Option<Endpoint>, InvalidConfiguration> {
    // The crate leaves out the address of all services where they are to be ignored, and leaves the others to the services.
    let is_ignored = std::env::var("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
        .is_ok_and(|it| it.eq_ignore_ascii_case("true"));
    let key = ServiceConfigKey::builder()
        .service_id(service)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build();
    let own = match (config.service_config(), key) {
        (Some(configured), Ok(key)) if !is_ignored => configured.load_config(key),
        _ => None,
    };
    let url = own.as_deref().or(config.endpoint_url()).filter(|url| !url.is_empty());
    let endpoint = url.map(Endpoint::of_url).transpose();
    endpoint.map_err(|why| InvalidConfiguration { service, why })
}

/// Asks all who may have credentials.
#[derive(Debug)]
struct Chain {
    provider: Option<SharedCredentialsProvider>,
    /// The profile that is meant, where one was named.
    profile: Option<String>,
}

impl Provide for Chain {
    fn provide(&self) -> Provided<'_> {
        Box::pin(async {
            let Some(provider) = &self.provider else { return Err(NONE.to_owned()) };
            match (provider.provide_credentials().await, &self.profile) {
                (Ok(found), _) => Ok(Credentials::from(found)),
                (Err(CredentialsError::CredentialsNotLoaded(_)), None) => Err(NONE.to_owned()),
                (Err(error), None) => Err(told(&error)),
                (Err(error), Some(profile)) => {
                    Err(format!("the profile {profile} gives no credentials: {}", told(&error)))
                }
            }
        })
    }
}

const NONE: &str = "there are no AWS credentials, neither in the environment nor in a profile nor on this machine; name a profile \
                    with --profile or AWS_PROFILE, or sign in (aws sso login)";

/// What is wrong, from the outermost to the innermost reason. `Display` alone: what `Debug` shows may hold what was answered.
fn told(error: &CredentialsError) -> String {
    let mut said = error.to_string();
    let mut reason = error.source();
    while let Some(it) = reason {
        let more = it.to_string();
        if !said.contains(&more) {
            said = format!("{said}: {more}");
        }
        reason = it.source();
    }
    if said.contains("SSO") || said.contains("access token") {
        said += "; sign in again (aws sso login)";
    }
    said
}
