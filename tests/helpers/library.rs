//! A search index with posts in it.

use ridealong::model::{Comment, Post};
use ridealong::search::{Hits, Library, Query, Reader};

/// An index in memory that holds these posts.
pub fn library(posts: &[Post]) -> Library {
    with_comments(&posts.iter().map(|post| (post.clone(), Vec::new())).collect::<Vec<_>>())
}

/// An index in memory that holds these posts with their comments.
pub fn with_comments(posts: &[(Post, Vec<Comment>)]) -> Library {
    let library = Library::in_memory().unwrap();
    for (post, comments) in posts {
        library.upsert(post, comments).unwrap();
    }
    library.commit().unwrap();
    library
}

/// A rep of no team.
pub fn anyone() -> Reader {
    Reader::Of { team: None }
}

/// What a rep of no team finds.
pub fn find(library: &Library, text: &str) -> Hits {
    library.query(&Query::new(anyone(), text)).unwrap()
}

/// The titles that a rep of no team finds, best first.
pub fn titles(library: &Library, text: &str) -> Vec<String> {
    find(library, text).hits.into_iter().map(|hit| hit.title.text).collect()
}
