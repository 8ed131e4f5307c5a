//! Requests of which whoever listens says whether they may go on, when that is not said at once.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};

use super::client::{ClientConnection, Next};
use super::head::Refusal;
use super::incoming::{Admitted, Decision, Incoming};
use crate::capture::proxy::answer::Answer;
use crate::capture::proxy::held::Held;
use crate::capture::proxy::observe::{Admission, End, GivenUp};
use crate::capture::proxy::shared::{Active, WatchedExchange};

impl<C: AsyncRead + AsyncWrite + Unpin> ClientConnection<'_, C> {
    /// Holds the request at hand, of which `admission` is what was said at its head, until it is decided. When it may not go on, it
    /// is answered, and what comes of the connection is returned. `active` ends with the answer.
    pub(super) async fn admit(
        &mut self,
        admission: Admission,
        watch: &mut WatchedExchange,
        active: &mut Option<Active<'_>>,
    ) -> Result<Box<Admitted>, Next> {
        let mut held = Held::behind(&self.shared.holder, std::mem::take(&mut self.up));
        let awaits = self.request.expects_continue && self.incoming().is_awaited();
        // The upstream, which would tell it, is not asked.
        let tells = awaits && admission == Admission::Pending && self.request.minor > 0;
        let decision = match admission {
            Admission::Pending if tells && !self.incoming().ask_for_it().await => Decision::Gone,
            Admission::Pending => self.incoming().hold(watch, &mut held).await,
            decided => Decision::Admission(decided),
        };
        let decision = match decision {
            Decision::Admission(Admission::Granted) => match held.take_file().await {
                Ok(on_disk) => {
                    self.up = held.take_memory();
                    return Ok(Admitted::new(held, on_disk));
                }
                Err(error) => Decision::GivenUp(GivenUp::Disk(error.to_string())),
            },
            decision => decision,
        };
        drop(held);
        let answer = match decision {
            Decision::Admission(Admission::Refused(answer)) => answer,
            Decision::Admission(_) => self.give_up(&GivenUp::Undecided, watch),
            Decision::GivenUp(why) => self.give_up(&why, watch),
            Decision::Gone => {
                watch.finish(End::ClientAborted);
                return Err(Next::Abort);
            }
            Decision::BadBody(sentence) => {
                watch.finish(End::ClientAborted);
                self.refuse(&Refusal { status: 400, sentence }).await;
                return Err(Next::Abort);
            }
            Decision::Stalled => {
                watch.finish(End::ClientAborted);
                self.refuse(&STALLED).await;
                return Err(Next::Abort);
            }
        };
        // A client that waits to be told may or may not send its body now: only a new connection leaves no doubt where its next
        // request begins.
        let in_doubt = awaits && !tells;
        let close = self.request.close || in_doubt;
        let answered = self.answer(&answer, close).await;
        watch.finish(End::Refused);
        *active = None;
        if answered.is_err() {
            return Err(Next::Abort);
        }
        // Many a client reads nothing before it has sent everything. Where the connection closes, what comes is read and dropped
        // for a moment in any case.
        let at_most = self.shared.limits.held_at_most;
        let is_over = !in_doubt && self.incoming().discard(at_most).await;
        Err(if is_over && !close { Next::Request } else { Next::Linger })
    }

    fn give_up(&self, why: &GivenUp, watch: &mut WatchedExchange) -> Answer {
        let (kind, sentence) = why.failure();
        self.failure(kind, None, sentence);
        watch.given_up(why)
    }

    /// Answers the request at hand in the upstream's place.
    async fn answer(&mut self, answer: &Answer, close: bool) -> io::Result<()> {
        let only_head = self.request.method(&self.head) == b"HEAD";
        self.write(&answer.http1(only_head, close)).await
    }

    /// The body of the request at hand.
    pub(super) fn incoming(&mut self) -> Incoming<'_, C> {
        Incoming {
            client: &mut self.client,
            buffer: &mut self.buffer,
            timer: &mut self.timer,
            framing: &mut self.request.framing,
            stall: self.shared.limits.stall,
        }
    }
}

const STALLED: Refusal =
    Refusal { status: 408, sentence: "the request's body stalled for too long" };
