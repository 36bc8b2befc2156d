//! What a comment is worth to a reader, told from its own words.

use crate::model::CommentWorth;

/// A comment this short says nothing of its own.
const WORDS_MIN: usize = 4;
/// The same for texts whose words may not be divided by spaces, in characters.
const CHARS_MIN: usize = 12;
/// Above this many words praise is no longer all there is.
const PRAISE_WORDS_MAX: usize = 30;
/// So many words besides praise make a comment useful.
const OWN_WORDS_MIN: usize = 3;
/// So many links make a comment an advertisement.
const LINKS_MAX: usize = 3;

/// Words of thanks and praise, and those that carry nothing.
const EMPTY_WORDS: &[&str] = &[
    "great",
    "good",
    "nice",
    "awesome",
    "excellent",
    "amazing",
    "fantastic",
    "wonderful",
    "brilliant",
    "love",
    "loved",
    "like",
    "liked",
    "enjoy",
    "enjoyed",
    "thanks",
    "thank",
    "thx",
    "cheers",
    "post",
    "article",
    "blog",
    "read",
    "reading",
    "share",
    "sharing",
    "shared",
    "work",
    "job",
    "stuff",
    "info",
    "information",
    "content",
    "tips",
    "advice",
    "points",
    "point",
    "insight",
    "insights",
    "helpful",
    "useful",
    "interesting",
    "informative",
    "inspiring",
    "agree",
    "agreed",
    "totally",
    "completely",
    "absolutely",
    "exactly",
    "true",
    "right",
    "well",
    "said",
    "written",
    "very",
    "really",
    "much",
    "such",
    "this",
    "that",
    "these",
    "those",
    "your",
    "yours",
    "you",
    "the",
    "and",
    "for",
    "with",
    "was",
    "are",
    "were",
    "have",
    "has",
    "had",
    "will",
    "keep",
    "more",
    "please",
    "wow",
    "yes",
    "couldn't",
    "could",
    "not",
    "i",
    "it",
    "its",
    "it's",
    "a",
    "an",
    "is",
    "so",
    "to",
    "of",
    "on",
    "in",
    "my",
    "me",
    "we",
    "up",
    "as",
    "always",
    "again",
    "site",
    "website",
    "page",
    "found",
    "here",
    "glad",
    "visit",
    "bookmarked",
    "looking",
    "forward",
    "next",
    "one",
    "all",
    "what",
    "super",
    "cool",
    "perfect",
    "best",
    "ever",
    "lol",
    "haha",
    "first",
    "second",
    "plus",
    "hi",
    "hello",
    "hey",
    "following",
    "subscribed",
    "bravo",
    "kudos",
    "spot",
    "gold",
    "amen",
    "indeed",
    "same",
    "bump",
    "mate",
    "man",
    "sir",
    "buddy",
    "merci",
    "danke",
    "gracias",
    "obrigado",
    "super",
    "toll",
    "genial",
    "this!",
];

/// Marks of advertisements. One of the first kind is enough.
const SPAM_SURE: &[&str] = &[
    "viagra",
    "cialis",
    "casino online",
    "online casino",
    "escort service",
    "payday loan",
    "essay writing service",
    "cheap nfl",
    "replica watches",
    "crypto recovery",
    "recover my bitcoin",
    "recovered my lost",
    "binary option",
    "spell caster",
    "love spell",
    "weight loss pills",
    "buy followers",
    "sex chat",
    "hacker for hire",
    "hire a hacker",
    "forex account manager",
];
/// Two of these are.
const SPAM_LIKELY: &[&str] = &[
    "casino",
    "poker",
    "loan",
    "seo service",
    "backlinks",
    "whatsapp",
    "telegram",
    "bitcoin",
    "click here",
    "visit my",
    "my website",
    "my web site",
    "my blog",
    "my homepage",
    "earn money",
    "make money online",
    "work from home",
    "discount",
    "free trial",
    "% off",
    "cheap",
    "guaranteed",
    "investment plan",
    "gmail.com",
    "also visit",
    "feel free to visit",
];

/// Judges a comment by its plain text and its cleaned HTML.
pub fn worth(text: &str, html: &str) -> CommentWorth {
    let lower = text.to_lowercase();
    let lower = lower.trim();
    if is_pingback(lower) {
        return CommentWorth::Pingback;
    }
    if is_spam(lower, html) {
        return CommentWorth::Spam;
    }
    let words: Vec<&str> = lower
        .split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '’'))
        .filter(|word| !word.is_empty())
        .collect();
    let own = words.iter().filter(|word| word.chars().count() > 1 && !EMPTY_WORDS.contains(word)).count();
    let only_praise = words.len() <= PRAISE_WORDS_MAX && own < OWN_WORDS_MIN;
    // Languages without spaces: one "word" may be a sentence.
    let too_short = if lower.is_ascii() { words.len() < WORDS_MIN } else { lower.chars().count() < CHARS_MIN };
    let spaced = lower.is_ascii() || words.len() >= WORDS_MIN;
    if too_short || (only_praise && spaced) { CommentWorth::Thin } else { CommentWorth::Useful }
}

fn is_pingback(lower: &str) -> bool {
    let elided = |text: &str| ["[…]", "[...]", "[&#8230;]", "[&hellip;]"].iter().any(|mark| text.contains(mark));
    let head: String = lower.chars().take(24).collect();
    let tail: String = lower.chars().rev().take(24).collect::<Vec<_>>().into_iter().rev().collect();
    lower.starts_with("pingback:") || lower.starts_with("trackback:") || (elided(&head) && elided(&tail))
}

fn is_spam(lower: &str, html: &str) -> bool {
    let links = html.matches("<a ").count().max(lower.matches("http://").count() + lower.matches("https://").count());
    if links > LINKS_MAX || SPAM_SURE.iter().any(|mark| lower.contains(mark)) {
        return true;
    }
    let likely = SPAM_LIKELY.iter().filter(|mark| lower.contains(*mark)).count();
    likely + usize::from(links > 0) > 2 || (likely == 2 && lower.len() < 400 && links > 0)
}
