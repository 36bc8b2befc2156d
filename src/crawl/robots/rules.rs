//! robots.txt by RFC 9309: text to rules, rules to a verdict. Pure and total.

use url::Url;

/// Bytes of a robots.txt that are read (RFC 9309, section 2.5 asks for 500 KiB at least).
pub const BYTES_MAX: usize = 512 * 1024;

/// The rules of one robots.txt that concern us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Of the groups that name our product token; none where no group does.
    named: Option<Vec<Rule>>,
    /// Of the groups for everybody.
    everybody: Vec<Rule>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    allow: bool,
    /// Percent-encoded; may hold `*`, and `$` at its end.
    pattern: String,
}

impl Rules {
    /// Reads what concerns the product token; what cannot be read is skipped.
    pub fn parse(bytes: &[u8], token: &str) -> Self {
        let bytes = &bytes[..bytes.len().min(BYTES_MAX)];
        let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes));
        let mut rules = Rules::default();
        let (mut names_us, mut names_all, mut in_rules) = (false, false, false);
        for line in text.split(['\n', '\r']) {
            let Some((key, value)) = record(line) else { continue };
            match key {
                Key::Agent => {
                    if in_rules {
                        (names_us, names_all, in_rules) = (false, false, false);
                    }
                    if value == "*" || value.starts_with("* ") || value.starts_with("*\t") {
                        names_all = true;
                    } else if product(value).eq_ignore_ascii_case(token) && !token.is_empty() {
                        names_us = true;
                        rules.named.get_or_insert_default();
                    }
                }
                Key::Rule { allow } => {
                    in_rules = true;
                    let rule = Rule { allow, pattern: encoded(value) };
                    if names_us {
                        rules.named.get_or_insert_default().push(rule.clone());
                    }
                    if names_all {
                        rules.everybody.push(rule);
                    }
                }
            }
        }
        rules
    }

    /// Whether the page may be fetched: by the groups that name us, else by those for everybody.
    pub fn allow(&self, url: &Url) -> bool {
        self.allow_path(&path_of(url))
    }

    /// The same for a path with its query, percent-encoded as in a URL.
    pub fn allow_path(&self, path: &str) -> bool {
        allows(self.named.as_ref().unwrap_or(&self.everybody), path)
    }

    /// Whether a group names us and forbids the address; what holds for everybody is not asked.
    pub fn forbid_by_name(&self, url: &Url) -> bool {
        self.named.as_ref().is_some_and(|rules| !allows(rules, &path_of(url)))
    }
}

fn path_of(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

/// The longest matching pattern wins, and of two as long the one that allows (RFC 9309, section 2.2.2).
fn allows(rules: &[Rule], path: &str) -> bool {
    let path = upper_hex(path);
    let matching = rules.iter().filter(|rule| !rule.pattern.is_empty() && matches(&rule.pattern, &path));
    matching.max_by_key(|rule| (rule.pattern.len(), rule.allow)).is_none_or(|rule| rule.allow)
}

enum Key {
    Agent,
    Rule { allow: bool },
}

/// One line as key and value. A forgotten colon is forgiven where the line is two words.
fn record(line: &str) -> Option<(Key, &str)> {
    let line = line.split('#').next().unwrap_or_default().trim();
    let (key, value) = match line.split_once(':') {
        Some(parts) => parts,
        None => {
            let (key, value) = line.split_once([' ', '\t'])?;
            if value.trim().contains([' ', '\t']) {
                return None;
            }
            (key, value)
        }
    };
    let key = match key.trim().to_ascii_lowercase().as_str() {
        "user-agent" | "useragent" | "user agent" => Key::Agent,
        "allow" => Key::Rule { allow: true },
        "disallow" | "dissallow" | "dissalow" | "disalow" | "diasllow" | "disallaw" => Key::Rule { allow: false },
        _ => return None,
    };
    Some((key, value.trim()))
}

/// The product token at the start of a value: `Ridealong/1.0` is `Ridealong` (RFC 9309, section 2.2.1).
fn product(value: &str) -> &str {
    let end = value.find(|c: char| !(c.is_ascii_alphabetic() || c == '-' || c == '_')).unwrap_or(value.len());
    &value[..end]
}

/// A pattern with its octets outside ASCII percent-encoded, as those of a URL are.
fn encoded(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    for byte in pattern.bytes() {
        if byte.is_ascii() { out.push(char::from(byte)) } else { out.push_str(&format!("%{byte:02X}")) }
    }
    upper_hex(&out)
}

/// Hexadecimal digits of percent-encoded octets in upper case (RFC 3986, section 6.2.2.1).
fn upper_hex(text: &str) -> String {
    let mut digits_left = 0;
    let cased = text.chars().map(|c| match c {
        '%' => {
            digits_left = 2;
            c
        }
        _ if digits_left > 0 => {
            digits_left -= 1;
            c.to_ascii_uppercase()
        }
        _ => c,
    });
    cased.collect()
}

/// Whether a pattern matches the beginning of a path; `*` stands for anything, a `$` at the end for the end.
fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, to_end) = match pattern.strip_suffix('$') {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| path.strip_prefix(first)) else { return false };
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() && to_end {
            return rest.ends_with(piece);
        }
        let Some(found) = rest.find(piece) else { return false };
        rest = &rest[found + piece.len()..];
    }
    !to_end || rest.is_empty()
}
