//! The ids in an answer, each in its service's form.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The ids in an answer.
pub(super) struct Ids {
    pub(super) request: String,
    /// S3 gives two.
    pub(super) host: Option<String>,
}

impl Ids {
    pub(super) fn of(id: u128, host_id: bool) -> Ids {
        if host_id {
            return Ids { request: letters(id), host: Some(STANDARD.encode(id.to_be_bytes())) };
        }
        let hex = format!("{id:032x}");
        let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
        Ids { request: parts.join("-"), host: None }
    }
}

/// S3's request ids are sixteen letters and digits (`79104EXAMPLEB723`).
fn letters(id: u128) -> String {
    const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    (0..16).rev().map(|n| char::from(BASE32[(id >> (5 * n)) as usize & 31])).collect()
}
