//! The bodies of errors, one form for each protocol.

use serde_json::json;

use super::ids::Ids;
use super::known::Denial;
use crate::recognize::http::Dialect;

/// What the layer in front of AWS's services puts before its codes.
const CORAL: &str = "com.amazon.coral.service#";

pub(super) fn body(denial: &Denial, sentence: &str, ids: &Ids) -> Vec<u8> {
    let code = denial.code;
    match denial.dialect {
        // https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html#operation-error-serialization
        Dialect::Json10 => {
            json!({"__type": format!("{CORAL}{code}"), "Message": sentence}).to_string().into()
        }
        Dialect::Json11 | Dialect::RpcJson => {
            json!({"__type": code, "Message": sentence}).to_string().into()
        }
        // https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization: the code is in a header.
        Dialect::RestJson => json!({"Message": sentence}).to_string().into(),
        // https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html#operation-error-serialization
        Dialect::RpcCbor | Dialect::TargetCbor => {
            cbor(&[("__type", &format!("{CORAL}{code}")), ("message", sentence)])
        }
        Dialect::RestXml | Dialect::Query | Dialect::Ec2 => xml(denial, sentence, ids).into(),
        // https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
        Dialect::Registry => {
            json!({"errors": [{"code": code, "message": sentence}]}).to_string().into()
        }
        Dialect::Git => format!("{sentence}\n").into(),
    }
}

fn xml(denial: &Denial, sentence: &str, ids: &Ids) -> String {
    const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    let (code, id) = (denial.code, &ids.request);
    let message = escaped(sentence);
    let namespace = match denial.namespace {
        Some(namespace) => format!(" xmlns=\"{}\"", escaped(namespace)),
        None => String::new(),
    };
    let host = match &ids.host {
        Some(host) => format!("<HostId>{}</HostId>", escaped(host)),
        None => String::new(),
    };
    match denial.dialect {
        // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html#api-error-response
        Dialect::Ec2 => format!(
            "{DECLARATION}<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>\
             <RequestID>{id}</RequestID></Response>"
        ),
        // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#RESTErrorResponses
        _ if denial.bare => format!(
            "{DECLARATION}<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{id}</RequestId>{host}</Error>"
        ),
        // https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#operation-error-serialization, and the same for REST
        _ => format!(
            "<ErrorResponse{namespace}>\n  <Error>\n    <Type>Sender</Type>\n    <Code>{code}</Code>\n    \
             <Message>{message}</Message>\n  </Error>\n  <RequestId>{id}</RequestId>\n  {host}</ErrorResponse>\n"
        ),
    }
}

/// Text for an element or an attribute. What XML cannot hold at all becomes U+FFFD: ARNs are the caller's.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // https://www.w3.org/TR/xml/#charsets
            '\t' | '\n' | '\r' => out.push_str(&format!("&#{};", u32::from(character))),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push(char::REPLACEMENT_CHARACTER),
            _ => out.push(character),
        }
    }
    out
}

/// A map of texts (<https://www.rfc-editor.org/rfc/rfc8949#section-3.1>, major types 5 and 3).
fn cbor(pairs: &[(&str, &str)]) -> Vec<u8> {
    const TEXT: u8 = 3;
    const MAP: u8 = 5;
    let mut out = Vec::new();
    cbor_head(MAP, pairs.len(), &mut out);
    for text in pairs.iter().flat_map(|(key, value)| [key, value]) {
        cbor_head(TEXT, text.len(), &mut out);
        out.extend_from_slice(text.as_bytes());
    }
    out
}

/// A major type with a length.
fn cbor_head(major: u8, length: usize, out: &mut Vec<u8>) {
    let major = major << 5;
    match length {
        0..=23 => out.push(major | length as u8),
        24..=0xff => out.extend([major | 0x18, length as u8]),
        0x100..=0xffff => {
            out.push(major | 0x19);
            out.extend((length as u16).to_be_bytes());
        }
        _ => {
            out.push(major | 0x1b);
            out.extend((length as u64).to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        assert_eq!(escaped("a<b>&\"\u{1}\n"), "a&lt;b&gt;&amp;&quot;\u{fffd}&#10;");
    }

    #[test]
    fn lengths_of_cbor() {
        for (length, head) in [
            (23, vec![0x77]),
            (24, vec![0x78, 24]),
            (255, vec![0x78, 255]),
            (256, vec![0x79, 1, 0]),
            (65_536, vec![0x7b, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            let mut out = Vec::new();
            cbor_head(3, length, &mut out);
            assert_eq!(out, head, "{length}");
        }
    }
}
