//! A CRM stage stands for the stages whose advice helps to get out of it.

use ridealong::crm::stages::{Asked, How, StageMap, list};
use ridealong::model::{Crm, DealState, Stage};

use crate::helpers::make;

fn primary(asked: Asked<'_>) -> (Option<Stage>, How) {
    let resolved = StageMap::shipped().resolve(&asked);
    (resolved.stages.first().map(|weight| weight.stage), resolved.how)
}

fn label(label: &str) -> Asked<'_> {
    Asked { label, ..Asked::default() }
}

#[test]
fn the_stages_of_the_big_crms_are_known_by_label() {
    for (crm, name, stage) in [
        (Crm::Hubspot, "Appointment Scheduled", Stage::Qualification),
        (Crm::Hubspot, "Decision Maker Bought-In", Stage::Proposal),
        (Crm::Salesforce, "Id. Decision Makers", Stage::Consensus),
        (Crm::Salesforce, "Proposal/Price Quote", Stage::Proposal),
        (Crm::Pipedrive, "Negotiations Started", Stage::Negotiation),
        (Crm::Dynamics, "Develop", Stage::Discovery),
        (Crm::Close, "Demo Completed", Stage::Consensus),
        (Crm::Odoo, "New", Stage::Qualification),
        (Crm::Espocrm, "Proposal", Stage::Proposal),
    ] {
        let found = primary(Asked { crm: Some(crm), ..label(name) });
        assert_eq!(found, (Some(stage), How::Label), "{crm:?} {name}");
    }
}

#[test]
fn a_renamed_hubspot_stage_is_known_by_its_id() {
    let asked = Asked { crm: Some(Crm::Hubspot), id: Some("contractsent"), ..label("Papiere raus") };
    assert_eq!(primary(asked), (Some(Stage::Closing), How::Id));
    assert_eq!(primary(label("qualifiedtobuy")), (Some(Stage::Discovery), How::Id));
}

#[test]
fn real_custom_pipelines_resolve() {
    for (name, probability, stage) in [
        ("0-Pending Acceptance", None, Stage::Qualification),
        ("1-Discovery", None, Stage::Discovery),
        ("2-Scoping", None, Stage::Discovery),
        ("3-Technical Evaluation", None, Stage::Presentation),
        ("4-Proposal", None, Stage::Proposal),
        ("5-Negotiating", None, Stage::Negotiation),
        ("6-Awaiting Signature", None, Stage::Closing),
        ("7-Closing", None, Stage::Closing),
        ("Meeting set", Some(0.0), Stage::Qualification),
        ("Discovery 10", Some(10.0), Stage::Discovery),
        ("EB", Some(30.0), Stage::Consensus),
        ("PoV", Some(50.0), Stage::Presentation),
        ("Justification", Some(70.0), Stage::Consensus),
        ("Negotiation", Some(90.0), Stage::Negotiation),
    ] {
        assert_eq!(primary(Asked { probability, ..label(name) }).0, Some(stage), "{name}");
    }
}

#[test]
fn stages_in_other_languages_are_known() {
    for (name, stage) in [
        ("Bedarfsanalyse", Stage::Discovery),
        ("Angebot versendet", Stage::Proposal),
        ("Négociation", Stage::Negotiation),
        ("NEGOCIATION", Stage::Negotiation),
        ("Devis envoyé", Stage::Proposal),
        ("Cotización enviada", Stage::Proposal),
        ("Fechamento", Stage::Closing),
        ("Apresentação agendada", Stage::Presentation),
        ("見積提出", Stage::Proposal),
        ("クロージング", Stage::Closing),
        ("初回商談", Stage::Qualification),
    ] {
        assert_eq!(primary(label(name)).0, Some(stage), "{name}");
    }
}

#[test]
fn words_decide_in_their_order_and_at_the_start_of_a_word_only() {
    assert_eq!(primary(label("Renewal proposal")), (Some(Stage::Growth), How::Word));
    assert_eq!(primary(label("Customer signed off")), (Some(Stage::Closing), How::Word));
    assert_eq!(primary(label("Redesign")), (None, How::Unmapped), "`sign` inside a word says nothing");
    assert_eq!(primary(label("Renewed interest")).0, Some(Stage::Growth));
    assert_eq!(primary(label("Newsletter")), (None, How::Unmapped));
}

#[test]
fn won_and_lost_come_before_words_and_probability_comes_last() {
    assert_eq!(primary(label("Closed Won")), (Some(Stage::Growth), How::Won));
    assert_eq!(primary(label("Closed - lost to procurement")), (Some(Stage::Revival), How::Lost));
    assert_eq!(primary(Asked { state: DealState::Won, ..label("Proposal Made") }), (Some(Stage::Growth), How::Won));
    assert_eq!(
        primary(Asked { probability: Some(85.0), ..label("Zebra") }),
        (Some(Stage::Negotiation), How::Probability)
    );
    assert_eq!(primary(Asked { probability: Some(100.0), ..label("Zebra") }), (None, How::Unmapped));
}

#[test]
fn the_teams_own_mapping_comes_first_and_the_narrowest_row_of_it_wins() {
    let map = StageMap::shipped()
        .with_own(
            "- { stage: Contract Sent, means: { negotiation: 1 } }\n\
             - { crm: hubspot, pipeline: Renewals, stage: Contract Sent, means: { growth: 1, closing: 0.5 } }\n",
        )
        .unwrap();
    let of = |pipeline| map.resolve(&Asked { crm: Some(Crm::Hubspot), pipeline, ..label("contract sent") });
    assert_eq!(of(None).stages[0].stage, Stage::Negotiation);
    assert_eq!(of(Some("renewals")).stages[0].stage, Stage::Growth);
    assert_eq!(of(Some("renewals")).how, How::Own);
    let again: String = map.own().iter().map(|row| format!("{row}\n")).collect();
    assert_eq!(StageMap::shipped().with_own(&again).unwrap().own(), map.own(), "what is written can be read");
}

#[test]
fn a_faulty_own_mapping_says_what_is_wrong() {
    for (text, says) in [
        ("- { stage: A, means: { offtopic: 1 } }", "offtopic"),
        ("- { stage: A, means: { closing: 7 } }", "7"),
        ("- { stage: A, means: { dancing: 1 } }", "dancing"),
        ("- { stage: ' ', means: { closing: 1 } }", "empty"),
    ] {
        let error = StageMap::shipped().with_own(text).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn deals_stages_lists_what_maps_where_and_proposes_for_the_unmapped() {
    let mut unmapped = make::deal("b");
    unmapped.stage_label = "Propsal".to_owned();
    unmapped.stage_id = None;
    unmapped.probability = None;
    let lines = list(&StageMap::shipped(), &[make::deal("a"), make::deal("c"), unmapped]);
    assert_eq!(lines.iter().map(|line| line.deals).collect::<Vec<_>>(), [2, 1]);
    assert!(lines[0].resolved.why.contains("HubSpot"), "{}", lines[0].resolved.why);
    let (name, stages) = lines[1].proposal.clone().unwrap();
    assert_eq!((name.as_str(), stages[0].stage), ("Proposal", Stage::Proposal));
}
