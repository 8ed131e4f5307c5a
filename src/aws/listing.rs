//! What is in a bucket, page by page.

use http::Method;

use crate::aws::client::escaped;
use crate::aws::error::{AskError, cut};
use crate::aws::retry::Retry;
use crate::aws::s3::{Bucket, Object};
use crate::aws::service::Ask;
use crate::aws::xml::Element;

/// Objects and folders that are listed at most, since each is kept: so many take about a gigabyte of memory.
pub const MOST_LISTED: u64 = 4_000_000;
/// What is said where there are more.
pub const TOO_MANY: &str = "there are more than 4,000,000 objects; choose some of them with --since, --until, --account and --region";
/// Pages with nothing in them, one after the other.
const MOST_EMPTY: u32 = 100;
/// The longest key, in bytes (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>).
const LONGEST_KEY: usize = 1024;

/// A page of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// What is in it, sorted by key.
    pub objects: Vec<Object>,
    /// Beginnings that keys have in common up to the delimiter, with it.
    pub folders: Vec<String>,
    /// Asks for the next page.
    pub next: Option<String>,
}

/// A list of what is in a bucket, page by page.
#[derive(Debug)]
pub struct Listing {
    bucket: Bucket,
    after: String,
    by_folder: bool,
    /// What the page before said; `None`: nothing was asked yet.
    next: Option<String>,
    is_over: bool,
    course: Course,
}

/// What a list said so far. Whoever answers is held to the order of S3, so that no list goes round in circles, and none goes on for ever.
#[derive(Debug, Default)]
struct Course {
    prefix: String,
    /// The last key or folder so far.
    last: String,
    /// Objects and folders so far.
    listed: u64,
    /// Pages with nothing in them, one after the other.
    empty: u32,
}

impl Listing {
    /// Of this bucket. Keys begin with `prefix` and stand behind `after`; `by_folder`: what lies behind the next `/` is one folder.
    pub fn new(bucket: &Bucket, prefix: &str, after: &str, by_folder: bool) -> Listing {
        Listing {
            bucket: bucket.clone(),
            after: after.to_owned(),
            by_folder,
            next: None,
            is_over: false,
            course: Course { prefix: prefix.to_owned(), ..Course::default() },
        }
    }

    /// The next page (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>); `None` behind the last one.
    ///
    /// # Errors
    ///
    /// When there is no answer, or an error, or what is no such list; and when it has more than [`MOST_LISTED`].
    pub async fn page(&mut self) -> Result<Option<Page>, AskError> {
        if self.is_over {
            return Ok(None);
        }
        let mut path = format!("{}/?list-type=2&encoding-type=url", self.bucket.root);
        for (name, value) in [
            ("continuation-token", self.next.as_deref().unwrap_or_default()),
            ("delimiter", if self.by_folder { "/" } else { "" }),
            ("prefix", &self.course.prefix),
            ("start-after", &self.after),
        ] {
            if !value.is_empty() {
                path += &format!("&{name}={}", escaped(value));
            }
        }
        let ask = Ask {
            operation: "ListObjectsV2",
            method: Method::GET,
            path: &path,
            headers: &[],
            body: &[],
        };
        let (_, body) = self.bucket.service.ask(&ask, Retry::new()).await?;
        let read = page(&body).and_then(|page| self.course.take(&page).map(|()| page));
        let page = read.map_err(|why| AskError::Unreadable {
            operation: self.bucket.service.named(&ask),
            why,
        })?;
        self.next.clone_from(&page.next);
        self.is_over = page.next.is_none();
        Ok(Some(page))
    }
}

impl Course {
    /// Takes in a page, if it can be the next one. Keys and folders are in the order of their bytes.
    fn take(&mut self, page: &Page) -> Result<(), String> {
        let keys = page.objects.iter().map(|it| it.key.as_str());
        let folders = page.folders.iter().map(String::as_str);
        // A folder is longer than the one that it is in, so that nobody goes down for ever.
        let are_folders = folders.clone().all(|it| it.len() > self.prefix.len());
        let all = keys.chain(folders);
        if !are_folders
            || all.clone().any(|it| it.len() > LONGEST_KEY || !it.starts_with(&self.prefix))
        {
            return Err("it has what does not lie where it was looked for".to_owned());
        }
        let newest = all.clone().max();
        match newest {
            Some(newest) if newest <= self.last.as_str() => {
                return Err("it does not go on, but says again what it said before".to_owned());
            }
            Some(newest) => {
                newest.clone_into(&mut self.last);
                self.empty = 0;
            }
            None => self.empty += 1,
        }
        self.listed += all.count() as u64;
        if self.listed > MOST_LISTED {
            return Err(TOO_MANY.to_owned());
        }
        if self.empty > MOST_EMPTY {
            return Err("it goes on, and has nothing in it".to_owned());
        }
        Ok(())
    }
}

fn page(body: &[u8]) -> Result<Page, String> {
    let root = Element::read(body).map_err(|error| error.to_string())?;
    if root.name != "ListBucketResult" {
        return Err(format!("it is no list, but {}", cut(&root.name)));
    }
    let is_escaped = root.text_of("EncodingType").is_some_and(|it| it == "url");
    let plain = |text: &str| {
        if !is_escaped {
            return Ok(text.to_owned());
        }
        // As in forms: a blank is a plus.
        let text = text.replace('+', " ");
        let text = percent_encoding::percent_decode_str(&text).decode_utf8();
        text.map(std::borrow::Cow::into_owned).map_err(|_| "a key is not UTF-8".to_owned())
    };
    let mut page = Page::default();
    for it in &root.children {
        match it.name.as_str() {
            "Contents" => {
                let key = plain(it.text_of("Key").unwrap_or_default())?;
                let size = it.text_of("Size").and_then(|size| size.parse().ok()).unwrap_or(0);
                page.objects.push(Object { key, size });
            }
            "CommonPrefixes" => {
                page.folders.push(plain(it.text_of("Prefix").unwrap_or_default())?);
            }
            _ => {}
        }
    }
    if root.text_of("IsTruncated") == Some("true") {
        let next = root.text_of("NextContinuationToken").filter(|it| !it.is_empty());
        page.next = Some(next.ok_or("it has more, and does not say where")?.to_owned());
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_a_list_is_read() {
        let text = "<ListBucketResult xmlns='http://s3.amazonaws.com/doc/2006-03-01/'>\
            <IsTruncated>true</IsTruncated><EncodingType>url</EncodingType>\
            <NextContinuationToken>a+/=</NextContinuationToken>\
            <Contents><Key>AWSLogs/a%2Bb+c%26.json.gz</Key><Size>12</Size></Contents>\
            <CommonPrefixes><Prefix>AWSLogs/111122223333/</Prefix></CommonPrefixes>\
            </ListBucketResult>";
        let read = page(text.as_bytes()).unwrap();
        let object = Object { key: "AWSLogs/a+b c&.json.gz".to_owned(), size: 12 };
        assert_eq!(read.objects, [object]);
        assert_eq!(read.folders, ["AWSLogs/111122223333/"]);
        assert_eq!(read.next.as_deref(), Some("a+/="));
        for bad in [
            "",
            "<html/>",
            "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
            "<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>%ff</Key></Contents></ListBucketResult>",
        ] {
            assert!(page(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_list_goes_on_as_that_of_s3_does() {
        let page = |keys: &[&str], folders: &[&str]| Page {
            objects: keys.iter().map(|it| Object { key: (*it).to_owned(), size: 1 }).collect(),
            folders: folders.iter().map(|it| (*it).to_owned()).collect(),
            next: Some("more".to_owned()),
        };
        let mut course = Course { prefix: "a/".to_owned(), ..Course::default() };
        assert!(course.take(&page(&["a/1", "a/2"], &["a/b/"])).is_ok());
        assert!(course.take(&page(&["a/b2"], &["a/c/"])).is_ok());
        // The page of before, one of before that, another folder's, the folder itself, a key that is none.
        let long = format!("a/d{}", "x".repeat(1024));
        for (keys, folders) in [
            (&["a/b2"][..], &["a/c/"][..]),
            (&["a/1"], &[]),
            (&["b/1"], &[]),
            (&[], &["a/"]),
            (&[&long], &[]),
        ] {
            assert!(course.take(&page(keys, folders)).is_err(), "{keys:?} {folders:?}");
        }
        assert!(course.take(&page(&["a/d"], &[])).is_ok());
        let empty = (0..=MOST_EMPTY).map(|_| course.take(&page(&[], &[])));
        assert_eq!(empty.filter(Result::is_err).count(), 1);
        course.listed = MOST_LISTED;
        assert_eq!(course.take(&page(&["a/e"], &[])).unwrap_err(), TOO_MANY);
    }
}
