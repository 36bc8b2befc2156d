//! Posts as a crawl hands them to the store.

use ridealong::model::Post;
use ridealong::store::KeyedPost;

/// A post with the eight keys that a crawl gives it.
pub fn keyed(post: Post) -> KeyedPost {
    let bands = (0..4).map(|band| format!("near:{band}:{:04x}", (post.simhash >> (16 * band)) as u16));
    let own = [format!("guid:{}", post.id), format!("url:{}", post.url), format!("text:{:x}", post.simhash)];
    let keys = own.into_iter().chain(bands).chain(post.guid.clone()).collect();
    KeyedPost { post, keys }
}
