//! Uploads by web pages: S3's POST forms, in whose fields stands who signed them, and what is made
//! (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html,
//! https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html).

use memchr::memmem;
use serde_json::Value;

use super::head::RequestHead;
use super::keep::Keep;
use super::signature::{self, Signer};
use super::take::Taken;
use crate::call::Authorization;

/// What comes before the file is no longer.
const MOST: usize = 20 << 10;
/// Nor is a boundary (https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1).
const LONGEST_BOUNDARY: usize = 70;

/// The beginning of a form; it holds a signature, and is dropped when it has been read.
pub(super) struct Upload {
    delimiter: Vec<u8>,
    seen: Vec<u8>,
    /// Where the file's part begins; it is the last that counts.
    file: Option<usize>,
    is_over: bool,
}

/// What is between a part's head and what is in it.
const HEAD_END: &[u8] = b"\r\n\r\n";
/// What the file's part is called.
const FILE: &[u8] = b"name=\"file\"";

impl Upload {
    /// A form that a request's head announces.
    pub(super) fn of(head: &RequestHead<'_>) -> Option<Upload> {
        let content_type = head.text("content-type");
        let (kind, parameters) = content_type.split_once(';')?;
        if head.method != "POST" || !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
            return None;
        }
        let boundary = parameters.split(';').find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            let is_boundary = name.trim().eq_ignore_ascii_case("boundary");
            is_boundary.then(|| value.trim().trim_matches('"'))
        })?;
        let fits = (1..=LONGEST_BOUNDARY).contains(&boundary.len());
        fits.then(|| Upload {
            delimiter: format!("--{boundary}").into(),
            seen: Vec::new(),
            file: None,
            is_over: false,
        })
    }

    /// Takes a piece; whether all was seen that is looked at, so that the file itself is none of our business.
    pub(super) fn feed(&mut self, chunk: &[u8]) -> bool {
        if self.is_over {
            return true;
        }
        let before = self.seen.len();
        self.seen.extend_from_slice(&chunk[..chunk.len().min(MOST - before)]);
        let from = before.saturating_sub(FILE.len());
        self.file = self.file.or_else(|| Some(from + memmem::find(&self.seen[from..], FILE)?));
        let end = self.file.and_then(|at| Some(at + memmem::find(&self.seen[at..], HEAD_END)?));
        if let Some(end) = end {
            self.seen.truncate(end + HEAD_END.len());
        }
        self.is_over = end.is_some() || self.seen.len() == MOST;
        self.is_over
    }

    /// Takes what the form says that PutObject has members for.
    pub(super) fn take(&self, taken: &mut Taken) {
        const MEMBERS: [(&str, &str); 5] = [
            ("key", "Key"),
            ("acl", "ACL"),
            ("x-amz-storage-class", "StorageClass"),
            ("x-amz-server-side-encryption", "ServerSideEncryption"),
            ("x-amz-server-side-encryption-aws-kms-key-id", "SSEKMSKeyId"),
        ];
        let starts = self.starts();
        let fields = starts.iter().filter_map(|start| self.field(*start));
        for (name, value) in fields.filter(|(_, value)| !value.is_empty()) {
            let member = MEMBERS.iter().find(|(field, _)| name.eq_ignore_ascii_case(field));
            match member {
                Some((_, "Key")) => match self.key(value) {
                    Some(key) => taken.take("Key", Keep::Whole, &key),
                    // Some object of the bucket.
                    None => drop(taken.parameters.remove("Key")),
                },
                Some((_, member)) => taken.take(member, Keep::Whole, value),
                None if name.eq_ignore_ascii_case("tagging") => {
                    taken.parameters.insert("Tagging".to_owned(), Value::Bool(true));
                }
                None => {}
            }
        }
    }

    /// The key, with the name of the file where the form leaves it to that; none where that was not seen.
    fn key(&self, key: &str) -> Option<String> {
        const NAME: &str = "${filename}";
        if !key.contains(NAME) {
            return Some(key.to_owned());
        }
        let file = self.starts().into_iter().find_map(|start| {
            let part = self.seen.get(start..)?;
            let head = std::str::from_utf8(&part[..memmem::find(part, HEAD_END)?]).ok()?;
            let name = head.split_once("filename=\"")?.1.split('"').next()?;
            name.rsplit(['/', '\\']).next()
        });
        file.filter(|it| !it.is_empty()).map(|file| key.replace(NAME, file))
    }

    fn starts(&self) -> Vec<usize> {
        let found = memmem::find_iter(&self.seen, &self.delimiter);
        found.map(|at| at + self.delimiter.len()).collect()
    }

    /// Who signed the form.
    pub(super) fn signer(&self) -> Option<Signer> {
        let (mut credential, mut key) = (None, None);
        let (mut has_policy, mut signed, mut signed_before_4) = (false, false, false);
        for start in self.starts() {
            let Some((name, value)) = self.field(start) else { continue };
            let is = |one: &str| name.eq_ignore_ascii_case(one);
            if is("x-amz-credential") {
                credential = Some(value);
            } else if is("AWSAccessKeyId") {
                key = Some(value);
            } else if is("x-amz-signature") {
                signed = !value.is_empty();
            } else if is("signature") {
                signed_before_4 = !value.is_empty();
            } else if is("policy") {
                has_policy = !value.is_empty();
            }
        }
        match (credential, key) {
            (Some(credential), _) if has_policy && signed => {
                signature::of_scope(Authorization::Form, credential, None)
            }
            (_, Some(key)) if has_policy && signed_before_4 => {
                Some(signature::of_key(Authorization::Form, key))
            }
            _ => None,
        }
    }

    /// Name and value of the field that begins here, if all of it was seen.
    fn field(&self, start: usize) -> Option<(&str, &str)> {
        let part = self.seen.get(start..)?;
        let part = &part[..memmem::find(part, &self.delimiter)?];
        let end_of_head = memmem::find(part, HEAD_END)?;
        let head = std::str::from_utf8(&part[..end_of_head]).ok()?;
        let value = std::str::from_utf8(&part[end_of_head + HEAD_END.len()..]).ok()?;
        let name = head.split_once("name=\"")?.1.split('"').next()?;
        Some((name, value.trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(fields: &[(&str, &str)], size: usize) -> Option<Signer> {
        let headers: [(&str, &[u8]); 1] =
            [("Content-Type", b"multipart/form-data; charset=utf-8; boundary=\"x-1\"")];
        let mut upload = Upload::of(&RequestHead {
            method: "POST",
            secure: true,
            host: "b.s3.eu-west-1.amazonaws.com",
            target: "/",
            headers: &headers,
        })
        .unwrap();
        let mut body = String::new();
        for (name, value) in fields {
            body.push_str(&format!(
                "--x-1\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            ));
        }
        body.push_str(
            "--x-1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n",
        );
        body.push_str(&"x".repeat(3 * MOST));
        body.push_str("\r\n--x-1--\r\n");
        let is_over = body.as_bytes().chunks(size).any(|chunk| upload.feed(chunk));
        assert!(is_over, "the file is not waited for");
        assert!(upload.seen.len() <= MOST);
        let mut taken = Taken::nothing();
        upload.take(&mut taken);
        assert_eq!(
            taken.parameters.get("Key").and_then(Value::as_str),
            fields.iter().find(|(name, _)| *name == "key").map(|(_, key)| match *key {
                "k" => "k",
                _ => "uploads/f",
            }),
        );
        upload.signer()
    }

    #[test]
    fn who_signed_a_form_stands_in_it() {
        let scope = "AKID/20260102/eu-west-1/s3/aws4_request";
        let v4 = [
            ("key", "uploads/${filename}"),
            ("X-Amz-Credential", scope),
            ("Policy", "eyJ9"),
            ("X-Amz-Signature", "0a"),
        ];
        for size in [1, 7, 100_000] {
            let found = signer(&v4, size).unwrap();
            assert_eq!(found.authorization, Authorization::Form);
            assert_eq!(found.access_key.as_deref(), Some("AKID"));
            assert_eq!(found.region.as_deref(), Some("eu-west-1"));
        }
        let v2 = [("AWSAccessKeyId", "AKID"), ("policy", "eyJ9"), ("signature", "c2ln")];
        assert_eq!(signer(&v2, 3).unwrap().access_key.as_deref(), Some("AKID"));
        for incomplete in [&v4[..3], &v4[1..2], &v2[..2], &[("key", "k")][..]] {
            assert_eq!(signer(incomplete, 64), None, "{incomplete:?}");
        }
    }
}
