//! The job that tells webhooks what has happened: signed, tried again, each thing once.
//!
//! A delivery is kept under the webhook and the name of what happened before anything is sent, so nothing is told twice
//! because two processes saw it. A try is claimed by a compare-and-swap with a lease. One window remains, as with mail:
//! a crash after the receiver took it and before that was noted sends it again, under the same `webhook-id`, by which a
//! receiver drops it. Everything goes out through the guarded client: no webhook reaches an internal address.

use crate::clock::Clock;
use crate::jobs::send_digests::DigestBuilder;
use crate::mail::schedule::{Due, due};
use crate::model::{Delivery, Health, IsoWeek, Rep, Role, SourceSet, SourceState, Tells, Webhook};
use crate::net::{Client, Request};
use crate::render::signed::LinkKey;
use crate::render::{Links, hook};
use crate::store::{Record, Store, StoreError};
use futures::StreamExt as _;
use ipnet::IpNet;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use url::Url;

/// A try that is not settled by then may be made again.
const LEASE: SignedDuration = SignedDuration::from_mins(5);
/// The wait after each try that failed, in minutes; after the last one it is given up.
const WAITS_MIN: [i64; 6] = [1, 5, 30, 120, 480, 960];
/// After this a delivery is too late.
const LATE_MAX: SignedDuration = SignedDuration::from_hours(24);
/// Settled deliveries are remembered for so long, so that nothing is told again.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24 * 60);
/// Failures in a row after which a source is told as broken.
const FAILURES_MIN: u32 = 3;
/// The answer of a receiver that wants nothing more (RFC 9110, section 15.5.11; so Standard Webhooks 1.0 reads it).
const GONE: u16 = 410;
/// Deliveries that are under way at once, so that a receiver that hangs keeps nobody waiting.
const AT_ONCE_MAX: usize = 8;
/// Bytes of an answer that are looked at.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// What the job needs.
pub struct TellHooks {
    /// Where webhooks and deliveries are.
    pub store: Arc<dyn Store>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// The guarded way out.
    pub client: Client,
    /// Internal ranges in which receivers may be.
    pub allow_net: Vec<IpNet>,
    /// Builds digests.
    pub builder: Arc<dyn DigestBuilder>,
    /// Signs deliveries.
    pub key: LinkKey,
    /// Links lead back here.
    pub links: Links,
}

impl TellHooks {
    /// Notes what has happened, and sends what is due. Returns how many deliveries were taken.
    ///
    /// # Errors
    /// A store that fails; what was noted by then is sent at the next run.
    pub async fn run(&self, sources: &SourceSet) -> anyhow::Result<usize> {
        let hooks = self.store.list_webhooks(None).await?;
        if hooks.is_empty() {
            return Ok(0);
        }
        let now = self.clock.now();
        let states = self.store.list_states().await?;
        for hook in hooks.iter().filter(|hook| hook.stopped_because.is_none()) {
            let Some(rep) = self.store.find_rep(&hook.rep).await? else { continue };
            match hook.tells {
                Tells::DigestReady => self.note_digest(hook, &rep, now).await?,
                Tells::SourceBroken => self.note_sources(hook, &rep, sources, &states, now).await?,
                Tells::Slack | Tells::Teams => self.note_weekly(hook, &rep, now).await?,
            }
        }
        let settled = futures::stream::iter(self.store.list_deliveries().await?).map(|delivery| {
            let hook = hooks.iter().find(|hook| hook.id == delivery.webhook);
            self.settle(hook, delivery, now)
        });
        let settled: Vec<anyhow::Result<bool>> = settled.buffer_unordered(AT_ONCE_MAX).collect().await;
        // One that the store failed on keeps none of the others from being counted and noted.
        settled.into_iter().try_fold(0, |taken, settled| Ok(taken + usize::from(settled?)))
    }

    async fn note(
        &self,
        hook: &Webhook,
        event: String,
        body: String,
        at: Timestamp,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let (rep, webhook) = (hook.rep.clone(), hook.id.clone());
        let delivery = Delivery { rep, webhook, event, body, at, until, attempt: 0, next_at: Some(at), cause: None };
        let record = Record::Delivery(delivery);
        // Where it stands already, it was told or is being told.
        self.store.swap_record(&record.key(), None, Some(record.clone())).await.map(|_| ())
    }

    async fn note_digest(&self, hook: &Webhook, rep: &Rep, now: Timestamp) -> anyhow::Result<()> {
        let week = IsoWeek::of(now, &rep.time_zone());
        let Some(digest) = self.store.find_digest(&rep.email, week).await? else { return Ok(()) };
        if digest.picks().next().is_none() {
            return Ok(());
        }
        let until = now.checked_add(LATE_MAX).unwrap_or(now);
        Ok(self.note(hook, format!("digest-{week}"), hook::digest_ready(&digest, &self.links), now, until).await?)
    }

    async fn note_sources(
        &self,
        hook: &Webhook,
        rep: &Rep,
        sources: &SourceSet,
        states: &[SourceState],
        now: Timestamp,
    ) -> anyhow::Result<()> {
        if rep.role != Role::Admin {
            return Ok(());
        }
        for state in states {
            let Some(source) = sources.find(&state.source_id) else { continue };
            let is_broken = !state.health.is_good() && !matches!(state.health, Health::New | Health::SlowDown);
            if !is_broken || state.failures < FAILURES_MIN {
                continue;
            }
            // One outage is one event: it began after the source was last read well.
            let since = state.last_good_at.map_or(0, |at| at.as_second());
            let body = hook::source_broken(&source.name, state, now, &self.links);
            let until = now.checked_add(LATE_MAX).unwrap_or(now);
            self.note(hook, format!("source-{}-{since}", state.source_id), body, now, until).await?;
        }
        Ok(())
    }

    /// The week's message for a channel, at the hour of the rep's mail; an empty week says nothing.
    async fn note_weekly(&self, hook: &Webhook, rep: &Rep, now: Timestamp) -> anyhow::Result<()> {
        // Whoever wants no mail may want the channel.
        let mut hours = rep.clone();
        hours.mail.enabled = true;
        let Due::Now { week, until, .. } = due(&hours, now) else { return Ok(()) };
        let event = format!("weekly-{week}");
        if self.store.find_delivery(&hook.rep, &hook.id, &event).await?.is_some() {
            return Ok(());
        }
        let digest = self.builder.build(rep, week).await?;
        let body = match hook.tells {
            Tells::Teams => hook::teams(&digest, &self.links),
            _ => hook::slack(&digest, &self.links),
        };
        match body {
            Some(body) => Ok(self.note(hook, event, body, now, until).await?),
            None => Ok(()),
        }
    }

    /// One try of a delivery that is due; says whether it was taken.
    async fn settle(&self, hook: Option<&Webhook>, held: Delivery, now: Timestamp) -> anyhow::Result<bool> {
        let Some(next_at) = held.next_at else {
            if now.duration_since(held.at) > KEPT_FOR {
                self.store.save_records(Vec::new(), vec![Record::Delivery(held).key()]).await?;
            }
            return Ok(false);
        };
        if next_at > now {
            return Ok(false);
        }
        let given_up = |cause: &str| Delivery { next_at: None, cause: Some(cause.to_owned()), ..held.clone() };
        let Some(hook) = hook.filter(|hook| hook.stopped_because.is_none()) else {
            return self.put(&held, given_up("the webhook is gone or stopped")).await.map(|_| false);
        };
        if now > held.until {
            return self.put(&held, given_up("it is too late")).await.map(|_| false);
        }
        let lease = now.checked_add(LEASE).unwrap_or(now);
        let claimed = Delivery { attempt: held.attempt + 1, next_at: Some(lease), ..held.clone() };
        if !self.put(&held, claimed.clone()).await? {
            return Ok(false);
        }
        match self.send(hook, &claimed).await {
            Ok(()) => {
                self.put(&claimed, Delivery { next_at: None, cause: None, ..claimed.clone() }).await?;
                self.mark(hook, |hook| hook.taken_at = Some(now)).await?;
                Ok(true)
            }
            Err(refused) => {
                let cause = refused.cause;
                tracing::warn!(webhook = %hook.id, attempt = claimed.attempt, cause, "a webhook did not take a delivery");
                let wait = WAITS_MIN.get(claimed.attempt as usize - 1).filter(|_| !refused.for_good);
                let next_at = wait.and_then(|minutes| now.checked_add(SignedDuration::from_mins(*minutes)).ok());
                if next_at.is_none() {
                    let stopped = if refused.for_good {
                        format!("It said that it wants nothing more: {cause}")
                    } else {
                        format!("It did not take {} tries in a row; the last one: {cause}", claimed.attempt)
                    };
                    self.mark(hook, |hook| hook.stopped_because = Some(stopped.clone())).await?;
                }
                self.put(&claimed, Delivery { next_at, cause: Some(cause), ..claimed.clone() }).await.map(|_| false)
            }
        }
    }

    /// Notes something on a webhook as it stands now; one that was removed meanwhile stays removed.
    async fn mark(&self, hook: &Webhook, change: impl Fn(&mut Webhook)) -> Result<(), StoreError> {
        let key = Record::Webhook(hook.clone()).key();
        while let Some(Record::Webhook(mut hook)) = self.store.find_record(&key).await? {
            let held = Record::Webhook(hook.clone());
            change(&mut hook);
            if self.store.swap_record(&key, Some(&held), Some(Record::Webhook(hook))).await? {
                break;
            }
        }
        Ok(())
    }

    async fn put(&self, held: &Delivery, new: Delivery) -> anyhow::Result<bool> {
        let (held, new) = (Record::Delivery(held.clone()), Record::Delivery(new));
        Ok(self.store.swap_record(&held.key(), Some(&held), Some(new)).await?)
    }

    async fn send(&self, hook: &Webhook, delivery: &Delivery) -> Result<(), Refused> {
        let later = |cause: String| Refused { cause, for_good: false };
        let url: Url = hook.url.parse().map_err(|_| later("its address is none".to_owned()))?;
        let now = self.clock.now();
        let id = format!("{}-{}", delivery.webhook, delivery.event);
        let mut request = Request::post(url, "application/json", delivery.body.clone().into_bytes());
        let signature = hook::signature(&self.key, &hook.id, &id, now, &delivery.body);
        request.headers.extend([
            ("webhook-id".to_owned(), id),
            ("webhook-timestamp".to_owned(), now.as_second().to_string()),
            ("webhook-signature".to_owned(), signature),
        ]);
        request.allow_net = self.allow_net.clone();
        request.body_bytes_max = Some(ANSWER_BYTES_MAX);
        request.cut = true;
        // A POST that is redirected may arrive as a GET, and elsewhere without its signature: that is no delivery.
        request.follow = false;
        match self.client.fetch(request).await {
            Ok(answer) if answer.is_success() => Ok(()),
            Ok(answer) if (300..400).contains(&answer.status) => {
                Err(later(format!("it answered {}, a redirect; give the address that it leads to", answer.status)))
            }
            Ok(answer) => {
                Err(Refused { cause: format!("it answered {}", answer.status), for_good: answer.status == GONE })
            }
            Err(error) => Err(later(error.to_string())),
        }
    }
}

/// Why a delivery was not taken.
struct Refused {
    cause: String,
    /// Whether no further try can succeed.
    for_good: bool,
}
