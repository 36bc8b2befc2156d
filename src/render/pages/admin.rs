use super::{Frame, render};
use crate::model::{Crm, Email, Rep, Stage};
use askama::Template;

/// A page of an admin: what is so, and a form that changes it.
#[derive(Default)]
pub struct AdminPage<'a> {
    /// The heading.
    pub heading: &'a str,
    /// A line below it; may be empty.
    pub lead: &'a str,
    /// What the last act did.
    pub said: Vec<String>,
    /// What needs attention.
    pub troubles: Vec<String>,
    /// Pages below this one: address, name, what it is for.
    pub places: &'a [(&'a str, &'a str, &'a str)],
    /// What is so.
    pub tables: Vec<Table>,
    /// The form below.
    pub form: AdminForm<'a>,
}

/// A table.
pub struct Table {
    /// Its caption.
    pub name: &'static str,
    /// The heads of its columns.
    pub heads: &'static [&'static str],
    /// Its rows.
    pub rows: Vec<Vec<String>>,
}

/// The forms of the admin's pages.
#[derive(Default)]
pub enum AdminForm<'a> {
    /// None.
    #[default]
    None,
    /// Chooses a file of deals, and gives owners that nobody claims to a rep.
    Upload {
        /// Owners with how many open deals are theirs.
        unclaimed: &'a [(String, usize)],
        /// Who can take them.
        reps: &'a [Rep],
    },
    /// Imports the file that was shown.
    Confirm {
        /// The file, in base64.
        file: &'a str,
        /// The layout that was chosen.
        crm: &'a str,
        /// The order of dates that was chosen.
        dates: &'a str,
    },
    /// Reps.
    Reps(&'a [Rep]),
    /// What the CRM's stages stand for.
    Stages {
        /// The team's own mapping as text.
        own: &'a str,
        /// One row for each CRM stage of open deals.
        rows: &'a [StageRow],
    },
    /// Sends a test mail to this address.
    TestMail(&'a Email),
}

/// One CRM stage as it is mapped.
pub struct StageRow {
    /// The CRM's word.
    pub crm: &'static str,
    /// The pipeline; empty where there is only one.
    pub pipeline: String,
    /// The label.
    pub label: String,
    /// Open deals in it.
    pub deals: usize,
    /// What it stands for now.
    pub stands_for: String,
    /// By which rule.
    pub why: String,
    /// Whether the team said so itself.
    pub own: bool,
    /// Whether nothing says what it means.
    pub unmapped: bool,
    /// For an unmapped one: what it is most like.
    pub proposal: Option<String>,
    /// What is chosen in the row at first.
    pub first: Option<Stage>,
    /// The same for the second stage.
    pub second: Option<Stage>,
}

impl StageRow {
    fn is_first(&self, stage: &Stage) -> bool {
        self.first.as_ref() == Some(stage)
    }

    fn is_second(&self, stage: &Stage) -> bool {
        self.second.as_ref() == Some(stage)
    }
}

#[derive(Template)]
#[template(path = "admin.html")]
struct Page<'a> {
    frame: Frame,
    up: Option<(&'static str, &'static str)>,
    heading: &'a str,
    lead: &'a str,
    said: &'a [String],
    troubles: &'a [String],
    places: &'a [(&'a str, &'a str, &'a str)],
    tables: &'a [Table],
    form: String,
}

#[derive(Template)]
#[template(path = "admin_upload.html")]
struct Upload<'a> {
    crms: [Crm; 8],
    unclaimed: &'a [(String, usize)],
    reps: &'a [Rep],
}

#[derive(Template)]
#[template(path = "admin_confirm.html")]
struct Confirm<'a> {
    file: &'a str,
    crm: &'a str,
    dates: &'a str,
}

#[derive(Template)]
#[template(path = "admin_reps.html")]
struct Reps<'a> {
    reps: &'a [Rep],
}

#[derive(Template)]
#[template(path = "admin_stages.html")]
struct Stages<'a> {
    own: &'a str,
    rows: &'a [StageRow],
    stages: &'static [Stage],
}

/// The heading of the page above the others.
const HOME: &str = "Admin";

#[derive(Template)]
#[template(path = "admin_mail.html")]
struct TestMail<'a> {
    to: &'a Email,
}

/// A page of an admin.
pub fn admin(frame: Frame, page: &AdminPage<'_>) -> String {
    let form = match page.form {
        AdminForm::None => String::new(),
        AdminForm::Upload { unclaimed, reps } => render(&Upload { crms: Crm::ALL, unclaimed, reps }),
        AdminForm::Confirm { file, crm, dates } => render(&Confirm { file, crm, dates }),
        AdminForm::Reps(reps) => render(&Reps { reps }),
        AdminForm::Stages { own, rows } => render(&Stages { own, rows, stages: &Stage::OF_A_DEAL }),
        AdminForm::TestMail(to) => render(&TestMail { to }),
    };
    render(&Page {
        frame,
        up: (page.heading != HOME).then_some(("/admin", HOME)),
        heading: page.heading,
        lead: page.lead,
        said: &page.said,
        troubles: &page.troubles,
        places: page.places,
        tables: &page.tables,
        form,
    })
}
