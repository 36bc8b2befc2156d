use super::{ReadyMail, SendError};
use std::path::Path;

/// Writes one `.eml` file, named by week and address, so that a second copy of a mail takes the place of the first.
///
/// It is written beside its place and moved there, so nobody ever reads half a mail.
pub(super) async fn save(folder: &Path, mail: &ReadyMail) -> Result<(), SendError> {
    let later = |error: std::io::Error| {
        SendError::Later(format!("the mail folder {} cannot be written: {error}", folder.display()))
    };
    tokio::fs::create_dir_all(folder).await.map_err(later)?;
    let place = folder.join(format!("{}.eml", mail.file_stem));
    let beside = folder.join(format!(".{}.part", mail.file_stem));
    tokio::fs::write(&beside, &mail.bytes).await.map_err(later)?;
    tokio::fs::rename(&beside, &place).await.map_err(later)
}
