use crate::model::Rep;
use serde::Serialize;
use utoipa::ToSchema;

/// A rep.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct RepShown {
    /// Address and identity.
    email: String,
    /// The name shown to people.
    name: String,
    /// What the rep may do: `rep`, `manager` or `admin`.
    role: &'static str,
    /// The team, where there are several.
    team: Option<String>,
    /// IANA zone.
    #[schema(example = "Europe/Berlin")]
    zone: String,
    /// Names under which the CRM knows the rep as an owner of deals.
    owners: Vec<String>,
}

impl From<&Rep> for RepShown {
    fn from(rep: &Rep) -> Self {
        Self {
            email: rep.email.to_string(),
            name: rep.name.clone(),
            role: rep.role.as_str(),
            team: rep.team.clone(),
            zone: rep.zone.clone(),
            owners: rep.owners.clone(),
        }
    }
}
