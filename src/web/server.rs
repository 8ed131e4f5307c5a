//! The server: few connections at once, each with little to wait for. Who does not read what is new is dropped.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Request, Response, StatusCode};
use hyper::body::{Body, Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::timeout;

use crate::capture::neighbours::{Door, Guests, Transport};
use crate::report::page::{Kind, page};
use crate::web::shown::Shown;
use crate::web::visitor::{Wanted, judge};

/// Connections at once.
const MOST: usize = 32;
/// A request's head takes no longer, and what is new is taken within this time.
const PATIENCE: Duration = Duration::from_secs(5);

/// Every answer's: nobody keeps it, frames it or takes it for something else.
const HEADERS: [(HeaderName, &str); 5] = [
    (CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("x-content-type-options"), "nosniff"),
    (HeaderName::from_static("referrer-policy"), "no-referrer"),
    (HeaderName::from_static("x-frame-options"), "DENY"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// A server of one page.
pub(super) struct Server {
    own: SocketAddr,
    site: Arc<Site>,
    shown: watch::Receiver<Shown>,
}

/// What requests are judged by.
struct Site {
    own: String,
    token: String,
}

impl Server {
    pub(super) fn new(own: SocketAddr, token: String, shown: watch::Receiver<Shown>) -> Server {
        Server { own, site: Arc::new(Site { own: own.to_string(), token }), shown }
    }

    /// Serves until nobody shows anything any more.
    pub(super) async fn serve(mut self, listener: TcpListener) {
        let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
        let mut door = Door::new(Transport::Tcp, self.own, Guests::default());
        let seats = Arc::new(Semaphore::new(MOST));
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                gone = self.shown.changed() => {
                    if gone.is_err() {
                        return;
                    }
                    continue;
                }
            };
            let Ok((stream, peer)) = accepted else {
                // Too many files are open, say: it passes, or it does not.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let own = stream.local_addr().unwrap_or(self.own);
            if door.connection(peer, own).is_err() {
                continue;
            }
            let Ok(seat) = seats.clone().try_acquire_owned() else { continue };
            let (site, shown) = (self.site.clone(), self.shown.clone());
            tokio::spawn(async move {
                connection(stream, site, shown).await;
                drop(seat);
            });
        }
    }
}

async fn connection(stream: TcpStream, site: Arc<Site>, shown: watch::Receiver<Shown>) {
    let (stall, mut stalled) = mpsc::channel::<()>(1);
    let service = service_fn(move |request: Request<Incoming>| {
        let answer = answer(&request, &site, &shown, &stall);
        async move { Ok::<_, Infallible>(answer) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        _ = served => {}
        Some(()) = stalled.recv() => {}
    }
}

fn answer(
    request: &Request<Incoming>,
    site: &Site,
    shown: &watch::Receiver<Shown>,
    stall: &mpsc::Sender<()>,
) -> Response<Content> {
    let path = request.uri().path();
    let (status, kind, content) =
        match judge(request.method(), path, request.headers(), &site.own, &site.token) {
            Ok(Wanted::Page) => {
                let shown = shown.borrow().clone();
                let page = page(&shown.plain, &shown.json, Kind::Live);
                (StatusCode::OK, "text/html; charset=utf-8", Content::Whole(Some(page.into())))
            }
            Ok(Wanted::News) => {
                let (news, taken) = mpsc::channel(1);
                tokio::spawn(tell(shown.clone(), news, stall.clone()));
                (StatusCode::OK, "text/event-stream", Content::News(taken))
            }
            Err(status) => {
                let sentence = "This is not for you: open the address that leastwise printed.\n";
                (
                    status,
                    "text/plain",
                    Content::Whole(Some(Bytes::from_static(sentence.as_bytes()))),
                )
            }
        };
    let mut response = Response::new(content);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Hands what is new to one who looks: the newest, whatever came before it. Who does not take it in time is dropped.
async fn tell(
    mut shown: watch::Receiver<Shown>,
    news: mpsc::Sender<Bytes>,
    stall: mpsc::Sender<()>,
) {
    // What there is counts as new: it may have changed since the page was asked for.
    shown.mark_changed();
    loop {
        let next = tokio::select! {
            changed = shown.changed() => changed,
            () = news.closed() => return,
        };
        if next.is_err() {
            return;
        }
        let (event, is_over) = {
            let shown = shown.borrow_and_update();
            (shown.event.clone(), shown.is_over)
        };
        match timeout(PATIENCE, news.send(event)).await {
            Ok(Ok(())) if !is_over => {}
            Ok(_) => return,
            Err(_) => {
                let _ = stall.try_send(());
                return;
            }
        }
    }
}

/// What an answer holds.
enum Content {
    Whole(Option<Bytes>),
    News(mpsc::Receiver<Bytes>),
}

impl Body for Content {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Content::Whole(bytes) => Poll::Ready(bytes.take().map(|it| Ok(Frame::data(it)))),
            Content::News(taken) => {
                taken.poll_recv(context).map(|it| it.map(|it| Ok(Frame::data(it))))
            }
        }
    }
}
