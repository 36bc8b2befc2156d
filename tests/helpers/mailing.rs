//! A digest worth sending, and the job that sends it, wired to whatever mailer a promise needs.

use super::make;
use super::stores;
use jiff::Timestamp;
use ridealong::clock::{Clock, FixedClock};
use ridealong::jobs::send_digests::{DigestBuilder, SendDigests, Sender};
use ridealong::mail::Mailer;
use ridealong::model::*;
use ridealong::render::signed::LinkKey;
use std::sync::Arc;

/// A key for links.
pub fn key() -> LinkKey {
    LinkKey::new("0123456789abcdef0123456789abcdef")
}

/// Who sends in tests.
pub fn sender() -> Sender {
    Sender {
        from: make::email("ride@sales.example"),
        from_name: "Ridealong".to_owned(),
        public_url: "https://ride.example.com/".parse().unwrap(),
        link_key: key(),
        dkim: None,
    }
}

/// A pick of a post for a deal.
pub fn pick(post: &Post, deal: &Deal, stage: Stage, score: f32, why: &str) -> Pick {
    Pick {
        post_id: post.id.clone(),
        comment_id: None,
        deal_id: deal.id.clone(),
        stage,
        score,
        why: why.to_owned(),
        reasons: Vec::new(),
        explores: false,
    }
}

/// A post of a source of its own, with so many words.
pub fn post_of(source: &str, title: &str, mentor: &str, words: u32) -> Post {
    let mut post = make::post(title, title, Stage::Negotiation);
    post.source_id = SourceId::new(source);
    post.id = PostId::of(&post.source_id, title);
    post.mentor = Some(mentor.to_owned());
    post.url =
        format!("https://{source}.example/{}", title.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-"));
    post.words = words;
    post
}

/// The digest of a rep and week as a good Monday brings it: three deals, four picks, a promise, a pipeline check.
pub fn digest(rep: &Rep, week: IsoWeek) -> Digest {
    let northwind = make::deal("Northwind renewal");
    let mut helix = make::deal("Helix pilot");
    helix.close_on = Some(jiff::civil::date(2026, 11, 12));
    let mut orbit = make::deal("Orbit rollout");
    orbit.close_on = None;
    let mut posts = vec![
        post_of("pipeline", "Stop discounting before they ask", "Dana Whitlock", 620),
        post_of("floor", "The quiet CFO: three questions that get a number", "Priya Raman", 410),
        post_of("wiki", "How we answer the security review", "", 380),
        post_of("podcast", "Waking up a deal that went silent after the demo", "Jonas Berg", 200),
        post_of("floor", "End every call with a date in two calendars", "Priya Raman", 510),
    ];
    let excerpts = [
        "A discount they did not ask for is the most expensive sentence of the quarter.",
        "Finance does not say no, it says nothing. Three questions that bring a number to the table before the proposal is out.",
        "Send the filled questionnaire before they ask, and name the one person who answers the rest within a day.",
        "Nobody answers \u{201c}just checking in\u{201d}. Jonas reads four messages that got a reply, and the one that brought the deal back.",
    ];
    for (post, excerpt) in posts.iter_mut().zip(excerpts) {
        post.excerpt = excerpt.to_owned();
    }
    let comment = make::comment(&posts[0], "c1", "I name the price, then I stop talking. The first one to speak pays.");
    let deal = |deal: &Deal, stage, picks| DigestDeal {
        deal: deal.clone(),
        stage: Some(stage),
        signals: Vec::new(),
        picks,
        nothing_because: None,
    };
    let deals = vec![
        deal(
            &northwind,
            Stage::Negotiation,
            vec![
                pick(
                    &posts[0],
                    &northwind,
                    Stage::Negotiation,
                    3.1,
                    "Your notes say \u{201c}CFO asks for a discount\u{201d}; the post answers \u{201c}a discount they did not ask for\u{201d}.",
                ),
                pick(
                    &posts[1],
                    &northwind,
                    Stage::Negotiation,
                    2.4,
                    "Your next step is \u{201c}Call with procurement\u{201d}; the post has questions for the one who signs.",
                ),
            ],
        ),
        deal(
            &helix,
            Stage::Revival,
            vec![pick(
                &posts[3],
                &helix,
                Stage::Revival,
                2.2,
                "The close date passed 11 days ago; the post shows how to ask for a new one.",
            )],
        ),
        deal(
            &orbit,
            Stage::Consensus,
            vec![pick(
                &posts[2],
                &orbit,
                Stage::Consensus,
                2.0,
                "Your team wrote this page for deals in security review.",
            )],
        ),
    ];
    let signal =
        Signal { kind: SignalKind::PastCloseDate, sentence: "Close date passed 11 days ago (12 Nov).".to_owned() };
    Digest {
        rep: rep.email.clone(),
        rep_name: rep.name.clone(),
        zone: rep.zone.clone(),
        week,
        built_at: make::now(),
        play: Some(Play {
            post: posts[4].id.clone(),
            note: "Two of us tried it last week. Both got a date.".to_owned(),
            by: make::email("ada@example.com"),
            by_name: "Ada".to_owned(),
            pinned_at: make::days_ago(2),
        }),
        commitments: vec![Commitment {
            id: "0011223344556677".to_owned(),
            rep: rep.email.clone(),
            post: posts[0].id.clone(),
            title: "Ask for the date, not for the decision".to_owned(),
            deal: helix.id.clone(),
            deal_name: "Helix pilot".to_owned(),
            note: "Ask Tom on Thursday's call".to_owned(),
            made_at: make::days_ago(7),
            due_on: jiff::civil::date(2026, 11, 22),
            state: CommitmentState::Open,
            result: None,
            misses: 0,
        }],
        pipeline: vec![PipelineCheck { deal_name: helix.name.clone(), deal_id: helix.id.clone(), url: None, signal }],
        deals,
        posts,
        comments: vec![comment],
        notes: Vec::new(),
        source_names: [
            ("pipeline", "Pipeline Notes"),
            ("floor", "The Sales Floor"),
            ("wiki", "Team wiki"),
            ("podcast", "Deal Radio"),
        ]
        .map(|(id, name)| (id.to_owned(), name.to_owned()))
        .to_vec(),
        deals_imported_at: Some(make::days_ago(1)),
    }
}

/// Builds the same good digest for every rep and week; fails or finds nothing where a promise is about that.
pub struct Builds(pub fn(&Rep, IsoWeek) -> anyhow::Result<Digest>);

#[async_trait::async_trait]
impl DigestBuilder for Builds {
    async fn build(&self, rep: &Rep, week: IsoWeek) -> anyhow::Result<Digest> {
        (self.0)(rep, week)
    }
}

/// The job over a memory store that holds these reps.
pub async fn job(mailer: Mailer, at: Timestamp, reps: &[Rep]) -> (SendDigests, Arc<FixedClock>) {
    let store = stores::fresh().await;
    for rep in reps {
        store.save(ridealong::store::Record::Rep(rep.clone())).await.unwrap();
    }
    let clock = Arc::new(FixedClock::new(at));
    let job = SendDigests {
        store,
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        mailer,
        builder: Arc::new(Builds(|rep, week| Ok(digest(rep, week)))),
        sender: sender(),
    };
    (job, clock)
}
