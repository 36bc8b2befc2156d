//! Files as strangers have them: titles and footers around the table, other languages, renamed columns.

use super::snapshot;
use crate::helpers::make::now;
use ridealong::crm::Import;
use ridealong::crm::csv::{Companions, CsvOptions, ImportError, read};
use ridealong::crm::stages::StageMap;
use ridealong::model::{Crm, DealState, Stage};

fn import(bytes: &[u8]) -> Result<Import, ImportError> {
    let (map, companions) = (StageMap::shipped(), Companions::default());
    read(bytes, &CsvOptions { crm: None, dates: None, now: now(), map: &map, companions: &companions })
}

#[test]
fn a_report_with_a_title_above_and_lines_about_itself_below_is_read() {
    let import = import(
        b"My open pipeline\n\nAs of 2026-11-23\n\
          Opportunity Name,Stage,Amount,Close Date,Opportunity Owner\n\
          Harbor pumps,Negotiation/Review,\"USD 12,500.00\",12/31/2026,Tom Reyes\n\
          Quay cranes,Prospecting,,12/30/2026,Tom Reyes\n\
          \"Grand Totals (2 records)\",,\"USD 12,500.00\",,\n\n\
          \"Copyright (c) 2026 Some Vendor, Inc. All rights reserved.\"\n\"Confidential Information - Do Not Distribute\"\n",
    )
    .unwrap();
    assert_eq!((import.crm, import.deals.len()), (Crm::Salesforce, 2));
    assert_eq!(import.deals[0].amount_minor, Some(1_250_000));
    let said: Vec<(u64, &str)> = import.complaints.iter().map(|one| (one.line, one.text.as_str())).collect();
    for (line, words) in [(7, "a total"), (9, "a footer"), (10, "a footer")] {
        assert!(said.iter().any(|(at, text)| *at == line && text.contains(words)), "{line} {words}: {said:?}");
    }
}

#[test]
fn exports_in_other_languages_are_read() {
    for (crm, file, stage) in [
        (
            Crm::Hubspot,
            "Datensatz-ID;Dealname;Deal-Phase;Abschlussdatum;Betrag;Deal-Inhaber;Nächster Schritt\n1;Förderband;Angebot;18.12.2026;1.234,50 €;Jörg;Anruf\n",
            Stage::Proposal,
        ),
        (
            Crm::Salesforce,
            "Nom de l'opportunité;Étape;Montant;Date de clôture;Propriétaire de l'opportunité;Nom du compte\nLigne 4;Négociation;1 234,50 €;18/12/2026;Zoé;Quai SA\n",
            Stage::Negotiation,
        ),
        (
            Crm::Hubspot,
            "ID de registro,Nombre del negocio,Etapa del negocio,Fecha de cierre,Valor,Propietario del negocio\n1,Línea 4,Propuesta enviada,2026-12-18,\"1.234,50\",Inés\n",
            Stage::Proposal,
        ),
        (
            Crm::Hubspot,
            "ID do registro,Nome do negócio,Etapa do negócio,Data de fechamento,Valor,Proprietário do negócio\n1,Linha 4,Fechamento,2026-12-18,\"R$ 1.234,50\",João\n",
            Stage::Closing,
        ),
        (
            Crm::Hubspot,
            "レコードID,取引名,取引ステージ,クローズ日,金額,取引担当者\n1,コンベヤ,見積提出,2026/12/18,\"1,234.50\",佐藤\n",
            Stage::Proposal,
        ),
    ] {
        let import = import(file.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{file}"));
        let deal = &import.deals[0];
        assert_eq!(import.crm, crm, "{file}");
        assert_eq!(deal.stages.first().map(|weight| weight.stage), Some(stage), "{file}");
        assert_eq!(deal.amount_minor, Some(123_450), "{file}");
        assert_eq!(deal.close_on, Some(jiff::civil::date(2026, 12, 18)), "{file}");
        assert!(!deal.owner.is_empty() && !deal.name.is_empty(), "{file}");
    }
}

#[test]
fn renamed_columns_and_internal_names_are_found() {
    let renamed = import(
        b"Deal ref,Opportunity name (long),Our sales stage,Stage duration,Expected close (est.),Deal amount (EUR),Key account owner,Sales rep name\n\
          7,Kestrel,Contract Sent,12 days,2026-12-18,12 500,Board,Maya\n",
    )
    .unwrap();
    let deal = &renamed.deals[0];
    assert_eq!((deal.name.as_str(), deal.stage_label.as_str()), ("Kestrel", "Contract Sent"));
    assert_eq!((deal.amount_minor, deal.currency.as_deref()), (Some(1_250_000), Some("EUR")));
    assert_eq!((deal.close_on, deal.owner.as_str()), (Some(jiff::civil::date(2026, 12, 18)), "Maya"));
    let internal = import(
        b"hs_object_id,dealname,dealstage,pipeline,amount,deal_currency_code,closedate,hubspot_owner_id\n\
          9,Kestrel,decisionmakerboughtin,default,48000,EUR,1797552000000,5\n10,Lynx,closedwon,default,1,EUR,,5\n",
    )
    .unwrap();
    assert_eq!(internal.crm, Crm::Hubspot);
    assert_eq!(internal.deals[0].stages[0].stage, Stage::Proposal);
    assert_eq!(internal.deals[1].state, DealState::Won);
}

#[test]
fn utf_16_with_tabs_as_spreadsheets_save_it_is_read() {
    let text = "Deal Name\tDeal Stage\tDeal owner\nMüller\tVerhandlung\tJörg\n";
    let mut bytes = vec![0xff, 0xfe];
    text.encode_utf16().for_each(|unit| bytes.extend(unit.to_le_bytes()));
    let import = import(&bytes).unwrap();
    assert_eq!((import.deals[0].name.as_str(), import.deals[0].stages[0].stage), ("Müller", Stage::Negotiation));
}

#[test]
fn what_a_file_has_no_column_for_stays_as_it_was_known() {
    let whole = import(
        b"Record ID,Deal Name,Deal Stage,Next step,Deal Description,Amount\n1,Kestrel,Contract Sent,Call,Nice,12\n",
    )
    .unwrap();
    let (known, _) = snapshot(Vec::new(), whole);
    let narrow = import(b"Record ID,Deal Name,Deal Stage,Next step\n1,Kestrel,Contract Sent,\n").unwrap();
    let (after, summary) = snapshot(known, narrow);
    assert_eq!(after[0].notes.as_deref(), Some("Nice"));
    assert_eq!(after[0].amount_minor, Some(1_200));
    assert_eq!(after[0].next_step, None, "an empty cell in a column empties it");
    assert_eq!(summary.changed, 1);
}
