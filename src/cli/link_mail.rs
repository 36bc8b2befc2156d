//! The mail that brings a sign-in link.

use crate::clock::Clock;
use crate::config::Settings;
use crate::mail::{Mail, Mailer, message_id, write};
use crate::model::{IsoWeek, Rep};
use crate::web::LinkMailer;
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;

/// Sends sign-in links; the page that asked does not wait for the relay.
pub(super) struct LinkMail {
    pub(super) mailer: Mailer,
    pub(super) settings: Settings,
    pub(super) clock: Arc<dyn Clock>,
}

#[async_trait]
impl LinkMailer for LinkMail {
    async fn send_link(&self, rep: &Rep, link: &str, expires_at: Timestamp) {
        let now = self.clock.now();
        let week = IsoWeek::of(now, &rep.time_zone());
        let until = expires_at.to_zoned(rep.time_zone()).strftime("%H:%M").to_string();
        let id = message_id(&super::secrets::fresh()[..32], week, &self.settings.mail_from);
        let mail = Mail {
            from: self.settings.mail_from.clone(),
            from_name: "Ridealong".to_owned(),
            to: rep.email.clone(),
            to_name: rep.name.clone(),
            subject: "Your sign-in link".to_owned(),
            text: format!(
                "Hello {},\n\nthis link signs you in once, until {until}:\n\n{link}\n\nIf you did not ask for it, nothing has to be done.\n",
                rep.name
            ),
            html: None,
            message_id: id,
            date: now,
            kind: "sign-in",
            week,
            unsubscribe: None,
        };
        let (mailer, rep) = (self.mailer.clone(), rep.email.clone());
        tokio::spawn(async move {
            let sent = match write(&mail, None) {
                Ok(ready) => mailer.send(&ready).await,
                Err(error) => Err(error),
            };
            if let Err(error) = sent {
                tracing::error!(rep = rep.log_id(), "a sign-in link could not be mailed: {error}");
            }
        });
    }
}
