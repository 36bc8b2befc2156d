use super::{ConfigError, Layer, Secret};
use ipnet::IpNet;
use url::Url;

/// The company's OpenID Connect provider, at which reps may sign in.
#[derive(Clone, Debug)]
pub struct OpenIdSettings {
    /// Its address; `/.well-known/openid-configuration` stands below it.
    pub issuer: Url,
    /// The name under which we are registered there.
    pub client_id: String,
    /// The secret that belongs to it; none for a public client, which PKCE protects alone.
    pub client_secret: Option<Secret>,
    /// The words on the button.
    pub name: String,
    /// Internal address ranges that the provider alone may be reached in.
    pub allow_net: Vec<IpNet>,
}

impl OpenIdSettings {
    /// The provider that a layer names, if any.
    ///
    /// # Errors
    /// The setting that is missing or does not fit.
    pub(super) fn of(set: &Layer) -> Result<Option<Self>, ConfigError> {
        let client_secret = set.openid_secret_file.as_ref().and_then(|file| file.text()).cloned();
        let (issuer, client_id) = match (&set.openid_issuer, &set.openid_client_id) {
            (Some(issuer), Some(client_id)) => (issuer, client_id.clone()),
            (None, None) if client_secret.is_none() => return Ok(None),
            _ => return Err(ConfigError("openid-issuer and openid-client-id: give both, or neither".to_owned())),
        };
        let issuer = Url::parse(issuer).ok().filter(is_safe).ok_or_else(|| {
            ConfigError(format!("openid-issuer: {issuer:?} is not an address that begins with https://"))
        })?;
        Ok(Some(Self {
            issuer,
            client_id,
            client_secret,
            name: set.openid_name.clone().unwrap_or_default(),
            allow_net: super::ranges("openid-allow-net", set.openid_allow_net.as_ref())?,
        }))
    }
}

/// Who signs in is told over this connection; in the clear only to this very machine.
fn is_safe(url: &Url) -> bool {
    let local = matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
    url.has_host() && (url.scheme() == "https" || (url.scheme() == "http" && local))
}
