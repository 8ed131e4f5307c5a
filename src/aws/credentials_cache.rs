//! Credentials that are fetched once, and again before they expire.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::Mutex;

use crate::aws::credentials::Credentials;

/// So long before they expire, at most, new ones are fetched.
const AHEAD: Duration = Duration::from_secs(5 * 60);

/// Credentials that come, or a sentence why there are none.
pub type Provided<'a> = Pin<Box<dyn Future<Output = Result<Credentials, String>> + Send + 'a>>;

/// Whoever has credentials.
pub trait Provide: fmt::Debug + Send + Sync {
    /// Those of now.
    fn provide(&self) -> Provided<'_>;
}

/// The credentials that requests are signed with.
#[derive(Debug)]
pub struct CredentialsCache {
    provider: Box<dyn Provide>,
    current: Mutex<Option<Current>>,
}

#[derive(Debug, Clone)]
struct Current {
    credentials: Credentials,
    /// When new ones are fetched.
    until: Option<SystemTime>,
}

impl CredentialsCache {
    /// Those of a provider.
    pub fn new(provider: Box<dyn Provide>) -> Arc<CredentialsCache> {
        Arc::new(CredentialsCache { provider, current: Mutex::default() })
    }

    /// Those of now; who asks meanwhile waits for the same ones.
    ///
    /// # Errors
    ///
    /// When there are none; a sentence says why.
    pub async fn get(&self) -> Result<Credentials, String> {
        let mut current = self.current.lock().await;
        let now = SystemTime::now();
        if let Some(Current { credentials, until }) = &*current
            && until.is_none_or(|until| now < until)
        {
            return Ok(credentials.clone());
        }
        let credentials = self.provider.provide().await?;
        let until = credentials.expiry().map(|expiry| renewed_at(now, expiry));
        *current = Some(Current { credentials: credentials.clone(), until });
        Ok(credentials)
    }

    /// These were refused as expired: new ones are fetched, unless that was done meanwhile. `false`: they do not expire.
    pub(super) async fn renew(&self, refused: &Credentials) -> bool {
        let mut current = self.current.lock().await;
        match &*current {
            Some(it) if it.until.is_none() => false,
            Some(it) if it.credentials.access_key() == refused.access_key() => {
                *current = None;
                true
            }
            _ => true,
        }
    }
}

/// Five minutes before they expire, or when three quarters of a shorter life are over.
fn renewed_at(now: SystemTime, expiry: SystemTime) -> SystemTime {
    let lifetime = expiry.duration_since(now).unwrap_or_default();
    now + lifetime.saturating_sub(AHEAD.min(lifetime / 4))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// Gives other ones each time, which live so long.
    #[derive(Debug)]
    struct Shortlived(AtomicU64, Option<Duration>);

    impl Provide for Shortlived {
        fn provide(&self) -> Provided<'_> {
            let number = self.0.fetch_add(1, Ordering::Relaxed);
            let expiry = self.1.map(|life| SystemTime::now() + life);
            let made = Credentials::until(&format!("key{number}"), "hidden", None, expiry);
            Box::pin(async move { Ok(made) })
        }
    }

    fn keys(life: Option<Duration>) -> Arc<CredentialsCache> {
        CredentialsCache::new(Box::new(Shortlived(AtomicU64::new(0), life)))
    }

    #[test]
    fn credentials_are_renewed_before_they_expire() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let forever = keys(None);
            for _ in 0..2 {
                assert_eq!(forever.get().await.unwrap().access_key(), "key0");
            }
            assert!(!forever.renew(&forever.get().await.unwrap()).await);
            let over = keys(Some(Duration::ZERO));
            assert_eq!(over.get().await.unwrap().access_key(), "key0");
            assert_eq!(over.get().await.unwrap().access_key(), "key1");
            let long = keys(Some(Duration::from_secs(3600)));
            let first = long.get().await.unwrap();
            assert_eq!(long.get().await.unwrap().access_key(), "key0");
            assert!(long.renew(&first).await);
            assert_eq!(long.get().await.unwrap().access_key(), "key1");
            assert!(long.renew(&first).await, "somebody else had renewed them");
            assert_eq!(long.get().await.unwrap().access_key(), "key1");
            assert!(!format!("{long:?}").contains("hidden"));
        });
    }

    #[test]
    fn a_short_life_is_not_over_at_once() {
        let now = SystemTime::now();
        let after = |seconds| {
            let expiry = now + Duration::from_secs(seconds);
            renewed_at(now, expiry).duration_since(now).unwrap().as_secs()
        };
        assert_eq!((after(3600), after(100), after(0)), (3300, 75, 0));
        assert_eq!(renewed_at(now, now - Duration::from_secs(5)), now);
    }
}
