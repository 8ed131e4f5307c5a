//! What of a bucket is to be read. Where it is laid out as CloudTrail delivers
//! (`AWSLogs/[o-…/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/`,
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html>), folders of other accounts,
//! regions and days are not even listed; elsewhere it is everything below the prefix.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::task::{JoinSet, spawn_blocking};

use crate::aws::{AskError, Bucket, Listing, MOST_LISTED, Object, Page, TOO_MANY};
use crate::recording::trail::{
    Found, FoundAll, Only, Stored as _, has_before, is_delivered, is_other,
};
use crate::remote::days;
use crate::remote::objects::Shelf;

/// Lists that are asked for at once.
const AT_ONCE: usize = 16;
/// The folder below which CloudTrail delivers.
const ROOT: &str = "AWSLogs";
/// The folder of an account's events.
const EVENTS: &str = "CloudTrail";

/// Lists what below a prefix is to be read, in the order of its keys.
pub(super) async fn list(
    handle: Handle,
    bucket: Bucket,
    name: &str,
    prefix: &str,
    only: &Only,
) -> Result<FoundAll, AskError> {
    let only = Arc::new(only.clone());
    let mut waiting = VecDeque::from([prefix.to_owned()]);
    let mut listing = JoinSet::new();
    let (mut objects, mut all_folders) = (Vec::new(), 0);
    loop {
        while listing.len() < AT_ONCE
            && let Some(prefix) = waiting.pop_front()
        {
            let lister =
                Lister { handle: handle.clone(), bucket: bucket.clone(), only: Arc::clone(&only) };
            listing.spawn(async move { lister.list(&prefix).await });
        }
        match listing.join_next().await {
            None => break,
            Some(Ok(listed)) => {
                let (mut own, folders) = listed?;
                objects.append(&mut own);
                all_folders += folders.len() as u64;
                if objects.len() as u64 + all_folders > MOST_LISTED {
                    return Err(unlistable(TOO_MANY));
                }
                waiting.extend(folders);
            }
            Some(Err(error)) => {
                let (operation, why) = ("s3:ListObjectsV2".to_owned(), error.to_string());
                return Err(AskError::Unreached { operation, why });
            }
        }
    }
    objects.sort_unstable_by(|one, other| one.key.cmp(&other.key));
    let all = objects.len();
    objects.retain(|it| !it.key.rsplit('/').any(is_other));
    let others = (all - objects.len()) as u64;
    let shelf = Shelf::new(handle, bucket, objects);
    let found = shelf.each().map(|(key, stored)| Found {
        name: format!("s3://{name}/{key}"),
        is_of_events: is_delivered(key.rsplit('/').next().unwrap_or_default()),
        stored: Arc::new(stored),
    });
    Ok(FoundAll { found: found.collect(), others })
}

fn unlistable(why: &str) -> AskError {
    AskError::Unreadable { operation: "s3:ListObjectsV2".to_owned(), why: why.to_owned() }
}

struct Lister {
    handle: Handle,
    bucket: Bucket,
    only: Arc<Only>,
}

impl Lister {
    /// What is in a folder: objects, and the folders in it that are to be listed, too.
    async fn list(&self, prefix: &str) -> Result<(Vec<Object>, Vec<String>), AskError> {
        if let Some(region) = Place::of(prefix).folder_of_region() {
            return Ok((self.of_region(prefix, region).await?, Vec::new()));
        }
        let (mut objects, mut folders) = (Vec::new(), Vec::new());
        let mut listing = Listing::new(&self.bucket, prefix, "", true);
        while let Some(page) = listing.page().await? {
            // What consoles make for an empty folder is an object of that name.
            objects.extend(page.objects.into_iter().filter(|it| !it.key.ends_with('/')));
            folders.extend(page.folders.into_iter().filter(|it| Place::of(it).is_in(&self.only)));
        }
        Ok((objects, folders))
    }

    /// What lies below a folder of a region, or below one in it; `region` is the region's. The days in keys are those of delivery: what
    /// happened before the end may lie in folders of later days, one of which is read in any case, and further ones as long as there is
    /// something of before the end in the last one.
    async fn of_region(&self, prefix: &str, region: &str) -> Result<Vec<Object>, AskError> {
        let since = self.only.since.and_then(days::of);
        let after = since.map(|day| format!("{region}{day}/")).unwrap_or_default();
        let last = self.only.until.and_then(|until| days::of(until.saturating_sub(1)));
        let (mut objects, mut late) = (Vec::new(), Late::default());
        let mut listing = Listing::new(&self.bucket, prefix, &after, false);
        while let Some(Page { objects: listed, .. }) = listing.page().await? {
            for object in listed.into_iter().filter(|it| !it.key.ends_with('/')) {
                let day = days::in_key(&object.key, region);
                let is_late = day.is_some_and(|day| last.as_deref().is_some_and(|it| day > it));
                let Some(day) = day.filter(|_| is_late) else {
                    objects.push(object);
                    continue;
                };
                if late.day != day {
                    if !late.day.is_empty() && !self.has_early(&late.objects).await {
                        objects.append(&mut late.objects);
                        return Ok(objects);
                    }
                    objects.append(&mut late.objects);
                    late.day = day.to_owned();
                }
                late.objects.push(object);
            }
        }
        objects.append(&mut late.objects);
        Ok(objects)
    }

    /// Whether one of these has an event of before the end. What cannot be read may have.
    async fn has_early(&self, objects: &[Object]) -> bool {
        let Some(until) = self.only.until else { return true };
        let shelf = Shelf::new(self.handle.clone(), self.bucket.clone(), objects.to_vec());
        let looked = spawn_blocking(move || {
            shelf.each().any(|(_, it)| {
                let found = it.open().and_then(|text| has_before(text, until));
                found.unwrap_or(true)
            })
        });
        looked.await.unwrap_or(true)
    }
}

/// What lies in the folder of a day after the last.
#[derive(Default)]
struct Late {
    day: String,
    objects: Vec<Object>,
}

/// What a folder is, by its path.
#[derive(Debug, Default, PartialEq, Eq)]
struct Place<'a> {
    account: Option<&'a str>,
    /// What of the account's: `CloudTrail`, digests, another service's logs.
    what: Option<&'a str>,
    region: Option<&'a str>,
    /// The path as far as the region.
    to_region: Option<&'a str>,
}

impl<'a> Place<'a> {
    fn of(path: &'a str) -> Place<'a> {
        let mut place = Place::default();
        let mut end = 0;
        let mut is_below = false;
        // Behind the last `/` there is only the beginning of a name.
        for part in path.split_inclusive('/').filter_map(|it| it.strip_suffix('/')) {
            end += part.len() + 1;
            match () {
                () if !is_below => is_below = part == ROOT,
                () if place.account.is_none() => {
                    let is_account =
                        part.len() == 12 && part.bytes().all(|byte| byte.is_ascii_digit());
                    place.account = is_account.then_some(part);
                    // An organisation has its id there, and perhaps the folder once more.
                }
                () if place.what.is_none() => place.what = Some(part),
                () if place.region.is_none() => {
                    place.region = Some(part);
                    place.to_region = path.get(..end);
                }
                () => break,
            }
        }
        place
    }

    /// The folder of the region in which it lies, if that has an account's events.
    fn folder_of_region(&self) -> Option<&'a str> {
        self.to_region.filter(|_| self.what == Some(EVENTS))
    }

    /// Whether something that is asked for may lie in it.
    fn is_in(&self, only: &Only) -> bool {
        let is_among = |all: &[String], one: Option<&str>| {
            all.is_empty() || one.is_none_or(|one| all.iter().any(|it| it == one))
        };
        self.what.is_none_or(|it| it == EVENTS)
            && is_among(&only.accounts, self.account)
            && is_among(&only.regions, self.region)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_known_by_its_path() {
        for path in
            ["", "logs/", "AWSLogs/", "AWSLogs/o-abc/", "AWSLogs/1111", "x/AWSLogs/o-abc/AWSLogs/"]
        {
            assert_eq!(Place::of(path), Place::default(), "{path}");
        }
        let place = Place::of("logs/AWSLogs/o-abc/111122223333/CloudTrail/eu-west-1/2026/11/");
        assert_eq!(place.account, Some("111122223333"));
        assert_eq!(
            place.folder_of_region(),
            Some("logs/AWSLogs/o-abc/111122223333/CloudTrail/eu-west-1/")
        );
        let digests = Place::of("AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/");
        assert_eq!(digests.folder_of_region(), None);
        assert_eq!(Place::of("AWSLogs/111122223333/CloudTrail/eu-w").folder_of_region(), None);
    }

    #[test]
    fn folders_of_others_are_not_listed() {
        let only = Only {
            accounts: vec!["111122223333".to_owned()],
            regions: vec!["eu-west-1".to_owned()],
            ..Only::default()
        };
        let is_in = |path| Place::of(path).is_in(&only);
        for path in [
            "x/",
            "AWSLogs/",
            "AWSLogs/o-abc/",
            "AWSLogs/111122223333/",
            "AWSLogs/111122223333/CloudTrail/eu-west-1/",
        ] {
            assert!(is_in(path), "{path}");
        }
        for path in [
            "AWSLogs/444455556666/",
            "AWSLogs/111122223333/CloudTrail-Digest/",
            "AWSLogs/111122223333/vpcflowlogs/",
            "AWSLogs/111122223333/CloudTrail/eu-west-2/",
        ] {
            assert!(!is_in(path), "{path}");
        }
    }
}
