//! Buckets: where one lies, what is in it, and what is in that.

use bytes::Bytes;
use http::{HeaderMap, Method};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::time::timeout;

use crate::aws::client::escaped;
use crate::aws::error::AskError;
use crate::aws::retry::Retry;
use crate::aws::service::{Ask, Service};
use crate::aws::wire::LONGEST;

/// How often the rest of an object is asked for once its connection broke.
const TRIES: u32 = 5;

/// A bucket.
#[derive(Debug, Clone)]
pub struct Bucket {
    pub(super) service: Service,
    /// What stands before the key in a path: nothing where the host has the bucket's name.
    pub(super) root: String,
}

/// Something in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its key.
    pub key: String,
    /// In bytes.
    pub size: u64,
}

impl Bucket {
    pub(super) fn new(service: Service, root: String) -> Bucket {
        Bucket { service, root }
    }

    /// The region in which it lies, if that is told. S3 tells it also to those who may not know more, and where another region is
    /// asked (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>).
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn region(&self) -> Result<Option<String>, AskError> {
        let path = format!("{}/", self.root);
        let ask = Ask {
            operation: "HeadBucket",
            method: Method::HEAD,
            path: &path,
            headers: &[],
            body: &[],
        };
        let mut retry = Retry::new();
        loop {
            match self.service.answered(&ask).await {
                Ok((_, answer)) => return Ok(region_in(answer.headers())),
                Err(error) => retry.wait(error).await?,
            }
        }
    }

    /// Gets an object from its beginning (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>).
    ///
    /// # Errors
    ///
    /// When there is no answer, or an error.
    pub async fn get(&self, object: &Object) -> Result<Body, AskError> {
        let mut body = Body {
            bucket: self.clone(),
            path: format!("{}/{}", self.root, escaped_key(&object.key)),
            size: object.size,
            tag: String::new(),
            read: 0,
            tries: 0,
            rest: None,
        };
        body.open().await?;
        Ok(body)
    }
}

/// What is read of an object.
#[derive(Debug)]
pub struct Body {
    bucket: Bucket,
    path: String,
    /// So many bytes it has, says the list.
    size: u64,
    /// Of which version of the object it is.
    tag: String,
    /// So many bytes were read.
    read: u64,
    tries: u32,
    rest: Option<Incoming>,
}

impl Body {
    /// The next part of it; `None` at its end. Where the connection breaks, the rest of the same version is asked for.
    ///
    /// # Errors
    ///
    /// When it cannot be read on.
    pub async fn next(&mut self) -> Result<Option<Bytes>, AskError> {
        loop {
            let Some(rest) = &mut self.rest else { return Ok(None) };
            let why = match timeout(LONGEST, rest.frame()).await {
                Ok(None) => {
                    self.rest = None;
                    return Ok(None);
                }
                Ok(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => {
                        self.read += data.len() as u64;
                        if self.read > self.size {
                            let why =
                                format!("it is longer than the {} bytes of the list", self.size);
                            return Err(AskError::Unreadable {
                                operation: "s3:GetObject".to_owned(),
                                why,
                            });
                        }
                        return Ok(Some(data));
                    }
                    // What may follow a body is nothing of the object.
                    Err(_) => continue,
                },
                Ok(Some(Err(error))) => error.to_string(),
                Err(_) => format!("nothing came for {} s", LONGEST.as_secs()),
            };
            self.tries += 1;
            if self.tries >= TRIES {
                return Err(AskError::Unreached { operation: "s3:GetObject".to_owned(), why });
            }
            self.open().await?;
        }
    }

    async fn open(&mut self) -> Result<(), AskError> {
        let range = format!("bytes={}-", self.read);
        let rest = [("range", range.as_str()), ("if-match", self.tag.as_str())];
        let headers: &[_] = match (self.read, self.tag.is_empty()) {
            (0, _) => &[],
            (_, true) => &rest[..1],
            (_, false) => &rest,
        };
        let ask = Ask {
            operation: "GetObject",
            method: Method::GET,
            path: &self.path,
            headers,
            body: &[],
        };
        let (head, body) = self.bucket.service.open(&ask).await?;
        if self.read > 0 && head.status != http::StatusCode::PARTIAL_CONTENT {
            let why = "it broke off, and its rest was not given".to_owned();
            return Err(AskError::Unreadable { operation: "s3:GetObject".to_owned(), why });
        }
        let tag = head.headers.get("etag").and_then(|tag| tag.to_str().ok());
        tag.unwrap_or_default().clone_into(&mut self.tag);
        self.rest = Some(body);
        Ok(())
    }
}

fn region_in(headers: &HeaderMap) -> Option<String> {
    let region = headers.get("x-amz-bucket-region")?.to_str().ok()?;
    is_region(region).then(|| region.to_owned())
}

/// Whether a text may be a region's name; what goes into a host's name must be nothing else.
pub fn is_region(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=32).contains(&text.len()) && text.bytes().all(is_letter) && !text.starts_with('-')
}

/// A key as it stands in a path.
fn escaped_key(key: &str) -> String {
    key.split('/').map(escaped).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_regions_are_nothing_else() {
        assert_eq!(escaped_key("a b/c+d?e=%/f"), "a%20b/c%2Bd%3Fe%3D%25/f");
        for region in ["eu-west-1", "us-iso-east-1", "aws-global"] {
            assert!(is_region(region), "{region}");
        }
        for other in ["", "-", "a.b", "a/b", "EU", "a b", "evil.example#"] {
            assert!(!is_region(other), "{other}");
        }
    }
}
