//! `hudsucker-proxy ADDRESS PORT ROOT CA`: a proxy that intercepts TLS as Leastwise does, and looks at nothing. It listens at ADDRESS, sends
//! what goes to any host to PORT on loopback, trusts the authority in ROOT there, and writes the certificate of its own to CA.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::{Ipv4Addr, SocketAddr};
use std::task::{Context, Poll};

use hudsucker::certificate_authority::RcgenAuthority;
use hudsucker::hyper::http::uri::Uri;
use hudsucker::hyper::{Method, Request};
use hudsucker::hyper_util::client::legacy::connect::HttpConnector;
use hudsucker::hyper_util::client::legacy::connect::dns::Name;
use hudsucker::rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use hudsucker::rustls::crypto::aws_lc_rs;
use hudsucker::rustls::pki_types::CertificateDer;
use hudsucker::rustls::pki_types::pem::PemObject as _;
use hudsucker::rustls::{ClientConfig, RootCertStore};
use hudsucker::{Body, HttpContext, HttpHandler, Proxy, RequestOrResponse};
use hyper_rustls::HttpsConnectorBuilder;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, port, root, ca] = &arguments[..] else {
        return Err("see the beginning of main.rs".into());
    };
    let (issuer, certificate) = authority()?;
    std::fs::write(ca, certificate)?;
    let port: u16 = port.parse()?;

    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(root)?)?;
    let tls = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut http = HttpConnector::new_with_resolver(Loopback);
    http.enforce_http(false);
    http.set_nodelay(true);
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_only()
        .enable_http1()
        .wrap_connector(http);

    Proxy::builder()
        .with_addr(address.parse()?)
        .with_ca(RcgenAuthority::new(issuer, 1_000, aws_lc_rs::default_provider()))
        .with_http_connector(connector)
        .with_http_handler(ToUpstream { port })
        .build()?
        .start()
        .await?;
    Ok(())
}

fn authority() -> Result<(Issuer<'static, KeyPair>, String)> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "hudsucker's authority");
    let certificate = params.self_signed(&key)?.pem();
    Ok((Issuer::new(params, key), certificate))
}

/// Every host is this machine.
#[derive(Clone)]
struct Loopback;

impl tower_service::Service<Name> for Loopback {
    type Response = std::iter::Once<SocketAddr>;
    type Error = Infallible;
    type Future = Ready<std::result::Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Name) -> Self::Future {
        ready(Ok(std::iter::once((Ipv4Addr::LOCALHOST, 0).into())))
    }
}

/// Keeps the host, by which the upstream's certificate is judged, and changes the port.
#[derive(Clone)]
struct ToUpstream {
    port: u16,
}

impl HttpHandler for ToUpstream {
    async fn handle_request(
        &mut self,
        _: &HttpContext,
        mut request: Request<Body>,
    ) -> RequestOrResponse {
        if request.method() != Method::CONNECT
            && let Some(host) = request.uri().host()
        {
            let path = request.uri().path_and_query().map_or("/", |it| it.as_str());
            if let Ok(uri) = format!("https://{host}:{}{path}", self.port).parse::<Uri>() {
                *request.uri_mut() = uri;
            }
        }
        request.into()
    }
}
