use super::value::FileText;
use super::{ConfigError, Layer, Secret, value};
use ipnet::IpNet;
use std::time::Duration;
use url::Url;

/// The most questions a day that can be set.
const A_DAY_LIMIT: usize = 1_000_000;

/// A language model that is asked about posts whose stage our own model is unsure of. Off unless an address is set.
#[derive(Clone, Debug)]
pub struct SecondLookSettings {
    /// Where questions go: the base address of an endpoint that speaks OpenAI's API, with `/chat/completions` behind it.
    pub endpoint: Url,
    /// The model's name there.
    pub model: String,
    /// Sent as a bearer token, where the endpoint asks for one.
    pub key: Option<Secret>,
    /// Time for one question.
    pub timeout: Duration,
    /// Questions a day, in UTC.
    pub a_day_max: usize,
    /// Internal ranges that the endpoint may lie in.
    pub allow_net: Vec<IpNet>,
}

impl SecondLookSettings {
    /// What the layer says; none where no address is set.
    ///
    /// # Errors
    /// The first setting that does not fit, by name.
    pub(super) fn of(set: &Layer) -> Result<Option<Self>, ConfigError> {
        let Some(base) = set.llm_url.as_deref().filter(|base| !base.is_empty()) else { return Ok(None) };
        let address = format!("{}/chat/completions", base.trim_end_matches('/'));
        let endpoint =
            Url::parse(&address).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let endpoint = endpoint.ok_or_else(|| {
            ConfigError(format!("llm-url: {base:?} is not an address; write it like https://llm.example.com/v1"))
        })?;
        let model = set.llm_model.clone().filter(|model| !model.is_empty());
        let model = model.ok_or_else(|| ConfigError("llm-model: name the model that llm-url is to run".to_owned()))?;
        let ranges = set.llm_allow_net.as_ref().map_or(&[][..], |words| &words.0);
        let allow_net = ranges.iter().map(|range| {
            range.parse().map_err(|_| {
                ConfigError(format!("llm-allow-net: {range:?} is not an address range; write it like 10.2.0.0/16"))
            })
        });
        Ok(Some(Self {
            endpoint,
            model,
            key: set.llm_key_file.as_ref().and_then(FileText::text).or(set.llm_key.as_ref()).cloned(),
            timeout: set.llm_timeout.map_or(Duration::from_secs(20), |span| span.0),
            a_day_max: value::within("llm-a-day", set.llm_a_day.unwrap_or_default(), 0, A_DAY_LIMIT)?,
            allow_net: allow_net.collect::<Result<_, _>>()?,
        }))
    }
}
