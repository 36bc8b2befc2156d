//! Digest to html, mail, rss, atom and json feed. Pure.
