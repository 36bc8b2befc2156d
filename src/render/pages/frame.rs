use crate::render::assets;

/// What surrounds every page.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The page's own title.
    pub title: String,
    /// The place in the navigation that is marked as the current one.
    pub here: &'static str,
    /// Who is signed in; none on the pages before that.
    pub reader: Option<Reader>,
    /// The rep's own feeds of what the page shows, for programs that look for them.
    pub feeds: Vec<FeedLink>,
}

/// A feed that a page names in its head.
#[derive(Clone, Debug)]
pub struct FeedLink {
    /// What it shows.
    pub title: String,
    /// Its path.
    pub path: String,
    /// Its media type.
    pub mime: &'static str,
}

/// Who is signed in.
#[derive(Clone, Debug)]
pub struct Reader {
    /// Their name.
    pub name: String,
    /// Whether they may change sources, reps and deals.
    pub admin: bool,
    /// Whether they may see the team's pages; an admin may.
    pub manager: bool,
}

impl Frame {
    /// The frame of a page that needs no sign-in.
    pub fn outside(title: impl Into<String>) -> Self {
        Self { title: title.into(), here: "", reader: None, feeds: Vec::new() }
    }

    /// The places of the main navigation; the search stands beside it.
    pub(super) fn places(&self) -> Vec<(&'static str, &'static str)> {
        let mut places = vec![
            ("/", "Digest"),
            ("/deals", "Deals"),
            ("/stages", "Stages"),
            ("/saved", "Saved"),
            ("/commitments", "Commitments"),
        ];
        if self.is_manager() {
            places.push(("/team", "Team"));
        }
        places
    }

    /// Whether the reader may see the team's pages.
    pub(super) fn is_manager(&self) -> bool {
        self.reader.as_ref().is_some_and(|reader| reader.manager)
    }

    /// The address of a file of the look.
    pub(super) fn asset<'p>(&self, path: &'p str) -> &'p str {
        assets::href(path)
    }
}
