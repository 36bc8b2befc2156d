use super::words::Stems;

/// Industries as the tagger's facets name them, with the words that CRMs write for them.
const INDUSTRIES: [(&str, &str); 15] = [
    ("software", "software saas technology technolgy tech it internet computer cloud cybersecurity data"),
    ("insurance", "insurance insurer broker"),
    ("cars", "cars car automotive automobile vehicle dealership auto"),
    ("medical", "medical health healthcare pharma pharmaceutical hospital clinic biotech dental life"),
    (
        "manufacturing",
        "manufacturing industrial machinery plastics chemical chemicals food packaging metal electronics production aerospace textile",
    ),
    ("staffing", "staffing recruiting recruitment employment hr"),
    ("realestate", "realestate estate property housing facility"),
    ("publicsector", "public government municipal education university defence defense council"),
    ("finance", "finance financial bank banking fintech investment credit"),
    ("trades", "trades construction roofing plumbing electrical hvac building contractor"),
    ("logistics", "logistics transport transportation freight shipping warehouse supply"),
    ("hospitality", "hospitality hotel restaurant travel catering leisure tourism"),
    ("telecom", "telecom telecommunications telco network networks carrier"),
    ("retail", "retail ecommerce shop store wholesale consumer"),
    ("marketing", "marketing advertising media agency entertainment"),
];

/// Methods as the tagger's facets name them, with the word that reps write.
const METHODS: [(&str, &str); 11] = [
    ("meddicc", "meddic"),
    ("meddicc", "meddicc"),
    ("meddicc", "meddpicc"),
    ("spin", "spin"),
    ("bant", "bant"),
    ("challenger", "challenger"),
    ("spiced", "spiced"),
    ("sandler", "sandler"),
    ("jolt", "jolt"),
    ("gap-selling", "gap"),
    ("champ", "champ"),
];

/// The facet that a CRM's industry stands for.
pub(super) fn industry(text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    INDUSTRIES.iter().find(|(_, names)| names.split(' ').any(|name| words.contains(&name))).map(|(facet, _)| *facet)
}

/// The methods that free texts name.
pub(super) fn methods(texts: &[Option<&str>]) -> Vec<&'static str> {
    let mut stems = Stems::default();
    let words: Vec<_> = texts.iter().flatten().flat_map(|text| stems.words(text)).collect();
    let mut found: Vec<&'static str> = METHODS
        .iter()
        .filter(|(_, word)| words.iter().any(|known| *known.stem == **word))
        .map(|(facet, _)| *facet)
        .collect();
    found.dedup();
    found
}
