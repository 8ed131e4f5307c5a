//! What whoever listens is told of one request and its response, and when: at once where they decide what becomes of it, else
//! when the bytes are on their way, so that nobody waits for who only looks.

use std::net::SocketAddr;

use super::head::{Request, Response};
use super::target::origin_target;
use crate::call::Timestamp;
use crate::capture::proxy::answer::Answer;
use crate::capture::proxy::observe::{Observer, RequestHead, ResponseHead, Scheme};
use crate::capture::proxy::shared::WatchedExchange;

/// What a request's head does not say of it.
pub(super) struct Circumstances {
    pub(super) time: Timestamp,
    pub(super) peer: SocketAddr,
    pub(super) scheme: Scheme,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) to_stand_in: bool,
    pub(super) is_named: bool,
    pub(super) is_this_machine: bool,
    /// Path and query: where in the head they are.
    pub(super) target: (usize, usize),
}

/// Who listens to the request at hand.
pub(super) struct Lookout<'x> {
    observer: &'x dyn Observer,
    request: &'x Request,
    request_head: &'x [u8],
    watch: &'x mut Witness,
    /// What passed of the one that is not told yet: the pieces of the request's body, or the response's head and pieces of its body.
    kept: &'x mut Vec<u8>,
    /// How long the response's head in `kept` is, where it is not told yet.
    head_length: Option<usize>,
}

/// An exchange that has begun, or that begins when its request is on its way.
pub(super) struct Witness {
    asked: Option<Circumstances>,
    exchange: WatchedExchange,
}

impl Witness {
    /// Tells whoever decides at once.
    pub(super) fn new(
        asked: Circumstances,
        observer: &dyn Observer,
        request: &Request,
        head: &[u8],
    ) -> Self {
        let mut watch = Self { asked: Some(asked), exchange: WatchedExchange::new(None) };
        if observer.decides() {
            watch.begin(observer, request, head);
        }
        watch
    }

    /// Tells of the request, if it is not told yet.
    pub(super) fn begin(&mut self, observer: &dyn Observer, request: &Request, head: &[u8]) {
        let Some(asked) = self.asked.take() else { return };
        let (start, end) = asked.target;
        let head = RequestHead {
            time: asked.time,
            peer: asked.peer,
            scheme: asked.scheme,
            host: &asked.host,
            port: asked.port,
            to_stand_in: asked.to_stand_in,
            is_named: asked.is_named,
            is_this_machine: asked.is_this_machine,
            method: std::str::from_utf8(request.method(head)).unwrap_or_default(),
            target: origin_target(head.get(start..end).unwrap_or_default()),
            headers: request.fields(head),
        };
        self.exchange = WatchedExchange::new(observer.request(&head));
    }

    /// Who listens, once told.
    pub(super) fn exchange(&mut self) -> &mut WatchedExchange {
        &mut self.exchange
    }
}

impl<'x> Lookout<'x> {
    /// `kept`: memory that is used again.
    pub(super) fn new(
        observer: &'x dyn Observer,
        (request, request_head): (&'x Request, &'x [u8]),
        watch: &'x mut Witness,
        kept: &'x mut Vec<u8>,
    ) -> Self {
        kept.clear();
        Self { observer, request, request_head, watch, kept, head_length: None }
    }

    /// A piece of the request's body that goes on together with its head, in a moment.
    pub(super) fn request_body_behind_head(&mut self, piece: &[u8]) {
        match self.watch.asked {
            Some(_) => self.kept.extend_from_slice(piece),
            None => self.watch.exchange.request_body(piece),
        }
    }

    /// The request is on its way: its head, at least.
    pub(super) fn request_is_on_its_way(&mut self) {
        if self.watch.asked.is_some() {
            self.watch.begin(self.observer, self.request, self.request_head);
            self.watch.exchange.request_body(self.kept);
            self.kept.clear();
        }
    }

    /// A piece of the request's body.
    pub(super) fn request_body(&mut self, piece: &[u8]) {
        self.request_is_on_its_way();
        self.watch.exchange.request_body(piece);
    }

    /// The request has ended.
    pub(super) fn request_end(&mut self) {
        self.request_is_on_its_way();
        self.watch.exchange.request_end();
    }

    /// The head of the response, of which nothing has gone on yet.
    pub(super) fn response_head(&mut self, response: &Response, head: &[u8]) {
        self.request_is_on_its_way();
        let told = ResponseHead { status: response.status, headers: response.fields(head) };
        self.watch.exchange.response_begins(&told);
        if self.observer.decides() || response.status == 101 {
            self.watch.exchange.response_head(&told);
        } else {
            self.kept.extend_from_slice(head);
            self.head_length = Some(head.len());
        }
    }

    /// What the client gets in place of the upstream's answer.
    pub(super) fn replacement(&mut self) -> Option<Answer> {
        self.watch.exchange.replacement()
    }

    /// A piece of the response's body that goes on together with its head, in a moment.
    pub(super) fn response_body_behind_head(&mut self, piece: &[u8]) {
        match self.head_length {
            Some(_) => self.kept.extend_from_slice(piece),
            None => self.watch.exchange.response_body(piece),
        }
    }

    /// The response, which is this, is on its way: its head, at least.
    pub(super) fn response_is_on_its_way(&mut self, response: &Response) {
        if let Some(length) = self.head_length.take() {
            let (head, body) = self.kept.split_at(length.min(self.kept.len()));
            let exchange = &mut self.watch.exchange;
            let headers = response.fields(head);
            exchange.response_head(&ResponseHead { status: response.status, headers });
            exchange.response_body(body);
            self.kept.clear();
        }
    }

    /// A piece of the body of the response, which is this.
    pub(super) fn response_body(&mut self, response: &Response, piece: &[u8]) {
        self.response_is_on_its_way(response);
        self.watch.exchange.response_body(piece);
    }
}
