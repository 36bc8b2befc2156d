//! Promises about: reading feeds and pages.

mod date_corpus;
mod encoding_corpus;
mod feed_corpus;
mod hostile_html;
mod newsletters;
mod pages;
mod platforms;
mod posts;
mod selectors;
mod social;
mod sturdy;
mod transcripts;
mod wiki;
