//! Which events count: those of a time, of accounts, of regions.

use crate::recognize::cloudtrail::Record;

/// Which events count. The default is all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Only {
    /// Those of this moment and later, in milliseconds since 1970.
    pub since: Option<u64>,
    /// Those before this moment.
    pub until: Option<u64>,
    /// Those in the trails of these accounts; empty: of all.
    pub accounts: Vec<String>,
    /// Those of these regions; empty: of all.
    pub regions: Vec<String>,
}

impl Only {
    /// Whether everything counts.
    pub(super) fn is_all(&self) -> bool {
        *self == Only::default()
    }

    /// Whether an event counts, by what it says of itself; one that does not say it is none that was asked for.
    pub(super) fn has(&self, record: &Record<'_>) -> bool {
        self.has_place(record) && self.has_time(record.time().map(|it| it.0))
    }

    /// Whether an event may count, by what it says of where it was.
    pub(super) fn has_place(&self, record: &Record<'_>) -> bool {
        let is_among = |all: &[String], one: Option<&str>| {
            all.is_empty() || one.is_some_and(|one| all.iter().any(|it| it == one))
        };
        is_among(&self.accounts, record.account()) && is_among(&self.regions, record.region())
    }

    /// Whether an event may count, by when it was.
    pub(super) fn has_time(&self, time: Option<u64>) -> bool {
        let is_within = |time: u64| {
            self.since.is_none_or(|since| time >= since)
                && self.until.is_none_or(|until| time < until)
        };
        self.since.is_none() && self.until.is_none() || time.is_some_and(is_within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_count_by_what_they_say_of_themselves() {
        let text = br#"{"eventTime":"2026-11-05T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"ListBuckets",
            "awsRegion":"eu-west-1","recipientAccountId":"111122223333"}"#;
        let record = Record::parse(text).unwrap();
        let time = record.time().unwrap().0;
        let all = Only::default();
        let one_of = |it: &str| vec!["other".to_owned(), it.to_owned()];
        for (only, is_in) in [
            (all.clone(), true),
            (Only { since: Some(time), until: Some(time + 1), ..all.clone() }, true),
            (Only { since: Some(time + 1), ..all.clone() }, false),
            (Only { until: Some(time), ..all.clone() }, false),
            (Only { accounts: one_of("111122223333"), ..all.clone() }, true),
            (Only { accounts: one_of("444455556666"), ..all.clone() }, false),
            (Only { regions: one_of("eu-west-1"), ..all.clone() }, true),
            (Only { regions: one_of("eu-west-2"), ..all.clone() }, false),
        ] {
            assert_eq!(only.has(&record), is_in, "{only:?}");
        }
        let silent = br#"{"eventSource":"s3.amazonaws.com","eventName":"ListBuckets"}"#;
        let silent = Record::parse(silent).unwrap();
        assert!(all.has(&silent) && all.is_all());
        let only_since = Only { since: Some(0), ..Only::default() };
        let only_account = Only { accounts: one_of("111122223333"), ..Only::default() };
        for only in [only_since, only_account] {
            assert!(!only.has(&silent) && !only.is_all());
        }
    }
}
