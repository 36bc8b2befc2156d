//! Sources that are no single document: wikis in folders, in git, behind an API, and folders of mail.

use super::asking::Told;
use super::crawler::Crawler;
use super::health::{self, Trouble};
use super::maildir;
use super::reading::Reading;
use super::wiki::{self, WikiError, WikiPage, confluence, folder, git, mediawiki};
use crate::model::{Health, Post, Source, SourceKind, SourceState};
use crate::net;
use jiff::Timestamp;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use twox_hash::XxHash3_64;
use url::Url;

/// Pages read of one wiki behind an API.
const PAGES_MAX: usize = 2_000;

/// Where a source is kept, other than in one document of the web.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A folder on this machine.
    Folder(PathBuf),
    /// A git repository.
    Git(String),
    /// The API of a MediaWiki.
    MediaWiki(Url),
    /// A Confluence, with the key of a space.
    Confluence(Url, Option<String>),
    /// A folder of mail.
    Mails(PathBuf),
}

/// The place of a source; none for a source that is one document.
pub(super) fn of_source(source: &Source) -> Option<Place> {
    let text = source.url.trim();
    let url = Url::parse(text).ok();
    let on_disk = match &url {
        Some(url) if url.scheme() == "file" => url.to_file_path().ok(),
        Some(_) => None,
        None => Some(PathBuf::from(text)),
    };
    match (source.kind, on_disk, url) {
        (SourceKind::Maildir, Some(folder), _) => Some(Place::Mails(folder)),
        (SourceKind::Wiki, Some(folder), _) => Some(Place::Folder(folder)),
        (SourceKind::Wiki, None, Some(url)) => Some(of_wiki_address(url)),
        _ => None,
    }
}

fn of_wiki_address(url: Url) -> Place {
    if matches!(url.scheme(), "ssh" | "git") || url.path().ends_with(".git") {
        return Place::Git(url.to_string());
    }
    if url.path().ends_with("api.php") {
        return Place::MediaWiki(url);
    }
    let parts: Vec<&str> = url.path_segments().into_iter().flatten().collect();
    let space = parts.iter().position(|part| *part == "spaces" || *part == "display").and_then(|at| parts.get(at + 1));
    let space = space.map(|space| (*space).to_owned());
    let root = parts.iter().position(|part| *part == "spaces" || *part == "display").unwrap_or(parts.len());
    let mut site = url.clone();
    site.set_path(&parts[..root].join("/"));
    site.set_query(None);
    Place::Confluence(site, space)
}

impl Crawler {
    /// Reads such a source; none where nothing has changed since `state`.
    pub(super) async fn read_place(
        &self,
        source: &Source,
        state: &mut SourceState,
        place: Place,
    ) -> Result<Option<Reading>, Trouble> {
        let now = self.now();
        let mut present = None;
        let posts = match place {
            Place::Folder(root) => self.posts_of_folder(source, state, root, now).await?,
            Place::Git(address) => {
                let root = self.0.settings.wikis.join(source.id.as_str());
                self.judge_git(source, &address)?;
                std::fs::create_dir_all(&self.0.settings.wikis).map_err(|error| {
                    Trouble::new(Health::Unreachable, format!("no room for the wiki's copy: {error}"))
                })?;
                git::fetch(&address, &root).await.map_err(of_wiki_error)?;
                self.posts_of_folder(source, state, root, now).await?
            }
            Place::MediaWiki(api) => {
                let (posts, titles) = self.posts_of_mediawiki(source, state, &api).await?;
                present = titles;
                Some(posts)
            }
            Place::Confluence(site, space) => Some(self.posts_of_confluence(source, &site, space.as_deref()).await?),
            Place::Mails(root) => self.posts_of_mails(source, state, root, now).await?,
        };
        if source.kind == SourceKind::Wiki && present.is_none() {
            // These readers give every page that there is; an empty place is a disk that is not mounted, not a decision.
            let whole = posts.as_ref().filter(|posts| !posts.is_empty() && posts.len() < PAGES_MAX);
            present = whole.map(|posts| posts.iter().filter_map(|post| post.guid.clone()).collect());
        }
        Ok(posts.map(|posts| Reading {
            told: Told {
                posts: posts.iter().map(|post| (post.published_at.or(post.updated_at), post.title.clone())).collect(),
                ..Told::default()
            },
            posts,
            comments: Vec::new(),
            present,
        }))
    }

    async fn posts_of_folder(
        &self,
        source: &Source,
        state: &mut SourceState,
        root: PathBuf,
        now: Timestamp,
    ) -> Result<Option<Vec<Post>>, Trouble> {
        let files = aside(move || folder::load(&root).map_err(of_wiki_error)).await?;
        let parts = files.iter().flat_map(|file| [file.path.as_bytes(), file.text.as_bytes()]);
        if is_unchanged(state, parts) {
            return Ok(None);
        }
        let source = source.clone();
        let posts = aside(move || {
            let pages = wiki::pages(&files, None);
            Ok(pages.iter().map(|page| wiki::assemble(&source, page, now)).collect())
        });
        posts.await.map(Some)
    }

    async fn posts_of_mails(
        &self,
        source: &Source,
        state: &mut SourceState,
        root: PathBuf,
        now: Timestamp,
    ) -> Result<Option<Vec<Post>>, Trouble> {
        let mails = aside(move || maildir::load(&root).map_err(|error| of_no_folder(&root, &error))).await?;
        if is_unchanged(state, mails.iter().map(Vec::as_slice)) {
            return Ok(None);
        }
        let source = source.clone();
        let posts = aside(move || Ok(mails.iter().filter_map(|mail| maildir::assemble(&source, mail, now)).collect()));
        posts.await.map(Some)
    }

    /// The pages that changed since the wiki was last read well, and the identities of all.
    async fn posts_of_mediawiki(
        &self,
        source: &Source,
        state: &SourceState,
        api: &Url,
    ) -> Result<(Vec<Post>, Option<HashSet<String>>), Trouble> {
        let (mut posts, mut after, mut seen) = (Vec::new(), None::<String>, 0);
        let mut present = HashSet::new();
        loop {
            let address = mediawiki::list_address(api, after.as_deref());
            let answer = self.visit_listed(source, &address, net::ACCEPT_JSON).await?;
            let (listed, next) = mediawiki::list(&answer.body).map_err(of_wiki_error)?;
            seen += listed.len();
            present.extend(listed.iter().map(|page| page.title.clone()));
            for page in listed.iter().filter(|page| page.changed_at.is_none_or(|at| Some(at) > state.last_good_at)) {
                let answer =
                    self.visit_listed(source, &mediawiki::page_address(api, &page.title), net::ACCEPT_JSON).await?;
                // A page that was deleted since it was listed is left out.
                posts.extend(mediawiki::page(&answer.body, page, api).ok().map(|page| self.assemble(source, &page)));
            }
            match next {
                Some(next) if seen < PAGES_MAX && Some(&next) != after.as_ref() => after = Some(next),
                _ => return Ok((posts, Some(present).filter(|all| !all.is_empty() && seen < PAGES_MAX))),
            }
        }
    }

    async fn posts_of_confluence(
        &self,
        source: &Source,
        site: &Url,
        space: Option<&str>,
    ) -> Result<Vec<Post>, Trouble> {
        let mut posts = Vec::new();
        let mut next = confluence::list_address(site, space);
        while let Some(address) = next.take() {
            let answer = self.visit_listed(source, &address, net::ACCEPT_JSON).await?;
            let (pages, more) = confluence::list(&answer.body, site).map_err(of_wiki_error)?;
            posts.extend(pages.iter().map(|page| self.assemble(source, page)));
            next = more.filter(|more| *more != address && posts.len() < PAGES_MAX);
        }
        Ok(posts)
    }

    fn assemble(&self, source: &Source, page: &WikiPage) -> Post {
        wiki::assemble(source, page, self.now())
    }

    /// The guard before a repository over http: its address is judged as any other. Other transports are the
    /// administrator's own keys and hosts.
    fn judge_git(&self, source: &Source, address: &str) -> Result<(), Trouble> {
        match Url::parse(address) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => {
                net::guard::judge(&url, &source.allow_net).map_err(|refusal| health::of_error(&refusal.into()))
            }
            _ => Ok(()),
        }
    }
}

/// Work on files, off the threads that serve the network.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T, Trouble> + Send + 'static) -> Result<T, Trouble> {
    let stopped = |_| Err(Trouble::new(Health::Unreachable, "the program was stopped while reading it"));
    tokio::task::spawn_blocking(work).await.unwrap_or_else(stopped)
}

/// Whether files are as they were when `state` was made; remembers them.
fn is_unchanged<'a>(state: &mut SourceState, parts: impl Iterator<Item = &'a [u8]>) -> bool {
    // Each part seeds the next, so that what moves from one file to another counts as a change.
    let hash = parts.fold(0, XxHash3_64::oneshot_with_seed);
    let hash = Some(format!("{hash:016x}"));
    let same = state.body_hash == hash && state.health.is_good();
    state.body_hash = hash;
    same
}

fn of_wiki_error(error: WikiError) -> Trouble {
    let health = if matches!(error, WikiError::Answer(_)) { Health::NotAFeed } else { Health::Unreachable };
    Trouble::new(health, error.to_string())
}

fn of_no_folder(folder: &Path, error: &std::io::Error) -> Trouble {
    let cause = format!("the folder {} cannot be read ({error}); correct url in sources.yaml", folder.display());
    Trouble::new(Health::Unreachable, cause)
}
