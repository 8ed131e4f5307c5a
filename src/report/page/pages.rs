//! AWS's pages behind the rules, as `build/page.rs` packs them from the comments of `data/rules`.

use std::collections::HashMap;
use std::io::Read as _;

use flate2::read::ZlibDecoder;

/// The pages, packed.
const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rule-pages.bin"));

/// Pages of AWS's documentation by operation (`s3.PutObject`), below its address.
pub(super) struct Pages(HashMap<String, String>);

impl Pages {
    pub(super) fn read() -> Pages {
        let text = unpacked(PACKED);
        let page = |line: &str| {
            let mut words = line.split(' ');
            let (service, operation, page) = (words.next()?, words.next()?, words.next()?);
            Some((format!("{service}.{operation}"), page.to_owned()))
        };
        Pages(text.lines().filter_map(page).collect())
    }

    /// The page behind the rules of an operation: its own, or that of its service.
    pub(super) fn of(&self, operation: &str) -> &str {
        let service = operation.split_once('.').map_or("", |it| it.0);
        let found = self.0.get(operation).or_else(|| self.0.get(&format!("{service}.*")));
        found.map_or("", |page| page)
    }
}

/// What the build packed.
pub(super) fn unpacked(packed: &[u8]) -> String {
    let mut text = String::new();
    // The build made it.
    let _ = ZlibDecoder::new(packed).read_to_string(&mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_has_the_page_that_its_comment_names() {
        let pages = Pages::read();
        assert!(pages.0.len() > 450, "{}", pages.0.len());
        assert_eq!(
            pages.of("s3.CompleteMultipartUpload"),
            "AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions"
        );
        assert!(pages.of("appconfig.CreateApplication").starts_with("appconfig/latest/userguide/"));
        assert_eq!(pages.of("nothing.At"), "");
        for page in pages.0.values() {
            let fits = |it: char| it.is_ascii_alphanumeric() || "/-_.#%=?&+~@".contains(it);
            assert!(page.contains('/') && page.chars().all(fits), "{page}");
        }
    }
}
