//! Backups: one compressed file of JSON lines that proves itself whole.
//!
//! The first line says what the file is, then comes one line for each source's state, post (with keys and comments)
//! and record. After each page a line carries the SHA-256 of everything before it, so damage is told by line; the
//! last line carries the counts as well, so a file without it is not whole. Everything is zstd-compressed.
//!
//! A backup is taken while the program runs. Each line is one value as it was kept at one instant; a post or record
//! that is written during the backup is in it as it was before or after, and the places of deals are read until two
//! readings agree. Secrets are left out, see [`Item::is_secret`]; the file is readable by its owner only.

use super::codec::{self, SCHEMA};
use super::copy::{Counts, Export, Item, import};
use super::{RecordKind, Result, Store, StoreError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// The layout of the file.
const FORMAT: u32 = 1;

/// zstd's own default: half the size of level 1 for English text, still faster than a disk.
const ZSTD_LEVEL: i32 = 3;

/// The longest line that is read back, in bytes; one post with all its comments.
const LINE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Items that are imported at once.
const PAGE: usize = 100;

/// How the names of backups begin and end; between them stands the instant.
const NAME_START: &str = "ridealong-";
const NAME_END: &str = ".ndjson.zst";

/// How many backups stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Days of which the newest backup stays.
    pub days: usize,
    /// Weeks of which the newest backup stays.
    pub weeks: usize,
}

impl Default for Retention {
    fn default() -> Self {
        Self { days: 7, weeks: 5 }
    }
}

/// What the first line says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The layout of the file.
    pub format: u32,
    /// The schema of its values.
    pub schema: u8,
    /// When it was begun.
    pub made_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line<T> {
    Backup(Header),
    Item(T),
    Sum { sha256: String },
    End { counts: Counts, sha256: String },
}

/// A backup that was read from its first to its last line and is whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Backup {
    /// Where it is.
    pub file: PathBuf,
    /// When it was begun.
    pub made_at: Timestamp,
    /// What it holds.
    pub counts: Counts,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Writes everything but secrets to a file, reads it back, and only then gives it its name.
///
/// # Errors
/// The store or the file fails; an earlier file of this name is left as it was.
pub async fn save(store: &dyn Store, file: &Path, now: Timestamp) -> Result<Backup> {
    let part = file.with_extension("part");
    let written = write_part(store, &part, now).await;
    let finished = match written {
        Ok(()) => {
            let (part, file) = (part.clone(), file.to_owned());
            off_thread(move || {
                let backup = verify(&part)?;
                std::fs::rename(&part, &file).map_err(|error| file_error(&file, &error))?;
                sync_folder_of(&file);
                Ok(Backup { file, ..backup })
            })
            .await
        }
        Err(error) => Err(error),
    };
    if finished.is_err() {
        // It is of no use; where it cannot be removed the next backup overwrites it.
        let _ = std::fs::remove_file(&part);
    }
    finished
}

async fn write_part(store: &dyn Store, part: &Path, now: Timestamp) -> Result<()> {
    let place = part.to_owned();
    let header = Header { format: FORMAT, schema: SCHEMA, made_at: now };
    let mut writer = off_thread(move || Writer::create(&place, header)).await?;
    let mut export = Export::new(store);
    while let Some(page) = export.next_page().await? {
        writer = off_thread(move || {
            writer.page(&page)?;
            Ok(writer)
        })
        .await?;
    }
    off_thread(move || writer.finish()).await
}

struct Writer {
    place: PathBuf,
    out: zstd::stream::write::Encoder<'static, BufWriter<File>>,
    hash: Sha256,
    counts: Counts,
}

impl Writer {
    fn create(place: &Path, header: Header) -> Result<Self> {
        let failed = |error: io::Error| file_error(place, &error);
        if let Some(folder) = place.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let file = for_owner_only().open(place).map_err(failed)?;
        let out = zstd::stream::write::Encoder::new(BufWriter::new(file), ZSTD_LEVEL).map_err(failed)?;
        let mut writer = Self { place: place.to_owned(), out, hash: Sha256::new(), counts: Counts::default() };
        writer.line(&Line::<()>::Backup(header))?;
        Ok(writer)
    }

    fn page(&mut self, items: &[Item]) -> Result<()> {
        for item in items.iter().filter(|item| !item.is_secret()) {
            self.counts.add(item);
            self.line(&Line::Item(item))?;
        }
        let sha256 = hex(&self.hash);
        self.line(&Line::<()>::Sum { sha256 })
    }

    fn finish(mut self) -> Result<()> {
        let sha256 = hex(&self.hash);
        let counts = self.counts;
        self.line(&Line::<()>::End { counts, sha256 })?;
        let place = self.place;
        let file = self.out.finish().and_then(|buffer| buffer.into_inner().map_err(io::IntoInnerError::into_error));
        file.and_then(|file| file.sync_all()).map_err(|error| file_error(&place, &error))
    }

    fn line<T: Serialize>(&mut self, line: &Line<T>) -> Result<()> {
        let mut json = serde_json::to_vec(line).map_err(|error| StoreError::Failed(error.to_string()))?;
        json.push(b'\n');
        self.hash.update(&json);
        self.out.write_all(&json).map_err(|error| file_error(&self.place, &error))
    }
}

/// Reads a backup from its first to its last line.
///
/// # Errors
/// It is not a backup, not whole, or of a newer version; where it is damaged, the line is named.
pub fn verify(file: &Path) -> Result<Backup> {
    let mut reader = Reader::open(file)?;
    while reader.next_item()?.is_some() {}
    let bytes = std::fs::metadata(file).map_err(|error| file_error(file, &error))?.len();
    Ok(Backup { file: file.to_owned(), made_at: reader.header.made_at, counts: reader.counts, bytes })
}

/// Reads a whole backup into a store, which should be empty; first all of it is verified.
///
/// # Errors
/// As for `verify`, before anything is written; then whatever the store says.
pub async fn load(file: &Path, store: &dyn Store) -> Result<Backup> {
    let place = file.to_owned();
    let (backup, mut reader) = off_thread(move || Ok((verify(&place)?, Reader::open(&place)?))).await?;
    loop {
        let page;
        (reader, page) = off_thread(move || {
            let mut page = Vec::with_capacity(PAGE);
            while page.len() < PAGE
                && let Some(item) = reader.next_item()?
            {
                page.push(item);
            }
            Ok((reader, page))
        })
        .await?;
        if page.is_empty() {
            break;
        }
        import(store, page).await?;
    }
    store.flush().await?;
    Ok(backup)
}

/// The backups in a folder, newest first.
pub fn list(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut backups: Vec<_> = files.filter(|file| made_on(file).is_some()).collect();
    backups.sort_by(|a, b| b.file_name().cmp(&a.file_name()));
    backups
}

/// Makes a backup under the name of its instant and then removes old ones: the newest of each of the last days stay,
/// and the newest of each of the last weeks. Secrets go to a file of their own, which belongs on no other machine.
///
/// # Errors
/// As for [`save`]; nothing is removed then.
pub async fn nightly(
    store: &dyn Store,
    places: &super::recovery::Places,
    keep: Retention,
    now: Timestamp,
) -> Result<Backup> {
    save_secrets(store, &places.secrets).await?;
    let file = places.backups.join(format!("{NAME_START}{}{NAME_END}", file_time(now)));
    let backup = save(store, &file, now).await?;
    let folder = places.backups.clone();
    off_thread(move || {
        for file in outdated(&list(&folder), keep) {
            std::fs::remove_file(&file).map_err(|error| file_error(&file, &error))?;
        }
        Ok(())
    })
    .await?;
    Ok(backup)
}

/// Of backups, newest first, those that are not worth their room any more.
fn outdated(newest_first: &[PathBuf], keep: Retention) -> Vec<PathBuf> {
    let (mut days, mut weeks) = (Vec::new(), Vec::new());
    let mut outdated = Vec::new();
    for file in newest_first {
        let Some(day) = made_on(file) else { continue };
        let week = day.iso_week_date();
        let week = (week.year(), week.week());
        let new_day = !days.contains(&day) && days.len() < keep.days;
        let new_week = !weeks.contains(&week) && weeks.len() < keep.weeks;
        if new_day {
            days.push(day);
        }
        if new_week {
            weeks.push(week);
        }
        if !new_day && !new_week {
            outdated.push(file.clone());
        }
    }
    outdated
}

/// The instant in a backup's name.
pub fn made_at(file: &Path) -> Option<Timestamp> {
    let name = file.file_name()?.to_str()?.strip_prefix(NAME_START)?.strip_suffix(NAME_END)?;
    let (day, time) = name.strip_suffix('Z')?.split_once('T')?;
    format!("{day}T{}Z", time.replace('-', ":")).parse().ok()
}

/// The day in a backup's name.
fn made_on(file: &Path) -> Option<jiff::civil::Date> {
    let name = file.file_name()?.to_str()?.strip_prefix(NAME_START)?.strip_suffix(NAME_END)?;
    name.get(..10)?.parse().ok()
}

/// An instant as part of a file name.
pub(super) fn file_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H-%M-%SZ").to_string()
}

/// Saves what backups leave out to a file that only its owner may read.
///
/// # Errors
/// The store or the file fails.
pub async fn save_secrets(store: &dyn Store, file: &Path) -> Result<()> {
    let mut lines = Vec::new();
    for kind in [RecordKind::Setting, RecordKind::Token] {
        for record in store.list_all(kind, None).await? {
            let item = Item::Record(record);
            if item.is_secret() {
                serde_json::to_writer(&mut lines, &item).map_err(|error| StoreError::Failed(error.to_string()))?;
                lines.push(b'\n');
            }
        }
    }
    let file = file.to_owned();
    off_thread(move || {
        let part = file.with_extension("part");
        let write = || {
            if let Some(folder) = file.parent() {
                std::fs::create_dir_all(folder)?;
            }
            let mut out = for_owner_only().open(&part)?;
            out.write_all(&lines)?;
            out.sync_all()?;
            std::fs::rename(&part, &file)
        };
        write().map_err(|error| file_error(&file, &error))?;
        sync_folder_of(&file);
        Ok(())
    })
    .await
}

/// Reads saved secrets into a store. Lines that cannot be read are left out: people sign in again.
///
/// # Errors
/// The store fails.
pub(super) async fn load_secrets(file: &Path, store: &dyn Store) -> Result<()> {
    let lines = std::fs::read_to_string(file).unwrap_or_default();
    let items = lines.lines().filter_map(|line| serde_json::from_str::<Item>(line).ok());
    import(store, items.filter(Item::is_secret).collect()).await
}

struct Reader {
    place: PathBuf,
    lines: BufReader<zstd::stream::read::Decoder<'static, BufReader<File>>>,
    line: Vec<u8>,
    number: u64,
    header: Header,
    ended: bool,
    hash: Sha256,
    counts: Counts,
}

impl Reader {
    fn open(file: &Path) -> Result<Self> {
        let opened = File::open(file).map_err(|error| file_error(file, &error))?;
        let decoder = zstd::stream::read::Decoder::new(opened).map_err(|error| file_error(file, &error))?;
        let mut reader = Self {
            place: file.to_owned(),
            lines: BufReader::new(decoder),
            line: Vec::new(),
            number: 0,
            header: Header { format: FORMAT, schema: SCHEMA, made_at: Timestamp::UNIX_EPOCH },
            ended: false,
            hash: Sha256::new(),
            counts: Counts::default(),
        };
        match reader.next_line() {
            Ok(Line::Backup(header)) => reader.header = header,
            _ => return Err(reader.damaged("it does not begin like a backup")),
        }
        let Header { format, schema, .. } = reader.header;
        if format > FORMAT || schema > SCHEMA {
            let place = file.display().to_string();
            return Err(StoreError::Newer { place, found: schema.into(), known: SCHEMA.into() });
        }
        Ok(reader)
    }

    /// The next item; none after a whole end.
    fn next_item(&mut self) -> Result<Option<Item>> {
        while !self.ended {
            let before = self.hash.clone();
            match self.next_line()? {
                Line::Item(item) => {
                    self.counts.add(&item);
                    return Ok(Some(item));
                }
                Line::Sum { sha256 } if sha256 == hex(&before) => {}
                Line::End { counts, sha256 } if sha256 == hex(&before) && counts == self.counts => {
                    self.ended = true;
                    if self.lines.read(&mut [0]).unwrap_or(1) > 0 {
                        return Err(self.damaged("something follows its end"));
                    }
                }
                Line::Sum { .. } | Line::End { .. } => return Err(self.damaged("its checksum does not fit")),
                Line::Backup(_) => return Err(self.damaged("it begins twice")),
            }
        }
        Ok(None)
    }

    fn next_line(&mut self) -> Result<Line<Item>> {
        self.line.clear();
        self.number += 1;
        let read = (&mut self.lines).take(LINE_BYTES_MAX).read_until(b'\n', &mut self.line);
        read.map_err(|error| self.damaged(&error.to_string()))?;
        if self.line.last() != Some(&b'\n') {
            return Err(self.damaged("it ends in the middle"));
        }
        self.hash.update(&self.line);
        let line = match self.header.schema {
            SCHEMA => serde_json::from_slice(&self.line),
            older => serde_json::from_slice(&self.line).and_then(|line| upgraded(line, older)),
        };
        line.map_err(|error| self.damaged(&error.to_string()))
    }

    fn damaged(&self, cause: &str) -> StoreError {
        let cause = format!("in line {} of the backup {cause}", self.number);
        StoreError::Damaged { place: self.place.display().to_string(), cause }
    }
}

fn upgraded(line: Line<Value>, schema: u8) -> serde_json::Result<Line<Item>> {
    Ok(match line {
        Line::Item(item) => Line::Item(serde_json::from_value(codec::upgrade_item(item, schema))?),
        Line::Backup(header) => Line::Backup(header),
        Line::Sum { sha256 } => Line::Sum { sha256 },
        Line::End { counts, sha256 } => Line::End { counts, sha256 },
    })
}

/// Runs file work where it may block.
pub(super) async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(StoreError::Failed(format!("writing or reading a file stopped in the middle: {error}"))),
    }
}

/// A new file that nobody else may read.
pub(super) fn for_owner_only() -> std::fs::OpenOptions {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a new name durable; not every file system can, and then the name comes with the next sync.
pub(super) fn sync_folder_of(file: &Path) {
    if let Some(folder) = file.parent() {
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
}

pub(super) fn file_error(file: &Path, error: &io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::StorageFull => StoreError::Full,
        _ => StoreError::Failed(format!("{} cannot be read or written: {error}", file.display())),
    }
}

fn hex(hash: &Sha256) -> String {
    hash.clone().finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
