//! The upstream: hyper over rustls, that answers as DynamoDB and S3 do.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::client::{Body, zeroes};
use crate::{LARGE_HOST, Result, SMALL_HOST};

/// Serves until standard input ends; prints its port, and leaves its root in `root.pem`.
pub(crate) async fn serve(directory: &Path) -> Result<()> {
    let (issuer, root) = authority()?;
    std::fs::write(directory.join("root.pem"), pem("CERTIFICATE", root.der()))?;
    let (config, certificate_and_key) = server_config(&issuer)?;
    std::fs::write(directory.join("upstream.pem"), certificate_and_key)?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    std::io::stdout().flush()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let _ = stream.set_nodelay(true);
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let _ = hyper::server::conn::http1::Builder::new()
                    .timer(TokioTimer::new())
                    .serve_connection(TokioIo::new(stream), service_fn(answer))
                    .await;
            });
        }
    });
    tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()))
        .await??;
    Ok(())
}

async fn answer(request: Request<Incoming>) -> Result<Response<Body>> {
    if request.headers().contains_key("x-amz-target") {
        dynamodb(request).await
    } else {
        s3(request).await
    }
}

/// The item whose key the request has.
async fn dynamodb(request: Request<Incoming>) -> Result<Response<Body>> {
    let asked = request.into_body().collect().await?.to_bytes();
    let mut asked: Value = serde_json::from_slice(&asked)?;
    let mut item = asked["Key"].take();
    item["placed"] = serde_json::json!({"S": "2025-01-01T00:00:00Z"});
    item["total"] = serde_json::json!({"N": "42.00"});
    item["lines"] = serde_json::json!({"L": [{"M": {"sku": {"S": "1"}, "count": {"N": "2"}}}]});
    let answer = serde_json::to_vec(&serde_json::json!({"Item": item}))?;
    Ok(Response::builder()
        .header("Server", "Server")
        .header("Content-Type", "application/x-amz-json-1.0")
        .header("Connection", "keep-alive")
        .header("x-amzn-RequestId", format!("{:052}", next_id()))
        .header("x-amz-crc32", "2745614147")
        .body(Full::new(Bytes::from(answer)).boxed())?)
}

/// Takes an object, or gives one of as many bytes as its key says.
async fn s3(request: Request<Incoming>) -> Result<Response<Body>> {
    let wanted: u64 = request.uri().path().trim_start_matches('/').parse().unwrap_or(0);
    let get = request.method() == Method::GET;
    let mut body = request.into_body();
    while let Some(frame) = body.frame().await {
        frame?;
    }
    let response = Response::builder()
        .header("x-amz-id-2", format!("{:076}", next_id()))
        .header("x-amz-request-id", format!("{:016}", next_id()))
        .header("ETag", "\"d41d8cd98f00b204e9800998ecf8427e\"")
        .header("x-amz-server-side-encryption", "AES256")
        .header("Server", "AmazonS3");
    let response = if get { response.header("Content-Length", wanted) } else { response };
    Ok(response.body(if get { zeroes(wanted) } else { Full::default().boxed() })?)
}

fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// The upstream's certificate authority.
fn authority() -> Result<(Issuer<'static, KeyPair>, rcgen::Certificate)> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, "benchmark's root");
    let root = params.self_signed(&key)?;
    Ok((Issuer::new(params, key), root))
}

/// How the upstream serves, and its certificate and key for reverse proxies that stand for it.
fn server_config(issuer: &Issuer<'static, KeyPair>) -> Result<(ServerConfig, String)> {
    let key = KeyPair::generate()?;
    let names = ["127.0.0.1", SMALL_HOST, LARGE_HOST];
    let params = CertificateParams::new(names.map(str::to_owned))?;
    let certificate = params.signed_by(&key, issuer)?.der().clone();
    let certificate_and_key =
        pem("CERTIFICATE", &certificate) + &pem("PRIVATE KEY", &key.serialize_der());
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], private)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((config, certificate_and_key))
}

fn pem(label: &str, contents: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(contents);
    let lines: Vec<&str> =
        (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
