//! Wishes for mails: pages take them down, the mail job fulfils them, in this process or another.
//!
//! They are settings of the installation, one of each kind and rep, so a second press of the button changes nothing
//! and a crash loses none.

use super::{Record, RecordKind, Result, Setting, Store, StoreError};
use crate::model::{AskedMail, Email, MailAnswer, MailAsk};
use serde::Serialize;
use serde::de::DeserializeOwned;

const ASK: &str = "mail-ask:";
const ANSWER: &str = "mail-answer:";

fn name(start: &str, what: AskedMail, rep: &Email) -> String {
    format!("{start}{}:{rep}", what.as_str())
}

fn written<T: Serialize>(name: String, value: &T) -> Result<Record> {
    let value = serde_json::to_string(value).map_err(|error| StoreError::Failed(error.to_string()))?;
    Ok(Record::Setting(Setting { name, value }))
}

/// A value that an older or newer version wrote otherwise is as good as none.
fn read<T: DeserializeOwned>(value: &str) -> Option<T> {
    serde_json::from_str(value).ok()
}

impl dyn Store {
    /// Takes a wish down, and forgets what came of the one before.
    pub async fn ask_mail(&self, ask: &MailAsk) -> Result<()> {
        let old = Record::Setting(Setting { name: name(ANSWER, ask.what, &ask.rep), value: String::new() }).key();
        self.save_records(vec![written(name(ASK, ask.what, &ask.rep), ask)?], vec![old]).await
    }

    /// The wish of a rep that is not fulfilled yet.
    pub async fn find_mail_ask(&self, rep: &Email, what: AskedMail) -> Result<Option<MailAsk>> {
        Ok(self.find_setting(&name(ASK, what, rep)).await?.as_deref().and_then(read))
    }

    /// Every wish that is not fulfilled yet.
    pub async fn list_mail_asks(&self) -> Result<Vec<MailAsk>> {
        let settings = self.list_all(RecordKind::Setting, None).await?;
        let asks = settings.into_iter().filter_map(|record| match record {
            Record::Setting(setting) if setting.name.starts_with(ASK) => read(&setting.value),
            _ => None,
        });
        Ok(asks.collect())
    }

    /// Writes down what came of a wish, in its place.
    pub async fn answer_mail(&self, ask: &MailAsk, answer: &MailAnswer) -> Result<()> {
        let done = Record::Setting(Setting { name: name(ASK, ask.what, &ask.rep), value: String::new() }).key();
        self.save_records(vec![written(name(ANSWER, ask.what, &ask.rep), answer)?], vec![done]).await
    }

    /// What came of the last wish of a rep.
    pub async fn find_mail_answer(&self, rep: &Email, what: AskedMail) -> Result<Option<MailAnswer>> {
        Ok(self.find_setting(&name(ANSWER, what, rep)).await?.as_deref().and_then(read))
    }
}
