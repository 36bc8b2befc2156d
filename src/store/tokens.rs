//! Tokens: found by their key alone, and listed by whose they are.
//!
//! Beside each token lies a place under its rep, so that listing one rep's tokens reads no others. Places follow from
//! the tokens: a store that has none yet (an older one, a copy, a restored one) gets them all when the first one is
//! needed, so where one token has its place every token has.

use super::{Record, RecordKey, RecordKind, Result, Store, TokenPlace};
use crate::model::{Email, Token};
use jiff::Timestamp;

/// The setting that says that every token has its place.
pub(super) const PLACED_SETTING: &str = "tokens-placed";

fn key_of(token_key: &str) -> RecordKey {
    RecordKey { kind: RecordKind::Token, owner: String::new(), id: token_key.to_owned() }
}

fn place_of(token: &Token) -> Record {
    Record::TokenPlace(TokenPlace { rep: token.rep.clone(), key: token.key.clone() })
}

/// These records, and beside each token its place.
fn placed(records: Vec<Record>) -> Vec<Record> {
    let places: Vec<Record> = tokens(records.iter()).map(place_of).collect();
    records.into_iter().chain(places).collect()
}

fn tokens<'r>(records: impl Iterator<Item = &'r Record>) -> impl Iterator<Item = &'r Token> {
    records.filter_map(|record| match record {
        Record::Token(token) => Some(token),
        _ => None,
    })
}

/// What goes when these tokens go.
fn keys_of<'t>(tokens: impl IntoIterator<Item = &'t Token>) -> Vec<RecordKey> {
    tokens.into_iter().flat_map(|token| [key_of(&token.key), place_of(token).key()]).collect()
}

impl dyn Store {
    /// Saves tokens.
    pub async fn save_tokens(&self, tokens: Vec<Token>) -> Result<()> {
        self.place_tokens().await?;
        self.save_records(placed(tokens.into_iter().map(Record::Token).collect()), Vec::new()).await
    }

    /// Saves a token.
    pub async fn save_token(&self, token: Token) -> Result<()> {
        self.save_tokens(vec![token]).await
    }

    /// Puts a token in the place of another, which opens nothing from then on.
    pub async fn replace_token(&self, old: &Token, new: Token) -> Result<()> {
        self.place_tokens().await?;
        self.save_records(placed(vec![Record::Token(new)]), keys_of([old])).await
    }

    /// The token with this key, expired or not.
    pub async fn find_token(&self, token_key: &str) -> Result<Option<Token>> {
        Ok(match self.find_record(&key_of(token_key)).await? {
            Some(Record::Token(token)) => Some(token),
            _ => None,
        })
    }

    /// Takes a one-time token away; of two who try at once only one gets it.
    pub async fn take_token(&self, token_key: &str) -> Result<Option<Token>> {
        let Some(token) = self.find_token(token_key).await? else { return Ok(None) };
        if !self.swap_record(&key_of(token_key), Some(&Record::Token(token.clone())), None).await? {
            return Ok(None);
        }
        // A place that a crash leaves behind leads to nothing, and goes with the next pruning.
        self.save_records(Vec::new(), keys_of([&token])).await?;
        Ok(Some(token))
    }

    /// The tokens of a rep, in the order of their keys.
    pub async fn list_tokens(&self, rep: &Email) -> Result<Vec<Token>> {
        let places = self.list_all(RecordKind::TokenPlace, Some(rep.as_str())).await?;
        self.tokens_at(rep, places).await
    }

    /// The tokens at the places of a rep.
    pub(super) async fn tokens_at(&self, rep: &Email, mut places: Vec<Record>) -> Result<Vec<Token>> {
        if places.is_empty() {
            self.place_tokens().await?;
            places = self.list_all(RecordKind::TokenPlace, Some(rep.as_str())).await?;
        }
        let keys: Vec<RecordKey> = places.iter().map(|place| key_of(&place.key().id)).collect();
        Ok(tokens(self.find_records(&keys).await?.iter()).cloned().collect())
    }

    /// Takes a token away for good.
    pub async fn remove_token(&self, token_key: &str) -> Result<()> {
        match self.find_token(token_key).await? {
            Some(token) => self.remove_tokens(std::slice::from_ref(&token)).await,
            None => Ok(()),
        }
    }

    /// Takes tokens away for good, all of them or none.
    pub async fn remove_tokens(&self, tokens: &[Token]) -> Result<()> {
        self.save_records(Vec::new(), keys_of(tokens)).await
    }

    /// Removes tokens whose time was over before an instant, and places that lead to nothing. Returns how many tokens
    /// were removed.
    pub async fn prune_tokens(&self, before: Timestamp) -> Result<u64> {
        let mut removed = 0;
        for place in self.list_all(RecordKind::TokenPlace, None).await? {
            let key = place.key();
            let token = self.find_token(&key.id).await?;
            if token.as_ref().is_some_and(|token| token.expires_at.is_none_or(|at| at >= before)) {
                continue;
            }
            removed += u64::from(token.is_some());
            self.save_records(Vec::new(), vec![key_of(&key.id), key]).await?;
        }
        Ok(removed)
    }

    /// Gives every token its place, once in the life of a store.
    async fn place_tokens(&self) -> Result<()> {
        if self.find_setting(PLACED_SETTING).await?.is_some() {
            return Ok(());
        }
        let all = self.list_all(RecordKind::Token, None).await?;
        self.save_records(tokens(all.iter()).map(place_of).collect(), Vec::new()).await?;
        self.save_setting(PLACED_SETTING, "1").await
    }
}
