//! One builder for the values that promises are about.

use jiff::Timestamp;
use ridealong::model::*;

/// The instant at which every test stands unless it says otherwise: a Monday morning.
pub fn now() -> Timestamp {
    "2026-11-23T07:00:00Z".parse().unwrap()
}

/// So many days before `now`.
pub fn days_ago(days: i64) -> Timestamp {
    now() - jiff::SignedDuration::from_hours(24 * days)
}

/// A mail address.
pub fn email(text: &str) -> Email {
    text.parse().unwrap()
}

/// A rep named Maya.
pub fn rep() -> Rep {
    Rep::new(email("maya@example.com"), "Maya Lindqvist")
}

/// A post of the source `blog`, tagged with one stage.
pub fn post(identity: &str, title: &str, stage: Stage) -> Post {
    let source_id = SourceId::new("blog");
    let text = format!("{title}. Ask one more question before you answer.");
    Post {
        id: PostId::of(&source_id, identity),
        source_id,
        kind: SourceKind::Feed,
        guid: Some(identity.to_owned()),
        url: format!("https://blog.example/{identity}"),
        title: title.to_owned(),
        mentor: Some("Dana Whitlock".to_owned()),
        mentor_role: MentorRole::Practitioner,
        published_at: Some(days_ago(3)),
        updated_at: None,
        seen_at: days_ago(2),
        changed_at: days_ago(2),
        language: Some("en".to_owned()),
        html: format!("<p>{text}</p>"),
        excerpt: text.clone(),
        words: 180,
        text,
        categories: Vec::new(),
        enclosures: Vec::new(),
        duration_s: None,
        thread: Thread::default(),
        audience: Audience::Everyone,
        trust: 0.8,
        tagged: Tagged {
            primary: Some(stage),
            stages: vec![StageTag { stage, score: 0.9, evidence: vec!["one more question".to_owned()] }],
            facets: Facets::default(),
            given: Vec::new(),
        },
        thin: false,
        simhash: 0,
        also_at: Vec::new(),
        listed_url: None,
    }
}

/// A useful comment below a post.
pub fn comment(post: &Post, identity: &str, text: &str) -> Comment {
    Comment {
        id: CommentId::of(&post.id, identity),
        post_id: post.id.clone(),
        parent_id: None,
        mentor: Some("Luis".to_owned()),
        published_at: Some(days_ago(1)),
        url: None,
        html: format!("<p>{text}</p>"),
        text: text.to_owned(),
        worth: CommentWorth::Useful,
        tagged: Tagged::default(),
        votes: None,
    }
}

/// An open deal of Maya's in negotiation.
pub fn deal(name: &str) -> Deal {
    Deal {
        id: DealId::of(Crm::Hubspot, name),
        crm: Crm::Hubspot,
        external_id: name.to_owned(),
        name: name.to_owned(),
        pipeline: None,
        stage_label: "Contract Sent".to_owned(),
        stage_id: Some("contractsent".to_owned()),
        probability: Some(90.0),
        state: DealState::Open,
        stages: vec![
            StageWeight { stage: Stage::Closing, weight: 1.0 },
            StageWeight { stage: Stage::Negotiation, weight: 0.6 },
        ],
        amount_minor: Some(4_800_000),
        currency: Some("EUR".to_owned()),
        owner: "Maya Lindqvist".to_owned(),
        rep: Some(email("maya@example.com")),
        account: Some("Northwind Foods".to_owned()),
        industry: Some("manufacturing".to_owned()),
        competitors: Vec::new(),
        next_step: Some("Call with procurement".to_owned()),
        notes: Some("CFO asks for a discount".to_owned()),
        close_on: Some(jiff::civil::date(2026, 12, 18)),
        active_at: Some(days_ago(2)),
        stage_entered_at: Some(days_ago(5)),
        created_at: Some(days_ago(60)),
        updated_at: Some(days_ago(2)),
        rotten_days: None,
        url: None,
        imported_at: days_ago(1),
        previous_stage_label: None,
    }
}

/// A note of Maya's on a post.
pub fn note(post: &PostId) -> Note {
    Note {
        id: "0000000000000001".to_owned(),
        rep: email("maya@example.com"),
        rep_name: "Maya Lindqvist".to_owned(),
        post: post.clone(),
        text: "Worked on the second call.".to_owned(),
        written_at: days_ago(1),
        audience: Audience::Everyone,
    }
}

/// A promise of Maya's to use a post on a deal.
pub fn commitment(post: &PostId) -> Commitment {
    Commitment {
        id: "0000000000000002".to_owned(),
        rep: email("maya@example.com"),
        post: post.clone(),
        title: "Close the plan".to_owned(),
        deal: DealId::of(Crm::Hubspot, "Deal 1"),
        deal_name: "Deal 1".to_owned(),
        note: "On Thursday's call".to_owned(),
        made_at: days_ago(1),
        due_on: jiff::civil::date(2026, 11, 27),
        state: CommitmentState::Open,
        result: None,
        misses: 0,
    }
}
