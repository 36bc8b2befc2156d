//! Who asks, as the handlers take it: by what their token allows.

use crate::model::{ApiScope, Role};
use crate::render::words::Calendar;
use crate::web::api_tokens::Asker;
use crate::web::error::Error;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

/// May look.
pub(super) struct Reader(pub(super) Asker);

/// May act as the rep.
pub(super) struct Writer(pub(super) Asker);

/// May do what an admin may.
pub(super) struct Admin(pub(super) Asker);

fn asker(parts: &Parts, scope: ApiScope) -> Result<Asker, Error> {
    let asker = parts.extensions.get::<Asker>().cloned().ok_or(Error::NoToken)?;
    if asker.scope < scope { Err(Error::Scope(scope.as_str())) } else { Ok(asker) }
}

impl<S: Send + Sync> FromRequestParts<S> for Reader {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        asker(parts, ApiScope::Read).map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Writer {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        asker(parts, ApiScope::Write).map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Admin {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let asker = asker(parts, ApiScope::Admin)?;
        if asker.rep.role == Role::Admin { Ok(Self(asker)) } else { Err(Error::Forbidden) }
    }
}

impl Asker {
    /// The rep's zone and this instant.
    pub(super) fn calendar(&self) -> Calendar {
        Calendar::new(self.rep.time_zone(), self.now)
    }
}
