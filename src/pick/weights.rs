/// What every term of a score is worth. All weights of picking stand here, each with its sentence.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// A post whose tags are exactly what the deal needs gets this much.
    pub stage: f32,
    /// A post that shares the words and concepts of notes and next step gets up to this much.
    pub words: f32,
    /// BM25 points at which half of `words` is reached.
    pub words_half: f32,
    /// A post that answers the kind of concern that the notes voice.
    pub objection: f32,
    /// A post that names the deal's competitor.
    pub competitor: f32,
    /// A post on the sales method that the notes name.
    pub method: f32,
    /// A post about the deal's industry.
    pub industry: f32,
    /// Trust in the source, votes and comments below the post, together at most this much.
    pub quality: f32,
    /// A post of this very day; half of it after `FRESH_DAYS_HALF`. Wiki pages never age.
    pub freshness: f32,
    /// A page of the team's own wiki: what the company agreed on goes first.
    pub wiki: f32,
    /// A colleague's note on the post that this rep may read.
    pub note: f32,
    /// What the rep's own votes say about the mentor, the source and the stage of a post, up or down.
    pub votes: f32,
    /// The same for the votes of the team.
    pub team_votes: f32,
    /// Share of a need that spills over to the stages beside it in the pipeline.
    pub beside: f32,
    /// What advice bound to no stage is worth to any deal.
    pub general: f32,
    /// What is left of the CRM stage's need where the deal is stalled: it has to wake up first.
    pub asleep: f32,
    /// What is left of the CRM stage's need where the next step is about the work of another stage.
    pub elsewhere: f32,
    /// The power to which the tagger's score of a stage is taken: below 1, a likely stage counts nearly like a sure one.
    pub doubt: f32,
    /// What the deal's own words add to its needs, beside its CRM stage.
    pub cues: f32,
}

impl Weights {
    /// The weights that ship with the program.
    pub const SHIPPED: Self = Self {
        stage: 1.0,
        words: 1.4,
        words_half: 10.0,
        objection: 0.12,
        competitor: 0.15,
        method: 0.08,
        industry: 0.08,
        quality: 0.08,
        freshness: 0.06,
        wiki: 0.1,
        note: 0.06,
        votes: 0.12,
        team_votes: 0.05,
        beside: 0.2,
        general: 0.1,
        asleep: 0.7,
        elsewhere: 0.75,
        doubt: 0.8,
        cues: 1.0,
    };

    /// Changes one weight by its name; says whether there is one.
    pub fn set(&mut self, name: &str, value: f32) -> bool {
        let place = match name {
            "stage" => &mut self.stage,
            "words" => &mut self.words,
            "words_half" => &mut self.words_half,
            "objection" => &mut self.objection,
            "competitor" => &mut self.competitor,
            "method" => &mut self.method,
            "industry" => &mut self.industry,
            "quality" => &mut self.quality,
            "freshness" => &mut self.freshness,
            "wiki" => &mut self.wiki,
            "note" => &mut self.note,
            "votes" => &mut self.votes,
            "team_votes" => &mut self.team_votes,
            "beside" => &mut self.beside,
            "general" => &mut self.general,
            "asleep" => &mut self.asleep,
            "elsewhere" => &mut self.elsewhere,
            "doubt" => &mut self.doubt,
            "cues" => &mut self.cues,
            _ => return false,
        };
        *place = value;
        true
    }
}

/// Days after which a post's freshness has halved.
pub(super) const FRESH_DAYS_HALF: f32 = 60.0;
/// A stage need below this draws no posts.
pub(super) const NEED_MIN: f32 = 0.05;
/// A pick of a digest has at least this stage match: its advice must be what the deal needs.
pub(super) const STAGE_MATCH_MIN: f32 = 0.3;
/// What a deal past its close date, or silent for too long, needs beside its stage.
pub(super) const REVIVAL_NEED: f32 = 0.8;
/// Similarity to a pick already chosen for the deal costs up to this much.
pub(super) const LIKENESS_COST: f32 = 0.35;
