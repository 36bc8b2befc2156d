//! The best posts of a stage, whoever asks: what new hires read first.

use super::Index;
use crate::model::{Coverage, PostId, Stage};
use jiff::Timestamp;

/// Days after which a post's freshness counts half.
const HALF_LIFE_DAYS: f32 = 365.0;

impl Index {
    /// The posts that serve a stage best and that a rep of `team` may see, best first, at most `max`.
    ///
    /// How surely a post serves the stage comes first, then its quality; age counts little, as good advice keeps.
    pub fn best_of_stage(&self, stage: Stage, team: Option<&str>, now: Timestamp, max: usize) -> Vec<PostId> {
        let mut best: Vec<(f32, &PostId)> = self
            .of_stage(stage)
            .map(|number| &self.docs[number as usize])
            .filter(|doc| doc.alive && doc.comment.is_none() && doc.card.audience.includes(team))
            .filter_map(|doc| {
                let (_, score) = doc.stages.iter().find(|(of, _)| *of == stage)?;
                let days = now.duration_since(doc.dated_at).as_secs_f32() / 86_400.0;
                let fresh = if doc.wiki { 1.0 } else { 0.5_f32.powf(days.max(0.0) / HALF_LIFE_DAYS) };
                Some((score + 0.4 * doc.quality + 0.2 * fresh, &doc.card.post_id))
            })
            .collect();
        best.sort_by(|(a, one), (b, other)| b.total_cmp(a).then_with(|| one.cmp(other)));
        best.into_iter().take(max).map(|(_, id)| id.clone()).collect()
    }

    /// How many posts and wiki pages that a rep of `team` may see serve each stage first, in pipeline order.
    pub fn coverage(&self, team: Option<&str>) -> Vec<Coverage> {
        let mut all = Stage::OF_A_DEAL.map(|stage| Coverage { stage, posts: 0, wiki: 0 });
        let docs = self.docs.iter().filter(|doc| doc.alive && doc.comment.is_none());
        for doc in docs.filter(|doc| doc.card.audience.includes(team)) {
            let first = doc.stages.first().map(|(stage, _)| *stage);
            let Some(line) = all.iter_mut().find(|line| Some(line.stage) == first) else { continue };
            *(if doc.wiki { &mut line.wiki } else { &mut line.posts }) += 1;
        }
        all.to_vec()
    }
}
