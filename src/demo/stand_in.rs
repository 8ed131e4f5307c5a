//! What stands in for AWS in the demo: it knows the deployment's requests, and answers nothing else.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::demo::script::{Step, request_id};

/// No request of the deployment has a larger body, in bytes.
const LARGEST: usize = 64 * 1024;

/// The stand-in, and where it listens.
pub(super) struct StandIn {
    listener: TcpListener,
    address: SocketAddr,
}

impl StandIn {
    pub(super) async fn bind() -> io::Result<StandIn> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        Ok(StandIn { listener, address })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers whoever comes, as long as the runtime lives.
    pub(super) async fn serve(self, steps: Arc<[Step]>) {
        let asked = Arc::new(AtomicU64::new(0));
        while let Ok((stream, _)) = self.listener.accept().await {
            let (steps, asked) = (Arc::clone(&steps), Arc::clone(&asked));
            let service = service_fn(move |request| {
                let (steps, asked) = (Arc::clone(&steps), Arc::clone(&asked));
                async move { Ok::<_, Infallible>(answer(&steps, &asked, request).await) }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    }
}

async fn answer(
    steps: &[Step],
    asked: &AtomicU64,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, LARGEST).collect().await.map(|body| body.to_bytes());
    let number = asked.fetch_add(1, Ordering::Relaxed) as usize;
    let is_asked = |step: &&Step| {
        let host = head.headers.get("host").and_then(|host| host.to_str().ok());
        host.is_some_and(|host| host.strip_suffix(":443").unwrap_or(host) == step.host)
            && head.method.as_str() == step.method
            && head.uri.path_and_query().is_some_and(|path| path.as_str() == step.path)
            && body.as_ref().is_ok_and(|body| *body == step.body)
    };
    // A table is described twice, and is there the second time.
    let in_turn = steps.get(number).filter(is_asked);
    let Some(step) = in_turn.or_else(|| steps.iter().find(is_asked)) else {
        let mut unknown =
            Response::new(Full::from("The demo's stand-in does not know this request."));
        *unknown.status_mut() = StatusCode::NOT_FOUND;
        return unknown;
    };
    let id = request_id(number);
    let answer = Response::builder().status(step.status).header(step.id_names().0, id);
    answer.body(Full::from(step.answer.clone())).unwrap_or_default()
}
