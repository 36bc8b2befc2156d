use serde::Deserialize;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Field {
    Id,
    Name,
    Stage,
    StageId,
    Pipeline,
    Status,
    IsClosed,
    IsWon,
    Probability,
    Amount,
    Currency,
    Owner,
    OwnerEmail,
    Account,
    Industry,
    Competitors,
    NextStep,
    Notes,
    CloseDate,
    Activity,
    StageEntered,
    Created,
    Updated,
    RottenDays,
    Url,
    Product,
}

impl Field {
    /// The field's name for people.
    pub(super) fn name(self) -> &'static str {
        match self {
            Field::Id => "id",
            Field::Name => "name",
            Field::Stage => "stage",
            Field::StageId => "stage id",
            Field::Pipeline => "pipeline",
            Field::Status => "status",
            Field::IsClosed => "closed or not",
            Field::IsWon => "won or not",
            Field::Probability => "probability",
            Field::Amount => "amount",
            Field::Currency => "currency",
            Field::Owner => "owner",
            Field::OwnerEmail => "owner's address",
            Field::Account => "account",
            Field::Industry => "industry",
            Field::Competitors => "competitors",
            Field::NextStep => "next step",
            Field::Notes => "notes",
            Field::CloseDate => "close date",
            Field::Activity => "last activity",
            Field::StageEntered => "stage entered",
            Field::Created => "created",
            Field::Updated => "updated",
            Field::RottenDays => "days until rotten",
            Field::Url => "link",
            Field::Product => "product",
        }
    }

    /// Whether its cells are dates.
    pub(super) fn is_date(self) -> bool {
        matches!(self, Field::CloseDate) || self.is_past()
    }

    /// Whether its cells are dates that cannot lie ahead.
    pub(super) fn is_past(self) -> bool {
        matches!(self, Field::Activity | Field::StageEntered | Field::Created | Field::Updated)
    }
}
