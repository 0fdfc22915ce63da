use super::*;
use crate::types::json::read;

const ALL: [Vocabulary; 8] = [
    Vocabulary::BizStep,
    Vocabulary::Disposition,
    Vocabulary::BizTransactionType,
    Vocabulary::SourceDestinationType,
    Vocabulary::ErrorReason,
    Vocabulary::Component,
    Vocabulary::MeasurementType,
    Vocabulary::SensorAlert,
];

#[test]
fn words_are_sorted_and_found() {
    for vocabulary in ALL {
        assert!(
            vocabulary
                .words()
                .windows(2)
                .all(|pair| pair[0].0 < pair[1].0),
            "{vocabulary}"
        );
        for (word, uri) in vocabulary.words() {
            assert_eq!(
                vocabulary
                    .standard_term(word)
                    .as_ref()
                    .map(VocabularyTerm::uri),
                Some(*uri)
            );
        }
    }
    assert_eq!(
        ALL.map(|vocabulary| vocabulary.words().len()),
        [41, 33, 13, 3, 2, 14, 72, 2]
    );
}

#[test]
fn values_are_bare_words_or_uris() {
    let json = read(br#"{"roast": "https://roast.example/"}"#).expect("valid");
    let context = Context::read(&json).expect("valid");
    let read = |vocabulary: Vocabulary, text: &str| {
        vocabulary.read(text, &context).map(|term| term.to_string())
    };
    assert_eq!(
        read(Vocabulary::BizStep, "packing"),
        Ok("https://ref.gs1.org/cbv/BizStep-packing".into())
    );
    assert_eq!(
        read(Vocabulary::BizStep, "roast:winnowing"),
        Ok("https://roast.example/winnowing".into())
    );
    assert_eq!(
        read(Vocabulary::Component, "cbv:Comp-x"),
        Ok("https://ref.gs1.org/cbv/Comp-x".into())
    );
    assert_eq!(
        read(Vocabulary::MeasurementType, "gs1:Mass"),
        Ok("https://gs1.org/voc/Mass".into())
    );
    for (vocabulary, text) in [
        (Vocabulary::BizStep, "roasting"),
        (Vocabulary::BizStep, ""),
        (Vocabulary::Disposition, "packing"),
    ] {
        assert_eq!(
            read(vocabulary, text),
            Err(FieldFault::UnknownWord {
                text: text.into(),
                vocabulary
            })
        );
    }
    for (vocabulary, text) in [
        (Vocabulary::BizStep, "urn:epcglobal:cbv:bizstep:packing"),
        (
            Vocabulary::Disposition,
            "https://ns.gs1.org/cbv/Disp-active",
        ),
        (
            Vocabulary::SensorAlert,
            "https://www.gs1.org/voc/ALARM_CONDITION",
        ),
        (Vocabulary::MeasurementType, "https://gs1.org/voc/Mass"),
        (
            Vocabulary::Disposition,
            "HTTPS://NS.GS1.ORG/cbv/Disp-active",
        ),
        (Vocabulary::BizStep, "URN:epcglobal:cbv:bizstep:packing"),
    ] {
        assert_eq!(
            read(vocabulary, text),
            Err(FieldFault::MustBeBareWord {
                text: text.into(),
                vocabulary
            })
        );
    }
}

#[test]
fn old_spellings_become_web_addresses() {
    assert_eq!(
        web_vocabulary("urn:epcglobal:cbv:disp:damaged"),
        Some("https://ref.gs1.org/cbv/Disp-damaged".into())
    );
    assert_eq!(web_vocabulary("urn:epcglobal:cbv:bt:3012345000008:7"), None);
    assert_eq!(web_vocabulary("damaged"), None);
}
