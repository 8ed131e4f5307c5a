//! A record at a glance: the bytes of the members that decide which call it is, as they stand. Two records that are the same in them
//! are the same call, and need not be looked into; of others it is not known.

use memchr::memchr;

use super::digest::Digests;
use super::record::Member;
use crate::call::Timestamp;

/// The members of records that are looked at, and some that stand between them; what the first ones are is kept.
const NAMES: [&[u8]; 29] = [
    b"eventSource",
    b"eventName",
    b"eventType",
    b"eventCategory",
    b"awsRegion",
    b"recipientAccountId",
    b"apiVersion",
    b"errorCode",
    b"errorMessage",
    b"userIdentity",
    b"requestParameters",
    b"additionalEventData",
    b"resources",
    b"responseElements",
    b"tlsDetails",
    b"digestS3Object",
    b"eventID",
    b"eventTime",
    b"sharedEventID",
    b"requestID",
    b"userAgent",
    b"eventVersion",
    b"sourceIPAddress",
    b"readOnly",
    b"managementEvent",
    b"vpcEndpointId",
    b"vpcEndpointAccountId",
    b"sessionCredentialFromConsole",
    b"serviceEventDetails",
];
const SOURCE: usize = 0;
const NAME: usize = 1;
/// Those before it decide as they stand. The answer decides only where the source is S3's.
const RESPONSE: usize = 13;
/// Of these it decides only that they are there.
const TLS: usize = 14;
const DIGEST: usize = 15;
const ID: usize = 16;
const TIME: usize = 17;
const SHARED: usize = 18;
/// So many are kept, of which none may be there twice.
const KEPT: usize = 21;
/// What stands for all other names.
const OTHER: usize = NAMES.len();

/// The members of a record, as they stand.
pub struct Glance<'a> {
    values: [&'a [u8]; KEPT],
    time: u64,
    id: &'a [u8],
}

/// Looks at records; remembers in which order their members stand, which is nearly always the same.
pub struct Glancer {
    /// Behind each member, the one that came next the last time.
    next: [usize; OTHER + 1],
    text: Vec<u8>,
    /// Of this one alone.
    digests: Digests,
}

impl Default for Glancer {
    fn default() -> Glancer {
        Glancer { next: [OTHER; OTHER + 1], text: Vec::new(), digests: Digests::default() }
    }
}

impl Glancer {
    /// What is seen of a record, by where its members stand in its text. `None`: it has to be looked into, since something about it is
    /// not as in most records.
    pub fn glance<'a>(&mut self, text: &'a [u8], members: &[Member]) -> Option<Glance<'a>> {
        let is_text = text.is_ascii() || std::str::from_utf8(text).is_ok();
        if members.is_empty() || !is_text {
            return None;
        }
        let mut values: [&[u8]; KEPT] = [&[]; KEPT];
        let mut before = OTHER;
        for Member { name, value } in members {
            let name = text.get(name.start as usize..name.end as usize)?;
            let place = self.place(before, name)?;
            before = place;
            let value = text.get(value.start as usize..value.end as usize)?.trim_ascii();
            if value.is_empty() {
                return None;
            }
            if let Some(kept) = values.get_mut(place) {
                // Whatever is there twice is looked into.
                if !kept.is_empty() {
                    return None;
                }
                *kept = value;
            }
        }
        let source = plain(values[SOURCE])?;
        let opens_sessions =
            source.starts_with(b"sts.") && plain(values[NAME])?.starts_with(b"AssumeRole");
        if opens_sessions || !values[SHARED].is_empty() {
            return None;
        }
        if !source.starts_with(b"s3") {
            values[RESPONSE] = &[];
        }
        for beside in [TLS, DIGEST] {
            let is_there = !values[beside].is_empty() && values[beside] != b"null";
            values[beside] = if is_there { b"1" } else { &[] };
        }
        let time = Timestamp::of_whole_seconds(plain(values[TIME])?)?.0;
        let id = plain(values[ID]).filter(|id| !id.is_empty())?;
        Some(Glance { values, time, id })
    }

    /// Which member it is that comes behind another one. `None`: it may be any.
    fn place(&mut self, before: usize, name: &[u8]) -> Option<usize> {
        let likely = self.next[before];
        if NAMES.get(likely).is_some_and(|it| *it == name) {
            return Some(likely);
        }
        // Escaped, it may be any name.
        if memchr(b'\\', name).is_some() {
            return None;
        }
        let place = NAMES.iter().position(|it| *it == name).unwrap_or(OTHER);
        self.next[before] = place;
        Some(place)
    }

    /// 128 bits of all that decides which call it is: two that are equal are equal in all of it.
    pub fn key(&mut self, glance: &Glance<'_>) -> u128 {
        self.text.clear();
        for value in &glance.values[..=DIGEST] {
            self.text.extend_from_slice(&(value.len() as u32).to_le_bytes());
        }
        for value in &glance.values[..=DIGEST] {
            self.text.extend_from_slice(value);
        }
        self.digests.of(&self.text)
    }
}

impl<'a> Glance<'a> {
    /// `eventTime`, in milliseconds since 1970.
    pub fn time(&self) -> u64 {
        self.time
    }

    /// `eventID`.
    pub fn id(&self) -> &'a [u8] {
        self.id
    }
}

/// What is in a text that has nothing escaped in it.
fn plain(value: &[u8]) -> Option<&[u8]> {
    let inside = value.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    memchr(b'\\', inside).is_none().then_some(inside)
}
