/// A stage's label as it is compared: lower case, accents folded, without numbering (`3 - `, `Stage 2: `) and
/// percentages, words apart by one space.
pub(super) fn normal(label: &str) -> String {
    let label = without_percent(label);
    let words: Vec<String> = label
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().flat_map(char::to_lowercase).map(folded).collect())
        .collect();
    words[numbering(&words)..].join(" ")
}

/// How many words at the front are numbering: `3`, `stage 2`, `s4`; never all of them.
fn numbering(words: &[String]) -> usize {
    let number = |word: &String| word.chars().all(|c| c.is_ascii_digit());
    let code =
        |word: &String| word.strip_prefix('s').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    let front = match words {
        [first, ..] if number(first) || code(first) => 1,
        [first, second, ..]
            if matches!(first.as_str(), "stage" | "phase" | "step" | "etape" | "etapa") && number(second) =>
        {
            2
        }
        _ => 0,
    };
    if front < words.len() { front } else { 0 }
}

/// Drops `(60%)` and `60 %`: teams write the probability into the name.
fn without_percent(label: &str) -> String {
    let Some(at) = label.find('%') else { return label.to_owned() };
    let front = label[..at].trim_end().trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').trim_end_matches('(');
    format!("{front} {}", label[at + 1..].trim_start_matches(')'))
}

/// A letter without its accent, for the languages of the shipped aliases.
fn folded(c: char) -> char {
    match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => 'a',
        'ç' => 'c',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ñ' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        _ => c,
    }
}

/// How alike two normal labels are, 0 to 1: the share of their letter pairs that they have in common.
pub(super) fn likeness(a: &str, b: &str) -> f32 {
    let pairs = |text: &str| {
        let letters: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
        letters.windows(2).map(|pair| (pair[0], pair[1])).collect::<Vec<_>>()
    };
    let (a, mut b) = (pairs(a), pairs(b));
    let all = a.len() + b.len();
    if all == 0 {
        return 0.0;
    }
    let mut shared = 0;
    for pair in a {
        if let Some(at) = b.iter().position(|other| *other == pair) {
            b.swap_remove(at);
            shared += 1;
        }
    }
    2.0 * shared as f32 / all as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbering_percentages_and_accents_do_not_count() {
        assert_eq!(normal("3-Technical Evaluation"), "technical evaluation");
        assert_eq!(normal("Stage 2: Needs Analysis (20%)"), "needs analysis");
        assert_eq!(normal("S4 – Négociation"), "negociation");
        assert_eq!(normal("2nd meeting"), "2nd meeting");
        assert_eq!(normal("15"), "15");
    }
}
