//! Certificates and keys as PEM (RFC 7468, section 2): lines of 64 characters that end as Unix has it.

use pem::{EncodeConfig, LineEnding, Pem};

/// A certificate or key under its label (`CERTIFICATE`, `PRIVATE KEY`).
pub(crate) fn encode(label: &str, der: &[u8]) -> String {
    let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
    pem::encode_config(&Pem::new(label, der), config)
}
