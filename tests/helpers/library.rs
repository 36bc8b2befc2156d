//! A search index with posts in it.

use ridealong::model::{Comment, Post, PostId};
use ridealong::search::{Hits, Library, Query, Reader, SearchError};

/// An index with the texts that it was made of.
pub struct Filled {
    library: Library,
    posts: Vec<Post>,
    comments: Vec<Comment>,
}

impl Filled {
    /// Searches, and shows what was found.
    pub fn query(&self, query: &Query) -> Result<Hits, SearchError> {
        Ok(self.library.query(query)?.show(&self.posts, &self.comments))
    }
}

/// An index in memory that holds these posts.
pub fn library(posts: &[Post]) -> Filled {
    with_comments(&posts.iter().map(|post| (post.clone(), Vec::new())).collect::<Vec<_>>())
}

/// An index in memory that holds these posts with their comments.
pub fn with_comments(posts: &[(Post, Vec<Comment>)]) -> Filled {
    let library = Library::in_memory().unwrap();
    for (post, comments) in posts {
        library.upsert(post, comments).unwrap();
    }
    library.commit().unwrap();
    let (posts, comments): (Vec<Post>, Vec<Vec<Comment>>) = posts.iter().cloned().unzip();
    Filled { library, posts, comments: comments.concat() }
}

/// A rep of no team.
pub fn anyone() -> Reader {
    Reader::Of { team: None }
}

/// What a rep of no team finds.
pub fn find(library: &Filled, text: &str) -> Hits {
    library.query(&Query::new(anyone(), text)).unwrap()
}

/// The titles that a rep of no team finds, best first.
pub fn titles(library: &Filled, text: &str) -> Vec<String> {
    find(library, text).hits.into_iter().map(|hit| hit.title.text).collect()
}

/// The posts that a rep of no team finds in an index alone, best first.
pub fn ids(library: &Library, text: &str) -> Vec<PostId> {
    library.query(&Query::new(anyone(), text)).unwrap().posts
}
