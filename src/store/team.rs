//! What holds for a team, and what admins did.

use super::{Record, RecordKind, Result, Store, random_id};
use crate::model::{AdminAct, Email, TeamSettings};
use jiff::Timestamp;

/// The setting of a team; reps without a team share the one without a name.
fn setting_of(team: Option<&str>) -> String {
    format!("team:{}", team.unwrap_or_default())
}

impl dyn Store {
    /// What holds for a team. A value that cannot be read any more counts as none.
    pub async fn find_team(&self, team: Option<&str>) -> Result<TeamSettings> {
        let value = self.find_setting(&setting_of(team)).await?;
        Ok(value.and_then(|value| serde_json::from_str(&value).ok()).unwrap_or_default())
    }

    /// Saves what holds for a team.
    pub async fn save_team(&self, team: Option<&str>, settings: &TeamSettings) -> Result<()> {
        let value = serde_json::to_string(settings).map_err(|error| super::StoreError::Failed(error.to_string()))?;
        self.save_setting(&setting_of(team), value).await
    }

    /// Notes what an admin did.
    pub async fn log_admin_act(&self, at: Timestamp, by: &Email, what: String) -> Result<()> {
        let since_1970 = u64::try_from(at.as_millisecond()).unwrap_or_default();
        let id = format!("{:016x}-{}", u64::MAX - since_1970, random_id());
        self.save(Record::AdminAct(AdminAct { id, at, by: by.clone(), what })).await
    }

    /// The newest things that admins did, newest first, at most `max`.
    pub async fn list_admin_acts(&self, max: usize) -> Result<Vec<AdminAct>> {
        let page = self.list_records(RecordKind::AdminAct, None, None, max).await?;
        let acts = page.into_iter().filter_map(|record| match record {
            Record::AdminAct(act) => Some(act),
            _ => None,
        });
        Ok(acts.collect())
    }
}
