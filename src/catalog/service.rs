//! Services and operations.

use std::fmt;

use super::action::Action;
use super::corrected::{self, Corrected, CorrectedAction};
use super::either::Either;
use super::format::{
    LISTED, MAPPED, NOT_NEEDED, OWN, PROTOCOLS, ROLE, SAME_NAME, SERVICES, TAG, UNKNOWN, WORD,
    folded,
};
use super::packed::{Reader, cell, count, find, from, section, string, word};
use super::shape::Shape;

/// A service, as botocore describes it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Service {
    index: usize,
}

/// A protocol in which a service is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// `X-Amz-Target` and a JSON body (awsJson 1.0 and 1.1).
    Json,
    /// Method, path and a JSON body.
    RestJson,
    /// Method, path and an XML body.
    RestXml,
    /// `Action=…&Version=…` as a form.
    Query,
    /// The query protocol as EC2 has it.
    Ec2,
    /// `/service/…/operation/…` and a CBOR body.
    RpcV2Cbor,
}

/// How many strings a service's record begins with.
const FIELDS: usize = 8;

const PROTOCOL_BITS: [Protocol; PROTOCOLS.len()] = [
    Protocol::Json,
    Protocol::RestJson,
    Protocol::RestXml,
    Protocol::Query,
    Protocol::Ec2,
    Protocol::RpcV2Cbor,
];

impl Service {
    pub(super) fn at(index: usize) -> Service {
        Service { index }
    }

    fn block(self) -> &'static [u8] {
        let services = section(SERVICES);
        from(services, cell(services, 2, self.index, 1))
    }

    fn reader_after(self, fields: usize) -> Reader {
        const TABLES: usize = 3;
        let mut reader = Reader::new(from(self.block(), TABLES * WORD));
        for _ in 0..fields {
            reader.varint();
        }
        reader
    }

    fn field(self, number: usize) -> &'static str {
        self.reader_after(number).string()
    }

    /// botocore's name (`elbv2`).
    pub fn name(self) -> &'static str {
        string(cell(section(SERVICES), 2, self.index, 0))
    }

    /// The `serviceId` of its model (`Elastic Load Balancing v2`).
    pub fn service_id(self) -> &'static str {
        self.field(1)
    }

    /// The service part of the SigV4 credential scope (`elasticloadbalancing`).
    pub fn signing_name(self) -> &'static str {
        self.field(2)
    }

    /// What its default host name begins with (`elasticloadbalancing`, `api.ecr`).
    pub fn endpoint_prefix(self) -> &'static str {
        self.field(3)
    }

    /// The API version (`2015-12-01`), which the query protocol sends.
    pub fn api_version(self) -> &'static str {
        self.field(4)
    }

    /// The version of awsJson (`1.0`, `1.1`); empty for other protocols.
    pub fn json_version(self) -> &'static str {
        self.field(5)
    }

    /// What `X-Amz-Target` begins with, before the dot; empty where there is none.
    pub fn target_prefix(self) -> &'static str {
        self.field(6)
    }

    /// The host of a service without regions (`iam.amazonaws.com`); empty where there is none.
    pub fn global_endpoint(self) -> &'static str {
        self.field(7)
    }

    /// The protocols it speaks.
    pub fn protocols(self) -> impl Iterator<Item = Protocol> {
        let bits = self.reader_after(FIELDS).varint();
        PROTOCOL_BITS
            .into_iter()
            .enumerate()
            .filter(move |(bit, _)| bits >> bit & 1 == 1)
            .map(|it| it.1)
    }

    /// Its authentication schemes (`sigv4`, `sigv4a`, `httpBearerAuth`).
    pub fn auth_schemes(self) -> impl Iterator<Item = &'static str> {
        let mut reader = self.reader_after_lists(0);
        (0..reader.varint()).map(move |_| reader.string())
    }

    /// What its host names begin with beside the [`endpoint_prefix`](Service::endpoint_prefix), without region,
    /// domain and options (`streams-ddb`); `*` stands for what the request decides (`*-kinesis`).
    pub fn hosts(self) -> impl Iterator<Item = &'static str> {
        let mut reader = self.reader_after_lists(1);
        (0..reader.varint()).map(move |_| reader.string())
    }

    /// Further names in credential scopes, of releases of SDKs of the past.
    pub fn further_signing_names(self) -> impl Iterator<Item = &'static str> {
        let mut reader = self.reader_after_lists(2);
        (0..reader.varint()).map(move |_| reader.string())
    }

    /// Where its requests are found, of a service of the data plane: `shared *.es` (below that host, which customers have),
    /// `api aps-workspaces`, `elsewhere by-signature`; and what they do not name ([`unnamed`](Service::unnamed)). Services that SDKs have models of have no places.
    pub fn places(self) -> impl ExactSizeIterator<Item = &'static str> {
        let mut reader = self.reader_after_lists(3);
        (0..reader.varint()).map(move |_| reader.string())
    }

    /// What its requests do not name, of a service of the data plane (`the function`), and the member of which that is not so when it is
    /// there.
    pub fn unnamed(self) -> Option<(&'static str, Option<&'static str>)> {
        let said = |key: &str| self.places().find_map(|it| it.strip_prefix(key));
        Some((said("unnamed ")?, said("unless ")))
    }

    /// Whether no SDK has a model of it: it is described by hand, in `data/data-plane`.
    pub fn is_data_plane(self) -> bool {
        self.places().len() > 0
    }

    /// Other methods and paths by which SDKs of the past call its operations.
    pub fn forms(self) -> impl Iterator<Item = Form> {
        let mut reader = self.reader_after_lists(4);
        (0..reader.varint()).map(move |number| Form {
            number,
            operation: Operation { service: self, index: reader.varint() },
            method: reader.string(),
            route: reader.string(),
            input: reader.varint(),
        })
    }

    /// Operations that the newest release of botocore has dropped, of a service that it has.
    pub fn dropped(self) -> impl Iterator<Item = Operation> {
        let mut reader = self.reader_after_lists(4);
        for _ in 0..reader.varint() {
            for _ in 0..4 {
                reader.varint();
            }
        }
        (0..reader.varint()).map(move |_| Operation { service: self, index: reader.varint() })
    }

    /// Behind the protocols and so many of the lists of strings that follow them.
    fn reader_after_lists(self, lists: usize) -> Reader {
        let mut reader = self.reader_after(FIELDS + 1);
        for _ in 0..lists {
            for _ in 0..reader.varint() {
                reader.varint();
            }
        }
        reader
    }

    /// Its place among the services, which are sorted by name.
    pub(crate) fn index(self) -> usize {
        self.index
    }

    /// The block's table of what calls make.
    pub(super) fn made(self) -> &'static [u8] {
        let block = self.block();
        from(block, word(block, 2))
    }

    /// The block's tables: operations, shapes.
    fn tables(self) -> (&'static [u8], &'static [u8]) {
        let block = self.block();
        (from(block, word(block, 0)), from(block, word(block, 1)))
    }

    /// The shape before this place; none before the first.
    fn shape(self, place: usize) -> Option<Shape> {
        let (_, shapes) = self.tables();
        place.checked_sub(1).map(|index| Shape::at(shapes, index))
    }

    /// The operation that AWS calls `name` (`CreateFunction`).
    pub fn operation(self, name: &str) -> Option<Operation> {
        let (operations, _) = self.tables();
        find(operations, name).map(|index| Operation { service: self, index })
    }

    /// The operation with this name in any case and with or without the version that some SDKs
    /// append (`createDistribution2020_05_31`), the service's or one of before. Slower than
    /// [`operation`](Service::operation).
    pub fn operation_like(self, name: &str) -> Option<Operation> {
        let name = without_version(name);
        let version = folded(self.api_version());
        let name = folded(name);
        let name = name.strip_suffix(&*version).filter(|it| !it.is_empty()).unwrap_or(&name);
        self.operations().find(|operation| folded(operation.name()) == name)
    }

    /// Every operation, sorted by name.
    pub fn operations(self) -> impl ExactSizeIterator<Item = Operation> {
        let (operations, _) = self.tables();
        (0..count(operations)).map(move |index| Operation { service: self, index })
    }
}

/// `CreateDistribution2019_03_26` → `CreateDistribution`.
fn without_version(name: &str) -> &str {
    let is_version = |text: &str| {
        let places = text.bytes().enumerate();
        text.len() == 10
            && places.into_iter().all(|(at, byte)| match at {
                4 | 7 => byte == b'_',
                _ => byte.is_ascii_digit(),
            })
    };
    let end = name.len().saturating_sub(10);
    match name.get(end..) {
        Some(version) if end > 0 && is_version(version) => &name[..end],
        _ => name,
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Service({})", self.name())
    }
}

/// An operation of a service.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Operation {
    service: Service,
    index: usize,
}

/// Another method and path of an operation.
#[derive(Clone, Copy)]
pub struct Form {
    number: usize,
    operation: Operation,
    method: &'static str,
    route: &'static str,
    input: usize,
}

impl Form {
    /// Its place among the forms of its service.
    pub(crate) fn number(self) -> usize {
        self.number
    }

    /// The operation.
    pub fn operation(self) -> Operation {
        self.operation
    }

    /// HTTP method (`POST`).
    pub fn method(self) -> &'static str {
        self.method
    }

    /// Path with labels, and required query.
    pub fn route(self) -> &'static str {
        self.route
    }

    /// The structure of the operation's input in this form.
    pub fn input(self) -> Option<Shape> {
        self.operation.service.shape(self.input)
    }
}

/// How the actions of an operation are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// AWS's map from operations to actions, or a rule, has them.
    Mapped,
    /// AWS's map lacks the operation; an action of the same name exists.
    SameName,
    /// The call needs no permission.
    NotNeeded,
    /// Nothing is known.
    Unknown,
}

impl Operation {
    fn reader(self) -> Reader {
        let (operations, _) = self.service.tables();
        Reader::new(from(operations, cell(operations, 2, self.index, 1)))
    }

    fn reader_after(self, fields: usize) -> Reader {
        let mut reader = self.reader();
        for _ in 0..fields {
            reader.varint();
        }
        reader
    }

    /// What rules that were given at run time say of it.
    pub(super) fn corrected(self) -> Option<&'static Corrected> {
        corrected::of(self.service.index, self.index)
    }

    /// Its place among the operations of its service.
    pub(crate) fn index(self) -> usize {
        self.index
    }

    /// Its service.
    pub fn service(self) -> Service {
        self.service
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        let (operations, _) = self.service.tables();
        string(cell(operations, 2, self.index, 0))
    }

    /// HTTP method (`POST`).
    pub fn method(self) -> &'static str {
        self.reader().string()
    }

    /// Path with labels, and required query (`/{Bucket}/{Key+}?tagging`).
    pub fn route(self) -> &'static str {
        self.reader_after(1).string()
    }

    /// What is put before the service's host, with labels (`{AccountId}.`); mostly empty.
    pub fn host_prefix(self) -> &'static str {
        self.reader_after(2).string()
    }

    /// The model's exception to the service's authentication (`none`); mostly empty.
    pub fn auth(self) -> &'static str {
        self.reader_after(3).string()
    }

    /// The structure of its input.
    pub fn input(self) -> Option<Shape> {
        self.service.shape(self.reader_after(4).varint())
    }

    /// How its actions are known.
    pub fn permission(self) -> Permission {
        let number = match self.corrected() {
            Some(corrected) => corrected.permission,
            None => u32::try_from(self.reader_after(5).varint()).unwrap_or(UNKNOWN),
        };
        match number {
            MAPPED => Permission::Mapped,
            SAME_NAME => Permission::SameName,
            NOT_NEEDED => Permission::NotNeeded,
            _ => Permission::Unknown,
        }
    }

    /// The actions that AWS lists for it, its own first.
    pub fn authorized(self) -> impl ExactSizeIterator<Item = Authorized> {
        if let Some(corrected) = self.corrected() {
            return Either::Corrected(
                corrected
                    .actions
                    .iter()
                    .map(|it| Authorized { action: it.action, said: Said::Corrected(it) }),
            );
        }
        let mut reader = self.reader_after(6);
        Either::Packed((0..reader.varint()).map(move |_| {
            let action = Action::at(reader.varint());
            let class = reader.varint();
            let contexts = reader;
            skip_lists(&mut reader);
            let rules = reader;
            reader.varint();
            for _ in 0..reader.varint() {
                reader.varint();
            }
            Authorized { action, said: Said::Packed { class, contexts, rules } }
        }))
    }

    /// What `data/rules` says of the variables in ARN formats: the variable, of all resource types or of one
    /// (`instance.InstanceId`), and the texts of the values that can fill it.
    pub fn variables(self) -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
        if let Some(corrected) = self.corrected() {
            return Either::Corrected(texts(&corrected.variables));
        }
        let mut reader = self.reader_after(6);
        for _ in 0..reader.varint() {
            reader.varint();
            reader.varint();
            skip_lists(&mut reader);
            reader.varint();
            for _ in 0..reader.varint() {
                reader.varint();
            }
        }
        Either::Packed(lists(reader))
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Operation({} {})", self.service.name(), self.name())
    }
}

/// What an authorised action is to its operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Every call of the operation needs it.
    Own,
    /// It puts tags on what the operation makes.
    Tag,
    /// It passes a role.
    Role,
    /// Its rules in `data/rules` say when a call needs it.
    Listed,
}

/// An action that AWS lists for an operation.
#[derive(Clone, Copy)]
pub struct Authorized {
    action: Action,
    said: Said,
}

/// What is said of an authorised action: by the build, or by rules that were given at run time.
#[derive(Clone, Copy)]
enum Said {
    Packed { class: usize, contexts: Reader, rules: Reader },
    Corrected(&'static CorrectedAction),
}

/// Passes over names with a list of texts each.
fn skip_lists(reader: &mut Reader) {
    for _ in 0..reader.varint() {
        reader.varint();
        for _ in 0..reader.varint() {
            reader.varint();
        }
    }
}

/// Names with a list of texts each.
fn lists(mut reader: Reader) -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    (0..reader.varint()).map(move |_| {
        let name = reader.string();
        let texts = (0..reader.varint()).map(|_| reader.string()).collect();
        (name, texts)
    })
}

/// The same of a correction.
fn texts(
    lists: &'static [(String, Vec<String>)],
) -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    lists.iter().map(|(name, texts)| (name.as_str(), texts.iter().map(String::as_str).collect()))
}

impl Authorized {
    /// The action.
    pub fn action(self) -> Action {
        self.action
    }

    /// What it is to the operation.
    pub fn class(self) -> Class {
        let number = match self.said {
            Said::Packed { class, .. } => u32::try_from(class / 2).unwrap_or(LISTED),
            Said::Corrected(it) => it.class,
        };
        match number {
            OWN => Class::Own,
            TAG => Class::Tag,
            ROLE => Class::Role,
            other => {
                debug_assert!(other == LISTED);
                Class::Listed
            }
        }
    }

    /// Whether calls need it often enough to include it when the request is not visible.
    pub fn is_common(self) -> bool {
        match self.said {
            Said::Packed { class, .. } => class % 2 == 1,
            Said::Corrected(it) => it.common,
        }
    }

    /// Condition keys and the values that they have when the operation asks for the action
    /// (`iam:PassedToService`, `lambda.amazonaws.com`).
    pub fn contexts(self) -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
        match self.said {
            Said::Packed { contexts, .. } => Either::Packed(lists(contexts)),
            Said::Corrected(it) => Either::Corrected(texts(&it.contexts)),
        }
    }

    /// The text of a condition that all of its rules have, from `data/rules`; mostly empty.
    pub fn guard(self) -> &'static str {
        match self.said {
            Said::Packed { mut rules, .. } => rules.string(),
            Said::Corrected(it) => &it.guard,
        }
    }

    /// The texts of the rules that decide when a call needs it, from `data/rules`; none where its
    /// [`class`](Authorized::class) decides.
    pub fn rules(self) -> impl ExactSizeIterator<Item = &'static str> {
        match self.said {
            Said::Packed { rules: mut reader, .. } => {
                reader.varint();
                Either::Packed((0..reader.varint()).map(move |_| reader.string()))
            }
            Said::Corrected(it) => Either::Corrected(it.rules.iter().map(String::as_str)),
        }
    }

    /// The file of rules, given at run time, that says when it is needed; none where the build does.
    pub fn file(self) -> Option<&'static str> {
        match self.said {
            Said::Packed { .. } => None,
            Said::Corrected(it) => it.file.as_deref(),
        }
    }
}

impl fmt::Debug for Authorized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} as {:?}", self.action, self.class())
    }
}
