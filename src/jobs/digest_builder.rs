//! The desk as the builder of the mail's digest: the very one that the page shows.

use super::send_digests::DigestBuilder;
use crate::desk::Desk;
use crate::model::{Digest, IsoWeek, Rep};
use async_trait::async_trait;

#[async_trait]
impl DigestBuilder for Desk {
    async fn build(&self, rep: &Rep, week: IsoWeek) -> anyhow::Result<Digest> {
        Ok(self.stored_or_built(rep, week).await?)
    }
}
