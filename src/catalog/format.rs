//! The layout of the packed catalogue: written by `build/pack.rs`, read by `packed.rs`.
//!
//! Everything is little-endian. `word` is three bytes: the catalogue is some megabytes. `varint` is LEB128. A string is a number, those
//! that are used most having the lowest; string 0 is the empty one. Nothing is compressed and nothing is decoded ahead: a lookup
//! is a binary search in fixed-width tables and the reading of one record.
//!
//! ```text
//! header      SECTIONS × word: offsets of the sections below
//! strings     count × (word offset, one byte length) into the text of all strings, which is a file of its own, and where a string
//!             lies within another that begins or ends with it; a length of LONG: up to the next line break
//! services    word count, count × (word name, word offset), sorted by name; count × (word hash of the
//!             name, word index), sorted by hash
//! ids         word count, count × (word folded serviceId, word index into services), sorted
//! prefixes    word count, count × (word prefix, word first action, word actions, word resource types),
//!             sorted by prefix; the last is the offset of its table of resource types
//! actions     word count, count × (word name, word offset), sorted by prefix, then name
//! partitions  varint count, then the records
//! pseudo      varint count, then names: services that SDKs report and AWS does not have
//!
//! looked at   three times varint count, then names: headers, query keys, headers of the answer that rules name
//!
//! owned       varint count, then patterns of the ARNs of AWS's own resources: strings
//!
//! service     word operations, word shapes, word made: offsets of their tables;
//!             name id signing endpoint api-version json-version target-prefix global-endpoint:
//!             strings; varint protocols (bits); varint count, auth schemes: strings;
//!             varint count, further hosts: strings; varint count, further names for signing: strings;
//!             varint count, places of a service of the data plane: strings;
//!             varint count, forms: varint operation; method route: strings; varint input shape + 1;
//!             varint count, operations that the newest release has dropped: varints
//! operations  as services
//! operation   method route host-prefix auth: strings; varint input shape + 1; varint permission;
//!             varint count, then for each authorised action: varint action, varint class × 2 (+ 1 when common),
//!             lists of contexts; guard: string; varint count, rules: strings; then lists of variables
//! lists       varint count, each: name: string, varint count, texts: strings
//! shapes      word count, count × word offset
//! shape       varint kind; structure: payload: string, varint count, members: name: string, varint type,
//!             varint (flags × LOCATION_PLACES + location) × 2 (+ 1 when a wire name follows)[, wire name: string]; list: varint type, item: string, varint flat;
//!             map: varint type, key, value: strings, varint flat
//! type        scalars as in `Scalar`, × 2 + 1 when sensitive; else (SCALARS + shape index) × 2 (+ 1)
//! resources   word count, count × word offset; each: name: string, varint count, ARN formats: strings
//! action      varint access level, varint condition keys (bits) without a type, varint count, types: varint (index × 2
//!             + 1 when required), varint condition keys (bits) with it
//! made        word count, count × (word operation, word offset), sorted by operation; each: varint count, what a call makes:
//!             names; varint count, what an answer tells: child: name, parent: name
//! name        path: string, varint prefix, varint type (an index into its types), variable: string, varint flags
//! partition   id, dns suffix, dual-stack suffix: strings, varint count, region prefixes: strings,
//!             varint count, regions: strings
//! ```

/// How many bytes a word has.
pub const WORD: usize = 3;
/// How many bytes say where a string lies.
pub const STRING_WIDTH: usize = WORD + 1;
/// The length of strings that are this long, or longer.
pub const LONG: u8 = u8::MAX;

/// Offsets in the header, in this order.
pub const STRINGS: usize = 0;
/// See [`STRINGS`].
pub const SERVICES: usize = 1;
/// See [`STRINGS`].
pub const IDS: usize = 2;
/// See [`STRINGS`].
pub const PREFIXES: usize = 3;
/// See [`STRINGS`].
pub const ACTIONS: usize = 4;
/// See [`STRINGS`].
pub const PARTITIONS: usize = 5;
/// See [`STRINGS`].
pub const PSEUDO: usize = 6;
/// See [`STRINGS`].
pub const LOOKED_AT: usize = 7;
/// See [`STRINGS`].
pub const OWNED: usize = 8;
/// How many sections the header names.
pub const SECTIONS: usize = 9;

/// The words for protocols, in the order of their bits.
pub const PROTOCOLS: [&str; 6] =
    ["json", "rest-json", "rest-xml", "query", "ec2", "smithy-rpc-v2-cbor"];

/// The words for scalar types, in the order of their numbers.
pub const SCALARS: [&str; 7] =
    ["string", "number", "boolean", "timestamp", "blob", "stream", "document"];

/// The words for access levels, in the order of their numbers.
pub const ACCESS_LEVELS: [&str; 5] = ["read", "list", "write", "permissions", "tagging"];

/// The words for where a member sits outside the body, in the order of their numbers; 0 is the body.
pub const LOCATIONS: [&str; 6] = ["", "uri", "query", "header", "headers", "statusCode"];

/// By what flags are multiplied to make room for the location.
pub const LOCATION_PLACES: u32 = 8;

/// The words for flags of a member, in the order of their bits; `*` is required.
pub const MEMBER_FLAGS: [&str; 5] = ["*", "stream", "flat", "attribute", "host"];

/// The words for the condition keys that are looked at, in the order of their bits, without what stands before the
/// colon and behind a slash. The first [`RESOURCE_KEYS`] are of the resource, the others of the request.
pub const CONDITION_KEYS: [&str; 8] = [
    "ResourceTag",
    "Vpc",
    "ResourceAliases",
    "RequestTag",
    "TagKeys",
    "CreateAction",
    "RequestAlias",
    "ChangeResourceRecordSetsNormalizedRecordNames",
];
/// See [`CONDITION_KEYS`].
pub const RESOURCE_KEYS: usize = 3;

/// The bits of how an answer names a resource: by its ARN.
pub const BY_ARN: u32 = 1;
/// See [`BY_ARN`]: not the answer but the request names it.
pub const IN_REQUEST: u32 = 2;

/// How an operation's actions are known.
pub const MAPPED: u32 = 0;
/// See [`MAPPED`].
pub const SAME_NAME: u32 = 1;
/// See [`MAPPED`].
pub const UNKNOWN: u32 = 2;
/// See [`MAPPED`].
pub const NOT_NEEDED: u32 = 3;

/// What an authorised action is to its operation.
pub const OWN: u32 = 0;
/// See [`OWN`].
pub const TAG: u32 = 1;
/// See [`OWN`].
pub const ROLE: u32 = 2;
/// See [`OWN`].
pub const LISTED: u32 = 3;

/// The hash of a name by which it is found (FNV-1a, folded into a word): a binary search over hashes touches a few
/// cache lines, one over names a string for every step.
pub fn hash(name: &str) -> u32 {
    let hash = name
        .bytes()
        .fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash >> 24) ^ (hash & 0x00ff_ffff)
}

/// A `serviceId` as it is compared: letters and digits only, in lower case. SDKs send it with
/// spaces, hyphens, or neither.
pub fn folded(service_id: &str) -> String {
    service_id.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}
