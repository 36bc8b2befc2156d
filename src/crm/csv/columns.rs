use crate::model::Crm;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

/// Header keys of every field; the first key that a file has wins. Keys are as `key` makes them.
const ALIASES: [(Field, &[&str]); 26] = [
    (
        Field::Id,
        &[
            "record_id",
            "opportunity_id",
            "deal_id",
            "id",
            "external_id",
            "opportunityid",
            "18_character_opportunity_id",
            "opportunity_number",
            "external_reference",
            "datensatz_id",
            "id_d_enregistrement",
            "id_de_registro",
            "レコードid",
            "商談id",
            "取引id",
        ],
    ),
    (
        Field::Name,
        &[
            "deal_name",
            "opportunity_name",
            "title",
            "name",
            "topic",
            "opportunity",
            "deal",
            "lead_name",
            "dealname",
            "deal_title",
            "dealname_",
            "deal_bezeichnung",
            "titel",
            "nom_de_la_transaction",
            "nom",
            "nombre_del_negocio",
            "nombre",
            "nome_do_negócio",
            "nome",
            "取引名",
            "商談名",
        ],
    ),
    (
        Field::Stage,
        &[
            "deal_stage",
            "stage",
            "stagename",
            "stage_name",
            "status_label",
            "sales_stage",
            "pipeline_stage",
            "dealstage",
            "process_stage",
            "pipeline_phase",
            "phase",
            "deal_phase",
            "verkaufsphase",
            "étape",
            "étape_de_la_transaction",
            "etapa",
            "etapa_del_negocio",
            "etapa_do_negócio",
            "fase",
            "取引ステージ",
            "ステージ",
            "フェーズ",
        ],
    ),
    (Field::StageId, &["deal_stage_id", "stage_id", "dealstage_id", "stageid"]),
    (
        Field::Pipeline,
        &["pipeline", "deal_pipeline", "pipeline_name", "sales_process", "record_type", "opportunity_record_type"],
    ),
    (Field::Status, &["status", "deal_status", "state", "statecode", "status_type", "statut", "estado", "ステータス"]),
    (Field::IsClosed, &["is_closed", "isclosed", "closed", "is_deal_closed"]),
    (Field::IsWon, &["is_closed_won", "iswon", "won", "is_won", "is_deal_won"]),
    (
        Field::Probability,
        &[
            "deal_probability",
            "probability",
            "probability_%",
            "win_probability",
            "close_probability",
            "confidence",
            "wahrscheinlichkeit",
            "probabilité",
            "probabilidad",
            "probabilidade",
            "確度",
        ],
    ),
    (
        Field::Amount,
        &[
            "amount",
            "value",
            "close_value",
            "est_revenue",
            "expected_revenue",
            "deal_value",
            "deal_amount",
            "estimated_revenue",
            "total_amount",
            "tcv",
            "acv",
            "arr",
            "amount_in_company_currency",
            "opportunity_amount",
            "betrag",
            "wert",
            "montant",
            "valeur",
            "importe",
            "monto",
            "valor",
            "金額",
        ],
    ),
    (
        Field::Currency,
        &[
            "currency",
            "currency_of_value",
            "amount_currency",
            "currency_code",
            "deal_currency",
            "deal_currency_code",
            "currencyisocode",
            "opportunity_currency",
            "währung",
            "devise",
            "moneda",
            "moeda",
            "通貨",
        ],
    ),
    (Field::OwnerEmail, &["owner_email", "deal_owner_email", "opportunity_owner_email", "rep_email", "owner_s_email"]),
    (
        Field::Owner,
        &[
            "deal_owner",
            "opportunity_owner",
            "owner",
            "owner_name",
            "sales_agent",
            "salesperson",
            "sales_rep",
            "rep",
            "ownerid",
            "owner_id",
            "account_executive",
            "assigned_to",
            "assigned_user",
            "user",
            "hubspot_owner_id",
            "besitzer",
            "zuständiger_mitarbeiter",
            "inhaber",
            "propriétaire",
            "propriétaire_de_la_transaction",
            "propietario",
            "propietario_del_negocio",
            "proprietário",
            "取引担当者",
            "所有者",
            "担当者",
        ],
    ),
    (
        Field::Account,
        &[
            "associated_company",
            "account_name",
            "organization",
            "account",
            "company",
            "company_name",
            "primary_company",
            "primary_associated_company",
            "associated_company_primary",
            "customer",
            "client",
            "potential_customer",
            "lead_company",
            "firma",
            "unternehmen",
            "kunde",
            "entreprise",
            "empresa",
            "会社名",
            "取引先名",
            "organisation",
        ],
    ),
    (
        Field::Industry,
        &[
            "industry",
            "account_industry",
            "company_industry",
            "sector",
            "vertical",
            "branche",
            "secteur",
            "industria",
            "setor",
            "業種",
        ],
    ),
    (
        Field::Competitors,
        &[
            "main_competitor_s",
            "main_competitors",
            "competitors",
            "competitor",
            "primary_competitor",
            "wettbewerber",
            "concurrent",
            "competidor",
            "concorrente",
            "競合",
        ],
    ),
    (
        Field::NextStep,
        &[
            "next_step",
            "next_steps",
            "nextstep",
            "next_action",
            "next_activity_subject",
            "nächster_schritt",
            "prochaine_étape",
            "próximo_paso",
            "próximo_passo",
            "次のステップ",
        ],
    ),
    (
        Field::Notes,
        &[
            "notes",
            "deal_description",
            "description",
            "note",
            "comments",
            "comment",
            "deal_notes",
            "opportunity_description",
            "notizen",
            "beschreibung",
            "notas",
            "備考",
            "説明",
        ],
    ),
    (
        Field::CloseDate,
        &[
            "close_date",
            "expected_close_date",
            "closedate",
            "est_close_date",
            "estimated_close_date",
            "expected_closing",
            "close_on",
            "closing_date",
            "forecast_close_date",
            "won_time",
            "abschlussdatum",
            "erwartetes_abschlussdatum",
            "date_de_fermeture",
            "date_de_clôture",
            "fecha_de_cierre",
            "data_de_fechamento",
            "クローズ日",
            "完了予定日",
        ],
    ),
    (
        Field::Activity,
        &[
            "last_activity_date",
            "last_activity",
            "last_contacted",
            "last_activity_on",
            "notes_last_updated",
            "last_contact",
            "last_contact_date",
            "lastactivitydate",
            "letzte_aktivität",
            "dernière_activité",
            "última_actividad",
            "última_atividade",
            "最終活動日",
        ],
    ),
    (
        Field::StageEntered,
        &[
            "stage_entered_at",
            "date_entered_current_stage",
            "hs_v2_date_entered_current_stage",
            "last_stage_change",
            "last_stage_change_date",
            "stage_change_date",
            "last_stage_changed",
            "stage_entered",
            "engage_date",
        ],
    ),
    (
        Field::Created,
        &[
            "create_date",
            "created_date",
            "deal_created",
            "created",
            "created_on",
            "date_created",
            "createddate",
            "add_time",
            "erstellungsdatum",
            "erstellt_am",
            "date_de_création",
            "fecha_de_creación",
            "data_de_criação",
            "作成日",
        ],
    ),
    (
        Field::Updated,
        &[
            "last_modified_date",
            "last_modified",
            "update_time",
            "updated",
            "updated_on",
            "modified_on",
            "hs_lastmodifieddate",
            "lastmodifieddate",
            "date_updated",
            "geändert_am",
            "最終更新日",
        ],
    ),
    (Field::RottenDays, &["rotten_days", "rot_days"]),
    (Field::Url, &["url", "link", "deal_url", "record_url", "deal_link", "opportunity_url"]),
    (Field::Product, &["product", "product_name", "products"]),
];

/// A header as it is compared: lower case, without the prefixes that Pipedrive puts before every column, words joined by `_`.
pub(super) fn key(header: &str) -> String {
    let lower = header.trim().to_lowercase();
    let bare = ["deal - ", "organization - ", "organisation - ", "person - "]
        .iter()
        .find_map(|prefix| lower.strip_prefix(prefix));
    let mut key = String::new();
    for c in bare.unwrap_or(&lower).chars() {
        if c.is_alphanumeric() {
            key.push(c);
        } else if !key.is_empty() && !key.ends_with('_') {
            key.push('_');
        }
    }
    key.trim_end_matches('_').to_owned()
}

/// Which column holds which field.
pub(super) struct Columns {
    pub(super) headers: Vec<String>,
    pub(super) fields: Vec<Option<Field>>,
}

impl Columns {
    /// Reads the header. Of several columns for one field the one whose key stands first among the aliases wins; columns
    /// about persons are never read.
    pub(super) fn of(headers: Vec<String>) -> Self {
        let lower: Vec<String> = headers.iter().map(|header| header.trim().to_lowercase()).collect();
        let keys: Vec<String> = headers.iter().map(|header| key(header)).collect();
        let mut fields = vec![None; headers.len()];
        for (field, aliases) in ALIASES {
            // Pipedrive repeats `Name` and `Owner` for organisations and persons; only the deal's own count.
            let usable = |at: usize| match lower[at].split_once(" - ").map(|(prefix, _)| prefix) {
                Some("person") => false,
                Some("organization" | "organisation") => matches!(field, Field::Industry),
                _ => true,
            };
            let found = aliases
                .iter()
                .find_map(|alias| (0..keys.len()).find(|&at| keys[at] == *alias && fields[at].is_none() && usable(at)));
            if let Some(at) = found {
                fields[at] = Some(field);
            }
        }
        Self { headers, fields }
    }

    /// The column of a field.
    pub(super) fn at(&self, field: Field) -> Option<usize> {
        self.fields.iter().position(|found| *found == Some(field))
    }

    /// Whose export it is, by headers that only one CRM writes; a majority decides.
    pub(super) fn layout(&self) -> Crm {
        const SIGNS: [(Crm, &[&str]); 5] = [
            (
                Crm::Hubspot,
                &[
                    "record_id",
                    "deal_name",
                    "deal_stage",
                    "deal_owner",
                    "associated_company",
                    "deal_probability",
                    "deal_description",
                ],
            ),
            (
                Crm::Salesforce,
                &[
                    "opportunity_name",
                    "opportunity_owner",
                    "stagename",
                    "opportunity_id",
                    "account_name",
                    "main_competitor_s",
                    "ownerid",
                    "closedate",
                    "isclosed",
                    "age",
                ],
            ),
            (Crm::Dynamics, &["topic", "est_revenue", "est_close_date", "potential_customer", "statecode"]),
            (Crm::Odoo, &["salesperson", "expected_revenue", "expected_closing", "opportunity"]),
            (Crm::Close, &["lead_name", "status_label", "status_type", "confidence"]),
        ];
        if self.headers.iter().filter(|header| header.trim().to_lowercase().starts_with("deal - ")).count() >= 2 {
            return Crm::Pipedrive;
        }
        let keys: Vec<String> = self.headers.iter().map(|header| key(header)).collect();
        let score = |signs: &[&str]| signs.iter().filter(|sign| keys.iter().any(|key| key == **sign)).count();
        let best = SIGNS.iter().rev().max_by_key(|(_, signs)| score(signs));
        best.filter(|(_, signs)| score(signs) >= 2).map_or(Crm::Generic, |(crm, _)| *crm)
    }
}
