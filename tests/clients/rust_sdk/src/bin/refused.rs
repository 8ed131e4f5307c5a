//! The AWS SDK for Rust, refused: prints the code, the status and whether the sentence came with it. The endpoint is the environment's.
#![allow(clippy::print_stdout, reason = "what it prints is what tests read")]

use std::error::Error;
use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_config::BehaviorVersion;
use aws_sdk_s3::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::{BoxError, ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_http_client::{Builder, Connector, proxy::ProxyConfig, tls};

type Response = aws_sdk_s3::config::http::HttpResponse;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let tls = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
    let http_client = Builder::new().build_with_connector_fn(move |settings, _| {
        let mut connector =
            Connector::builder().proxy_config(ProxyConfig::from_env()).tls_provider(tls.clone());
        connector.set_connector_settings(settings.cloned());
        connector.build()
    });
    let config =
        aws_config::defaults(BehaviorVersion::latest()).http_client(http_client).load().await;
    let attempts = Attempts::default();

    let sqs = aws_sdk_sqs::config::Builder::from(&config).interceptor(attempts.clone()).build();
    let sqs = aws_sdk_sqs::Client::from_conf(sqs);
    let queues = sqs.list_queues().send().await;
    attempts.refused("sqs ListQueues", queues.map(drop))?;

    let s3 = aws_sdk_s3::config::Builder::from(&config).interceptor(attempts.clone()).build();
    let s3 = aws_sdk_s3::Client::from_conf(s3);
    let got = s3.get_object().bucket("media").key("film").send().await;
    attempts.refused("s3 GetObject", got.map(drop))?;
    let body = ByteStream::from(vec![0; 100_000]);
    let put = s3.put_object().bucket("media").key("film").body(body).send().await;
    attempts.refused("s3 PutObject", put.map(drop))?;
    let head = s3.head_object().bucket("media").key("film").send().await;
    attempts.refused("s3 HeadObject", head.map(drop))?;
    let head = s3.head_bucket().bucket("media").send().await;
    attempts.refused("s3 HeadBucket", head.map(drop))
}

/// How often a request was sent.
#[derive(Debug, Default, Clone)]
struct Attempts(Arc<AtomicU32>);

impl Intercept for Attempts {
    fn name(&self) -> &'static str {
        "attempts"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

impl Attempts {
    fn refused<E>(
        &self,
        call: &str,
        result: Result<(), SdkError<E, Response>>,
    ) -> Result<(), Box<dyn Error>>
    where
        E: ProvideErrorMetadata + Debug,
    {
        let error = result.err().ok_or_else(|| format!("{call} should have been refused"))?;
        let SdkError::ServiceError(refused) = &error else {
            return Err(format!("{call}: {error:?}").into());
        };
        let code = refused.err().code().unwrap_or("none");
        let message = refused.err().message().unwrap_or_default();
        let said = if message.contains("is not authorized to perform") { "said" } else { "silent" };
        let attempts = self.0.swap(0, Ordering::Relaxed);
        println!("{call} {code} {} {said} {attempts}", refused.raw().status().as_u16());
        Ok(())
    }
}
