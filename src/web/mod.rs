//! What people and feed readers ask for: pages, acts, feeds.
//!
//! Rules that hold for every route:
//! - GET changes nothing that a person would notice. The exceptions are bookkeeping of tokens (the day on which
//!   a session or the hour in which a feed was last used) and the answer to a WebSub hub, as the protocol has it.
//! - Every object is checked against its owner and audience where it is loaded (`access`), and what a reader may
//!   not see is "not found", like what does not exist.
//! - No page waits for the network.
//! - Errors are made in `error`, logged once with their cause and shown as a page with one sentence and the
//!   request's id; causes never reach the browser.
//! - Acts are POST forms that end in a redirect to where the person was; htmx sends the same forms and takes the
//!   changed part out of the same page.

mod access;
mod acts;
mod address;
mod admin;
mod answers;
mod api;
mod api_tokens;
mod commitments;
mod conditional;
mod context;
mod deals;
mod desk_builder;
mod digests;
mod error;
mod export;
mod feed_tokens;
mod feeds;
mod files;
mod finds;
mod forms;
mod greader;
mod headers;
mod health;
mod hooks;
mod limits;
mod mcp;
mod measure;
mod next_mail;
mod notes;
mod openid;
mod passwords;
mod playbook;
mod posts;
mod router;
mod search;
mod session;
mod settings;
mod sign_in;
mod sources;
mod team;
mod tokens;
mod wanted;
mod websub;

pub use api::openapi;
pub use api_tokens::{api_token_id, list_api_tokens, make_api_token, revoke_api_token};
pub use context::{Builder, Context, LinkMailer};
pub use export::export_rep;
pub use feed_tokens::ensure_feed;
pub use mcp::{MESSAGE_BYTES_MAX as MCP_MESSAGE_BYTES_MAX, McpServer, refusal as mcp_refusal};
pub use measure::metrics_router;
pub use openid::OpenId;
pub use router::router;
pub use tokens::{LINK_TTL, sign_in_link};
