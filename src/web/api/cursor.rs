//! Pages of a list: so many at once, and a cursor that goes on after the last one.

use crate::web::error::{Error, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Items of a page where nothing else is asked.
const ITEMS: usize = 50;
/// Items of a page at most.
const ITEMS_MAX: usize = 200;

/// Which page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageAsked {
    /// How many items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<usize>,
    /// Where to go on: `next` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Page<T> {
    /// The items.
    pub(super) items: Vec<T>,
    /// The cursor of the next page; null on the last one.
    pub(super) next: Option<String>,
}

impl PageAsked {
    /// How many items.
    pub(super) fn limit(&self) -> Result<usize> {
        match self.limit.unwrap_or(ITEMS) {
            limit @ 1..=ITEMS_MAX => Ok(limit),
            _ => Err(Error::Unusable(format!("limit is a number from 1 to {ITEMS_MAX}"))),
        }
    }

    /// The key after which the page begins.
    pub(super) fn after(&self) -> Result<Option<String>> {
        key_in(self.cursor.as_deref())
    }
}

/// The key in a cursor.
pub(super) fn key_in(cursor: Option<&str>) -> Result<Option<String>> {
    let Some(cursor) = cursor else { return Ok(None) };
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    let key = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).filter(|key| !key.is_empty());
    key.map(Some).ok_or(Error::NotFound("page"))
}

/// The cursor that goes on after a key.
pub(super) fn cursor(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

/// The page of a list that is there as a whole, in the order of its keys or in its own order.
pub(super) fn page_of<T, U>(
    list: impl IntoIterator<Item = T>,
    asked: &PageAsked,
    key: impl Fn(&T) -> String,
    show: impl Fn(T) -> U,
) -> Result<Page<U>> {
    let (limit, after) = (asked.limit()?, asked.after()?);
    let mut rest = list.into_iter();
    if let Some(after) = after {
        // A key that is gone meanwhile ends the list: what came after it is not known any more.
        rest.by_ref().find(|item| key(item) == after);
    }
    let mut rest = rest.peekable();
    let mut items = Vec::new();
    let mut last = None;
    while items.len() < limit {
        let Some(item) = rest.next() else { break };
        last = Some(key(&item));
        items.push(show(item));
    }
    let next = rest.peek().and(last).map(|key| cursor(&key));
    Ok(Page { items, next })
}
