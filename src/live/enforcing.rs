//! Policies, held against the requests that pass the proxy.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::authorize::Decision;
use crate::call::{Answerer, Call, Timestamp};
use crate::capture::proxy::{Admission, Answer, End, GivenUp, Ready};
use crate::catalog::{AccessLevel, Catalog, Operation};
use crate::enforce::iam::{Changed, Form, changed};
use crate::enforce::{self, Fate, Guard, Judged, Settled, Stage};
use crate::live::iam::upkeep::Upkeep;
use crate::recognize::http::Recognizer;
use crate::refuse;

/// What the proxy's threads share of it.
pub struct Enforcement {
    guard: Mutex<Guard>,
    /// Keeps current what the guard knows of a stand-in's IAM.
    upkeep: Option<Arc<Upkeep>>,
    /// Makes request ids that nobody can foresee.
    hasher: RandomState,
    answers: AtomicU64,
}

impl Enforcement {
    /// By this guard.
    pub fn new(guard: Guard) -> Enforcement {
        Enforcement {
            guard: Mutex::new(guard),
            upkeep: None,
            hasher: RandomState::new(),
            answers: AtomicU64::new(0),
        }
    }

    /// By this guard, whose knowledge of a stand-in's IAM is kept current.
    pub fn by_iam(guard: Guard, upkeep: Arc<Upkeep>) -> Enforcement {
        Enforcement { upkeep: Some(upkeep), ..Enforcement::new(guard) }
    }

    /// A stand-in's IAM is to be read again, if that is what it goes by.
    pub(crate) fn read_again(&self) {
        if let Some(upkeep) = &self.upkeep {
            upkeep.mark_all();
        }
    }

    /// The guard.
    pub fn guard(&self) -> MutexGuard<'_, Guard> {
        self.guard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn id(&self) -> u128 {
        let number = self.answers.fetch_add(1, Ordering::Relaxed);
        let [high, low] = [0_u8, 1].map(|half| self.hasher.hash_one((number, half)));
        u128::from(high) << 64 | u128::from(low)
    }
}

/// What became of a request, as policies are held against it.
#[derive(Debug, Default)]
pub struct Settlement {
    /// What was judged of it.
    pub judged: Vec<Judged>,
    /// It passed, and nothing is to be told of that.
    pub passed: bool,
    /// What it needs, where the session decides the same.
    pub decision: Option<Arc<Decision>>,
}

/// Whether one request goes on.
pub(crate) struct Gate {
    enforcement: Arc<Enforcement>,
    settled: Settled,
    judged: Vec<Judged>,
    /// It passed, and nothing is to be told of that.
    passed: bool,
    /// The status and the code of the answer that it got from us.
    answered: Option<(u16, &'static str)>,
    /// What must have been read of a stand-in's IAM before it is judged.
    awaited: Option<u64>,
    /// The request, where it may make a session that a policy limits.
    form: Option<Form>,
    /// That the call changes what IAM decides by has been told.
    marked: bool,
}

impl Gate {
    /// For a request to this target, as far as the `recognizer` has its head.
    pub(crate) fn new(
        enforcement: Arc<Enforcement>,
        recognizer: &Recognizer,
        target: &[u8],
    ) -> Gate {
        let makes_sessions = enforcement.upkeep.is_some()
            && recognizer.service().is_some_and(|service| service.name() == "sts");
        let form = makes_sessions.then(|| {
            let mut form = Form::default();
            if let Some(at) = memchr::memchr(b'?', target) {
                form.add(&target[at + 1..]);
                form.add(b"&");
            }
            form
        });
        Gate {
            enforcement,
            settled: Settled::new(),
            judged: Vec::new(),
            passed: false,
            answered: None,
            awaited: None,
            form,
            marked: false,
        }
    }

    /// A piece of the request's body.
    pub(crate) fn body(&mut self, chunk: &[u8]) {
        if let Some(form) = &mut self.form {
            form.add(chunk);
        }
    }

    /// What the admission waits for, if it is not the body.
    pub(crate) fn ready(&self) -> Option<Ready> {
        let (upkeep, number) = (self.enforcement.upkeep.as_ref()?, self.awaited?);
        upkeep.outcome(number).is_none().then(|| Box::pin(upkeep.until(number)) as Ready)
    }

    /// Judges the request, once all that is wanted of it is there.
    pub(crate) fn admission(&mut self, recognizer: &Recognizer, time: Timestamp) -> Admission {
        if !recognizer.is_read() {
            return Admission::Pending;
        }
        let mut call = recognizer.so_far(time);
        match self.current(&call) {
            None => return Admission::Pending,
            Some(Err(why)) => return self.unreadable(&call, recognizer, &why),
            Some(Ok(())) => {}
        }
        let enforcement = Arc::clone(&self.enforcement);
        if enforcement.guard().passes_as_before(&mut call, &mut self.settled) {
            self.passed = true;
            return Admission::Granted;
        }
        match self.judge(&mut call, Stage::Request, Fate::Refused) {
            Some(judged) => {
                let answer = self.answer(&judged, recognizer);
                self.judged.push(judged);
                Admission::Refused(answer)
            }
            None => Admission::Granted,
        }
    }

    /// Whether what a stand-in's IAM decides by is known as it is now; an error says why it cannot be. `None`: it is being read.
    fn current(&mut self, call: &Call) -> Option<Result<(), Arc<str>>> {
        let Some(upkeep) = &self.enforcement.upkeep else { return Some(Ok(())) };
        let number = match self.awaited {
            Some(number) => number,
            None => match upkeep.awaited(call) {
                Ok(number) => *self.awaited.insert(number),
                Err(why) => return Some(Err(why)),
            },
        };
        match upkeep.outcome(number)? {
            Ok(()) if self.enforcement.guard().is_new_key(call) => {
                // Somebody may have made the key without us.
                self.awaited = Some(upkeep.again(Changed::Of("iam"), call));
                None
            }
            outcome => Some(outcome),
        }
    }

    /// Refuses a call, since the stand-in's IAM cannot be read.
    fn unreadable(&mut self, call: &Call, recognizer: &Recognizer, why: &str) -> Admission {
        let why = format!("the stand-in's IAM cannot be read: {why}");
        let mut judged = Judged::given_up(call, why.clone());
        if self.enforcement.guard().is_soft() {
            judged.fate = Fate::Reported;
            self.judged.push(judged);
            return Admission::Granted;
        }
        self.judged.push(judged);
        let (service, wire, id) = (recognizer.service(), recognizer.wire(), self.enforcement.id());
        Admission::Refused(self.sent(enforce::answer_to_given_up(&why, service, wire, id)))
    }

    /// The answer to a request that the proxy gives up before it could be judged.
    pub(crate) fn given_up(
        &mut self,
        recognizer: &Recognizer,
        time: Timestamp,
        why: &GivenUp,
    ) -> Answer {
        let call = recognizer.so_far(time);
        self.judged.push(Judged::given_up(&call, why.to_string()));
        let id = self.enforcement.id();
        let (service, wire) = (recognizer.service(), recognizer.wire());
        self.sent(enforce::answer_to_given_up(&why.to_string(), service, wire, id))
    }

    /// What the client gets in the place of an answer, where its head tells that the call needs more than policies allow and
    /// nothing has happened yet that it should not have.
    pub(crate) fn replacement(
        &mut self,
        recognizer: &Recognizer,
        time: Timestamp,
    ) -> Option<Answer> {
        // Rules look at nothing else of an answer's head.
        let is_telling = recognizer.answer_is_telling();
        if !is_telling && self.enforcement.upkeep.is_none() {
            return None;
        }
        let mut call = recognizer.so_far(time);
        // Now, since with the answer the client may go on.
        if !call.outcome.failed() {
            self.mark(&call, recognizer.operation());
        }
        if !is_telling {
            return None;
        }
        let only_reads = recognizer.operation().is_some_and(only_reads);
        let fate = if only_reads { Fate::Withheld } else { Fate::PassedAlthough };
        let judged = self.judge(&mut call, Stage::Answer, fate)?;
        let answer = only_reads.then(|| self.answer(&judged, recognizer));
        self.judged.push(judged);
        answer
    }

    /// The exchange is over: what is only known now is judged, and the guard learns from it if somebody vouches for who answered.
    pub(crate) fn over(mut self, call: &mut Call, end: End, is_vouched: bool) -> Settlement {
        let passed = self.passed;
        let judged = |judged| Settlement { judged, passed, decision: None };
        if let Some((status, code)) = self.answered {
            call.outcome.status = Some(status);
            call.outcome.error = Some(code.to_owned());
            call.outcome.message = None;
            call.evidence.answerer = Answerer::Ourselves;
            return judged(self.judged);
        }
        // Of one that did not get through, or whose answer nobody vouches for, nothing is learnt; it was judged before.
        if end == End::Refused || !is_vouched {
            return judged(self.judged);
        }
        if call.outcome.status.is_none() {
            // Nobody knows what it has done.
            let service = Catalog::embedded().service(&call.service);
            let operation = call.operation.as_deref();
            let operation = service.zip(operation).and_then(|(it, name)| it.operation(name));
            self.mark(call, operation);
        }
        if let Some(judged) = self.judge(call, Stage::End, Fate::PassedAlthough) {
            self.judged.push(judged);
        }
        let Gate { enforcement, settled, judged, form, .. } = self;
        let mut guard = enforcement.guard();
        if let Some(form) = &form
            && guard.learn_sessions(call, form)
            && let Some(upkeep) = &enforcement.upkeep
        {
            upkeep.again(Changed::Of("iam"), call);
        }
        let decision = guard.learn(call, settled);
        // What an answer told, a session learns by deciding itself.
        let decision = Some(decision).filter(|_| call.evidence.answered.is_empty());
        Settlement { judged, passed, decision }
    }

    /// Tells that a call changes what IAM decides by, if it does.
    fn mark(&mut self, call: &Call, operation: Option<Operation>) {
        let (Some(upkeep), Some(operation), false) =
            (&self.enforcement.upkeep, operation, self.marked)
        else {
            return;
        };
        let service = operation.service().name();
        if let Some(changed) = changed(service, operation.name(), only_reads(operation)) {
            upkeep.again(changed, call);
            self.marked = true;
        }
    }

    /// What is judged of the call, if it keeps it from going on; else that it passed is noted. What is refused meets this `fate`.
    fn judge(&mut self, call: &mut Call, stage: Stage, fate: Fate) -> Option<Judged> {
        let enforcement = Arc::clone(&self.enforcement);
        let mut guard = enforcement.guard();
        let mut judged = guard.judge(call, stage, &mut self.settled)?;
        if stage != Stage::Request && judged.permissions.is_empty() {
            return None;
        }
        if !guard.is_refused(judged.verdict) {
            self.judged.push(judged);
            return None;
        }
        if guard.is_soft() {
            judged.fate = Fate::Reported;
            self.judged.push(judged);
            return None;
        }
        judged.fate = fate;
        Some(judged)
    }

    fn answer(&mut self, judged: &Judged, recognizer: &Recognizer) -> Answer {
        let id = self.enforcement.id();
        let answer = enforce::answer(judged, recognizer.service(), recognizer.wire(), id);
        self.sent(answer)
    }

    fn sent(&mut self, answer: refuse::Answer) -> Answer {
        let refuse::Answer { status, headers, body, code, .. } = answer;
        self.answered = Some((status, code));
        Answer { status, headers, body }
    }
}

/// Whether an operation changes nothing: AWS calls its own action one that reads or lists.
fn only_reads(operation: Operation) -> bool {
    let own = operation.authorized().next();
    own.is_some_and(|own| {
        matches!(own.action().access_level(), AccessLevel::Read | AccessLevel::List)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Identity;
    use crate::enforce::Settings;
    use crate::enforce::iam::{Iam, UnknownKeys};
    use crate::recognize::http::{self, RequestHead};

    fn request() -> Recognizer {
        let signed = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
        let headers: &[(&str, &[u8])] = &[("authorization", signed.as_bytes())];
        let host = "s3.us-east-1.amazonaws.com";
        let head = RequestHead { method: "GET", secure: true, host, target: "/", headers };
        http::begin(Catalog::embedded(), &head).unwrap()
    }

    #[test]
    fn an_answer_that_nobody_vouches_for_teaches_nothing() {
        let guard = Guard::new(enforce::Given::default(), Settings::default());
        let enforcement = Arc::new(Enforcement::new(guard));
        let request = request();
        let arn = "arn:aws:iam::111122223333:user/ann";
        let asks = |is_vouched| {
            let mut call = request.so_far(Timestamp(0));
            let told = Identity { access_key: None, arn: Some(arn.to_owned()) };
            call.evidence.told.push(told);
            call.outcome.status = Some(200);
            let gate = Gate::new(Arc::clone(&enforcement), &request, b"/");
            gate.over(&mut call, End::Complete, is_vouched);
            let mut next = request.so_far(Timestamp(0));
            let mut guard = enforcement.guard();
            let judged = guard.judge(&mut next, Stage::Request, &mut Settled::new()).unwrap();
            judged.principal.unwrap()
        };
        assert_eq!(asks(false), "test");
        assert_eq!(asks(true), arn);
    }

    #[test]
    fn calls_wait_for_a_stand_ins_iam_and_are_refused_while_it_cannot_be_read() {
        let iam = Iam::new("111122223333".to_owned(), "test", UnknownKeys::Root, Vec::new());
        let upkeep = Arc::new(Upkeep::new("us-east-1"));
        let guard = Guard::by_iam(iam, enforce::Given::default(), Settings::default());
        let enforcement = Arc::new(Enforcement::by_iam(guard, Arc::clone(&upkeep)));
        let request = request();
        let gate = || Gate::new(Arc::clone(&enforcement), &request, b"/");
        let ask = |gate: &mut Gate| gate.admission(&request, Timestamp(0));

        // The key could be somebody's by now.
        let mut first = gate();
        assert_eq!(ask(&mut first), Admission::Pending);
        assert!(first.ready().is_some());
        upkeep.done(upkeep.next().1, None);
        assert!(first.ready().is_none());
        assert_eq!(ask(&mut first), Admission::Granted);

        upkeep.again(Changed::All, &request.so_far(Timestamp(0)));
        let mut second = gate();
        assert_eq!(ask(&mut second), Admission::Pending);
        let (parts, number) = upkeep.next();
        upkeep.done(number, Some((parts, "it is gone".to_owned())));
        let Admission::Refused(answer) = ask(&mut second) else { panic!("it was not refused") };
        assert_eq!(answer.status, 403);
        let body = String::from_utf8(answer.body).unwrap();
        assert!(body.contains("IAM cannot be read: it is gone"), "{body}");

        let mut third = gate();
        assert_eq!(ask(&mut third), Admission::Pending);
        upkeep.done(upkeep.next().1, None);
        assert_eq!(ask(&mut third), Admission::Granted);
    }
}
