//! Posts that can be picked, with their texts at hand.

use crate::helpers::make::now;
use ridealong::model::{Comment, Deal, DealPicks, Pick, Post, PostId};
use ridealong::pick::{Case, Index, Texts, Weights, choose, rank};

#[derive(Default)]
pub struct Shelf {
    pub index: Index,
    posts: Vec<Post>,
    comments: Vec<Comment>,
}

impl Shelf {
    pub fn of(posts: &[Post]) -> Self {
        let mut shelf = Self::default();
        posts.iter().for_each(|post| shelf.put(post, &[]));
        shelf
    }

    pub fn put(&mut self, post: &Post, comments: &[Comment]) {
        self.index.upsert(post, comments);
        self.posts.retain(|known| known.id != post.id);
        self.comments.retain(|known| known.post_id != post.id);
        self.posts.push(post.clone());
        self.comments.extend_from_slice(comments);
    }

    pub fn picks(&self, case: &Case<'_>) -> Vec<DealPicks> {
        self.picks_from(case, &self.posts)
    }

    fn picks_from(&self, case: &Case<'_>, posts: &[Post]) -> Vec<DealPicks> {
        let texts = Texts::of(posts, &self.comments);
        choose(&self.index, case).into_iter().map(|choice| choice.explained(&texts)).collect()
    }

    pub fn rank(&self, deal: &Deal, max: usize) -> Vec<Pick> {
        let texts = Texts::of(&self.posts, &self.comments);
        rank(&self.index, deal, now(), max, &Weights::SHIPPED).picks(&texts)
    }

    /// What is picked where a post is removed from the store between choosing and reading it.
    pub fn picks_without(&self, case: &Case<'_>, gone: &PostId) -> Vec<DealPicks> {
        let left: Vec<Post> = self.posts.iter().filter(|post| post.id != *gone).cloned().collect();
        self.picks_from(case, &left)
    }
}
