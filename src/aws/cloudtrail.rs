//! CloudTrail itself, asked for what happened in the last 90 days
//! (<https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>).

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use serde::Deserialize;
use serde_json::json;
use tokio::time::{Instant, sleep_until};

use crate::aws::error::AskError;
use crate::aws::retry::Retry;
use crate::aws::service::{Ask, Service};

/// The service is asked no more often than twice a second in each account and region, says its page.
const BETWEEN: Duration = Duration::from_millis(500);
/// The events of a page at most.
const MOST: u32 = 50;

/// Looks events up, page by page.
#[derive(Debug, Clone)]
pub struct Lookup {
    service: Service,
    /// From when on, in seconds since 1970.
    from: Option<u64>,
    /// Until when.
    until: Option<u64>,
    next: Option<String>,
    is_over: bool,
    /// When the next page may be asked for.
    after: Instant,
}

#[derive(Deserialize)]
struct Paged {
    #[serde(rename = "NextToken")]
    next: Option<String>,
}

impl Lookup {
    pub(super) fn new(service: Service, from: Option<u64>, until: Option<u64>) -> Lookup {
        let next = None;
        Lookup { service, from, until, next, is_over: false, after: Instant::now() }
    }

    /// The region that is asked.
    pub fn region(&self) -> &str {
        &self.service.region
    }

    /// The next page, as CloudTrail wrote it; `None` at the end. Where CloudTrail is asked too much, that is waited out.
    ///
    /// # Errors
    ///
    /// When there is no answer, or an error.
    pub async fn page(&mut self) -> Result<Option<Bytes>, AskError> {
        if self.is_over {
            return Ok(None);
        }
        sleep_until(self.after).await;
        self.after = Instant::now() + BETWEEN;
        let mut input = json!({ "MaxResults": MOST });
        if let Some(from) = self.from {
            input["StartTime"] = json!(from);
        }
        if let Some(until) = self.until {
            input["EndTime"] = json!(until);
        }
        if let Some(next) = &self.next {
            input["NextToken"] = json!(next);
        }
        let body = input.to_string();
        let target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target)];
        let ask = Ask {
            operation: "LookupEvents",
            method: Method::POST,
            path: "/",
            headers: &headers,
            body: body.as_bytes(),
        };
        let (_, page) = self.service.ask(&ask, Retry::long()).await?;
        let paged = serde_json::from_slice::<Paged>(&page)
            .map_err(|error| self.service.unreadable(&ask, &error))?;
        let next = paged.next.filter(|it| !it.is_empty());
        // A page that asks for itself would never end.
        self.is_over = next.is_none() || next == self.next;
        self.next = next;
        Ok(Some(page))
    }
}
