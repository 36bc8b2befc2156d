//! The desk as the builder that pages ask.

use super::context::Builder;
use crate::desk::Desk;
use crate::model::{Coverage, Digest, IsoWeek, Post, Rep, SourceSet, Stage};
use crate::store;
use async_trait::async_trait;
use std::sync::Arc;

#[async_trait]
impl Builder for Desk {
    async fn build(&self, rep: &Rep, week: IsoWeek) -> store::Result<Digest> {
        Desk::build(self, rep, week).await
    }

    async fn library(&self, stage: Stage, rep: &Rep, max: usize) -> store::Result<Vec<Post>> {
        Desk::library(self, stage, rep, max).await
    }

    fn coverage(&self, team: Option<&str>) -> Vec<Coverage> {
        Desk::coverage(self, team)
    }

    fn version(&self) -> Option<u64> {
        Some(Desk::version(self))
    }

    fn sources(&self) -> Arc<SourceSet> {
        Desk::sources(self)
    }
}
