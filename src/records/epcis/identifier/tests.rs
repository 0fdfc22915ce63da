use proptest::prelude::*;

use super::*;

/// Pairs of an EPC and its Digital Link, for every scheme with a GS1 key.
const PAIRS: [(&str, &str); 24] = [
    (
        "urn:epc:id:sgtin:762003.0418257.S-19",
        "https://id.gs1.org/01/07620034182577/21/S-19",
    ),
    (
        "urn:epc:id:sgtin:761234567890.3.A%2FB%25",
        "https://id.gs1.org/01/37612345678901/21/A%2FB%25",
    ),
    (
        "urn:epc:id:sscc:7620034.1000000042",
        "https://id.gs1.org/00/176200340000000427",
    ),
    (
        "urn:epc:id:sgln:7620034.00021.0",
        "https://id.gs1.org/414/7620034000215",
    ),
    (
        "urn:epc:id:sgln:762003400021..DOCK-4",
        "https://id.gs1.org/414/7620034000215/254/DOCK-4",
    ),
    (
        "urn:epc:id:pgln:762003400021.",
        "https://id.gs1.org/417/7620034000215",
    ),
    (
        "urn:epc:id:grai:7620034.00777.CRATE(9)",
        "https://id.gs1.org/8003/07620034007771CRATE%289%29",
    ),
    (
        "urn:epc:id:giai:7620034.TRUCK.12",
        "https://id.gs1.org/8004/7620034TRUCK.12",
    ),
    (
        "urn:epc:id:gsrn:7620034.0000000123",
        "https://id.gs1.org/8018/762003400000001238",
    ),
    (
        "urn:epc:id:gsrnp:7620034.0000000123",
        "https://id.gs1.org/8017/762003400000001238",
    ),
    (
        "urn:epc:id:gdti:7620034.00055.CERT-7",
        "https://id.gs1.org/253/7620034000550CERT-7",
    ),
    (
        "urn:epc:id:cpi:7620034.GRINDER-7%2FA.42",
        "https://id.gs1.org/8010/7620034GRINDER-7%2FA/8011/42",
    ),
    (
        "urn:epc:id:sgcn:7620034.00001.77",
        "https://id.gs1.org/255/762003400001777",
    ),
    (
        "urn:epc:id:ginc:7620034.ABJ-RTM-3",
        "https://id.gs1.org/401/7620034ABJ-RTM-3",
    ),
    (
        "urn:epc:id:gsin:7620034.000000042",
        "https://id.gs1.org/402/76200340000000420",
    ),
    (
        "urn:epc:id:itip:762003.0418257.01.02.7",
        "https://id.gs1.org/8006/076200341825770102/21/7",
    ),
    (
        "urn:epc:id:upui:762003.0418257.51qIgY)%3C%26",
        "https://id.gs1.org/01/07620034182577/235/51qIgY%29%3C%26",
    ),
    (
        "urn:epc:class:lgtin:762003.0418257.L:2024",
        "https://id.gs1.org/01/07620034182577/10/L%3A2024",
    ),
    (
        "urn:epc:idpat:sgtin:762003.0418257.*",
        "https://id.gs1.org/01/07620034182577",
    ),
    (
        "urn:epc:idpat:grai:7620034.00777.*",
        "https://id.gs1.org/8003/07620034007771",
    ),
    (
        "urn:epc:idpat:gdti:7620034.00055.*",
        "https://id.gs1.org/253/7620034000550",
    ),
    (
        "urn:epc:idpat:sgcn:7620034.00001.*",
        "https://id.gs1.org/255/7620034000017",
    ),
    (
        "urn:epc:idpat:cpi:7620034.GRINDER-7.*",
        "https://id.gs1.org/8010/7620034GRINDER-7",
    ),
    (
        "urn:epc:idpat:itip:762003.0418257.01.02.*",
        "https://id.gs1.org/8006/076200341825770102",
    ),
];

#[test]
fn both_spellings_are_one_identifier() {
    for (epc, link) in PAIRS {
        assert_eq!(canonical_identifier(epc), link, "{epc}");
        assert_eq!(canonical_identifier(link), link);
        let (epc, link) = (
            Identifier::check(epc).expect("valid"),
            Identifier::check(link).expect("valid"),
        );
        assert_ne!(epc.as_written(), epc.canonical());
        assert_eq!(epc.canonical(), link.canonical());
        assert_eq!(link.as_written(), link.canonical());
    }
}

#[test]
fn classes_are_told_from_single_objects_in_both_spellings() {
    for (epc, link) in PAIRS {
        let is_class = !epc.starts_with("urn:epc:id:");
        for text in [epc, link] {
            let identifier = Identifier::check(text).expect("valid");
            assert_eq!(identifier.is_class(), Some(is_class), "{text}");
        }
    }
    for (text, is_class) in [
        ("HTTPS://shop.example/gtin/7620034182577", Some(true)),
        ("https://shop.example/01/07620034182577/22/2A", Some(true)),
        (
            "https://shop.example/01/07620034182577/10/L/21/S",
            Some(false),
        ),
        (
            "https://shop.example/8006/076200341825770102/10/L",
            Some(true),
        ),
        ("urn:epc:id:gid:95100000.12345.400", Some(false)),
        ("https://shop.example/goods/7", None),
        ("https://id.gs1.org/about", None),
        ("urn:example:01", None),
    ] {
        let identifier = Identifier::check(text).expect("valid");
        assert_eq!(identifier.is_class(), is_class, "{text}");
    }
}

#[test]
fn links_are_reduced_to_their_canonical_form() {
    for (link, canonical) in [
        (
            "http://shop.example/01/07620034182577",
            "https://id.gs1.org/01/07620034182577",
        ),
        (
            "https://shop.example/en/products/gtin/7620034182577/",
            "https://id.gs1.org/01/07620034182577",
        ),
        (
            "https://shop.example/01/96385074?linkType=gs1:pip",
            "https://id.gs1.org/01/00000096385074",
        ),
        (
            "https://shop.example/01/614141123452#top",
            "https://id.gs1.org/01/00614141123452",
        ),
        (
            "https://shop.example/01/07620034182577/22/2A/10/L7/21/S%2f1",
            "https://id.gs1.org/01/07620034182577/21/S%2F1",
        ),
        (
            "https://shop.example/gtin/07620034182577/lot/L7",
            "https://id.gs1.org/01/07620034182577/10/L7",
        ),
        (
            "https://shop.example/01/07620034182577/cpv/2A",
            "https://id.gs1.org/01/07620034182577",
        ),
        (
            "https://shop.example/01/07620034182577/235/T1",
            "https://id.gs1.org/01/07620034182577/235/T1",
        ),
        (
            "https://shop.example/8006/076200341825770102/10/L7/21/9",
            "https://id.gs1.org/8006/076200341825770102/21/9",
        ),
        (
            "https://shop.example/gln/7620034000215/254/DOCK!",
            "https://id.gs1.org/414/7620034000215/254/DOCK%21",
        ),
        (
            "https://shop.example/8018/762003400000001238/8019/7",
            "https://id.gs1.org/8018/762003400000001238",
        ),
        (
            "https://shop.example/01/soap/01/07620034182577",
            "https://id.gs1.org/01/07620034182577",
        ),
        (
            "https://ID.GS1.org/01/07620034182577",
            "https://id.gs1.org/01/07620034182577",
        ),
        (
            "HTTPS://ID.GS1.ORG/01/07620034182577/21/S-19",
            "https://id.gs1.org/01/07620034182577/21/S-19",
        ),
        (
            "Http://shop.example/01/07620034182577",
            "https://id.gs1.org/01/07620034182577",
        ),
    ] {
        assert_eq!(canonical_identifier(link), canonical, "{link}");
    }
}

/// Elsewhere than at GS1 a wrong check digit is not judged by the event hash, as in the reference hashes. It is no key of GS1
/// for all that, and goes by its own address.
#[test]
fn a_wrong_check_digit_elsewhere_is_an_address() {
    for (link, address) in [
        (
            "https://shop.example/01/07620034182570",
            "https://shop.example/01/07620034182570",
        ),
        (
            "https://Shop.Example/414/7620034000218",
            "https://shop.example/414/7620034000218",
        ),
    ] {
        let identifier = Identifier::parse(link).unwrap();
        assert_eq!(identifier.canonical(), address);
        assert_eq!(canonical_identifier(link), address);
        assert_eq!(canonical_identifier(address), address);
        let hashed = link.to_lowercase().replace("shop.example", "id.gs1.org");
        assert_eq!(identifier.in_event_hash(), hashed);
        assert_eq!(in_event_hash(link), hashed);
        assert_eq!(identifier.is_class(), None);
        assert!(Identifier::parse(&hashed).is_err());
    }
}

#[test]
fn other_uris_stay_as_they_are() {
    for text in [
        "urn:uuid:5d9f6ab2-8d0f-4a1c-9f6e-0f3a4a0d7c11",
        "urn:epcglobal:cbv:bt:7620034000215:PO-7",
        "geo:5.36,-4.00",
        "https://shop.example/",
        "https://shop.example",
        "https://shop.example/01/soap",
        "https://shop.example/01/123456789",
        "https://shop.example/01/07620034182577/99/x",
        "https://shop.example/01/07620034182577/21",
        "https://shop.example/01/07620034182577/21/this-serial-number-is-too-long",
        "https://shop.example/414/7620034000215/21/x",
        "https://shop.example/01/07620034182577/10/a/10/b",
        "https://shop.example/01/07620034182577/21/a/10/b",
        "https://shop.example/01/07620034182577/21/a/235/b",
        "https://shop.example/8004/abcd",
        "https://shop.example/00/17620034000000042",
        "https://shop.example?/01/07620034182577",
        "https://id.gs1.org/about",
        "not a uri",
    ] {
        assert_eq!(canonical_identifier(text), text);
        assert_eq!(
            Identifier::check(text).map(|identifier| identifier.canonical().to_string()),
            Ok(text.to_string())
        );
    }
}

#[test]
fn schemes_without_a_gs1_key_are_checked_and_kept() {
    for text in [
        "urn:epc:id:gid:95100000.12345.400",
        "urn:epc:id:usdod:CAGEY.5678",
        "urn:epc:id:adi:35962.PQ7VZ4.M37GXB92",
        "urn:epc:id:adi:W81X9C..%2312",
        "urn:epc:id:bic:CSQU3054383",
        "urn:epc:id:imovn:9176187",
    ] {
        assert_eq!(canonical_identifier(text), text);
        assert!(Identifier::check(text).is_ok(), "{text}");
    }
}

#[test]
fn broken_epcs_are_refused() {
    for text in [
        "urn:epc:id:sgtin:762003.0418257",
        "urn:epc:id:sgtin:762003.0418257.",
        "urn:epc:id:sgtin:762003.041825.S-19",
        "urn:epc:id:sgtin:76200.30418257.S-19",
        "urn:epc:id:sgtin:7620034182571.0.S-19",
        "urn:epc:id:sgtin:762003.04182x7.S-19",
        "urn:epc:id:sgtin:762003.0418257.this-serial-number-is-21",
        "urn:epc:id:sgtin:762003.0418257.A%23",
        "urn:epc:id:sgtin:762003.0418257.A%2",
        "urn:epc:id:sgtin:762003.0418257.A~",
        "urn:epc:id:sscc:7620034.100000004",
        "urn:epc:id:sscc:7620034.1000000042.1",
        "urn:epc:id:sgln:7620034.00021",
        "urn:epc:id:pgln:7620034.00021.0",
        "urn:epc:id:grai:7620034.00777.this-is-17-chars-",
        "urn:epc:id:giai:7620034.",
        "urn:epc:id:giai:7620034.this-asset-is-longer-than-23",
        "urn:epc:id:cpi:7620034.grinder.42",
        "urn:epc:id:cpi:7620034.GRINDER.4a",
        "urn:epc:id:sgcn:7620034.00001.x",
        "urn:epc:id:itip:762003.0418257.1.02.7",
        "urn:epc:id:gid:1.2",
        "urn:epc:id:usdod:CAGEY.x",
        "urn:epc:id:adi:359.PQ.M3",
        "urn:epc:id:bic:csqu3054383",
        "urn:epc:id:imovn:917618",
        "urn:epc:class:lgtin:762003.0418257",
        "urn:epc:idpat:sgtin:762003.0418257.S-19",
        "urn:epc:idpat:sgtin:762003.*.*",
        "urn:epc:idpat:itip:762003.0418257.01.*",
        "urn:epc:idpat:cpi:7620034.GRINDER-7",
    ] {
        assert!(
            matches!(
                Identifier::check(text),
                Err(IdentifierError::Structure { .. } | IdentifierError::Character { .. })
            ),
            "{text}"
        );
        assert_eq!(canonical_identifier(text), text);
    }
}

/// The form is not at fault where a character is: that one is named, as it is written.
#[test]
fn the_character_that_is_at_fault_is_named() {
    for (text, expected) in [
        ("urn:epc:id:sgtin:762003.0418257.A%20B", Some("%20")),
        ("urn:epc:id:sgtin:762003.0418257.A%2FB%2", Some("%2")),
        ("urn:epc:id:sgtin:762003.0418257.A%+1", Some("%+1")),
        ("urn:epc:id:sgtin:762003.0418257.A~", Some("~")),
        ("urn:epc:id:sgtin:762003.0418257.%", Some("%")),
        ("urn:epc:id:sgtin:762003.0418257.é", Some("é")),
        ("urn:epc:id:sgtin:762003.0418257.%é", Some("%é")),
        ("urn:epc:id:cpi:7620034.grinder.42", Some("g")),
        ("urn:epc:id:sgtin:762003.041825.S-19", None),
        (
            "urn:epc:id:sgtin:762003.0418257.this-serial-number-is-21",
            None,
        ),
    ] {
        let found = match Identifier::check(text).unwrap_err() {
            IdentifierError::Character { character, .. } => Some(character),
            IdentifierError::Structure { .. } => None,
            other => panic!("{text}: {other}"),
        };
        assert_eq!(found.as_deref(), expected, "{text}");
    }
}

#[test]
fn unknown_epcs_are_refused() {
    let unknown = |scheme: &str| {
        Err(IdentifierError::UnknownScheme {
            scheme: scheme.to_string(),
        })
    };
    for (text, expected) in [
        (
            "urn:epc:tag:sgtin-96:1.762003.0418257.7",
            unknown("tag:sgtin-96"),
        ),
        ("urn:epc:id:barcode:7", unknown("id:barcode")),
        ("urn:epc:class:sgtin:762003.0418257", unknown("class:sgtin")),
        ("urn:epc:id", unknown("id")),
        (
            "URN:EPC:id:sgtin:762003.0418257.S-19",
            Err(IdentifierError::NotLowerCase),
        ),
        (
            "urn:epc:id:SGTIN:762003.0418257.S-19",
            Err(IdentifierError::NotLowerCase),
        ),
    ] {
        assert_eq!(Identifier::check(text), expected, "{text}");
    }
}

#[test]
fn broken_links_at_gs1_are_refused() {
    for (text, key) in [
        ("https://id.gs1.org/01/123456789", "01"),
        ("https://id.gs1.org/01/07620034182577/99/x", "01"),
        ("http://id.gs1.org/sscc/1762003400000004", "00"),
        ("https://id.gs1.org/8004/7620034%23", "8004"),
        ("https://id.gs1.org/8010/7620034grinder", "8010"),
        (
            "https://id.gs1.org/253/7620034000550this-serial-is-18-",
            "253",
        ),
    ] {
        let expected = IdentifierError::DigitalLink {
            application_identifier: key,
        };
        assert_eq!(Identifier::check(text), Err(expected), "{text}");
    }
    let expected = IdentifierError::CheckDigit {
        key: "07620034182570".into(),
        expected: '7',
    };
    for scheme in ["https", "HTTPS", "Http"] {
        assert_eq!(
            Identifier::check(&format!("{scheme}://id.gs1.org/01/7620034182570/21/S")),
            Err(expected.clone())
        );
    }
}

/// A UUID or any other URI that is no GS1 key is one thing in whatever case; its hash is of what was written.
#[test]
fn the_hash_takes_other_uris_as_they_are_written() {
    for (text, canonical, hashed) in [
        (
            "URN:UUID:5D9F6AB2-8D0F-4A1C-9F6E-0F3A4A0D7C11",
            "urn:uuid:5d9f6ab2-8d0f-4a1c-9f6e-0f3a4a0d7c11",
            "URN:UUID:5D9F6AB2-8D0F-4A1C-9F6E-0F3A4A0D7C11",
        ),
        (
            "HTTPS://Shop.example/Hall",
            "https://shop.example/Hall",
            "HTTPS://Shop.example/Hall",
        ),
        (
            "HTTPS://ID.GS1.ORG/00/176200340000000427",
            "https://id.gs1.org/00/176200340000000427",
            "https://id.gs1.org/00/176200340000000427",
        ),
        (
            "urn:epc:id:gid:95100000.12345.400",
            "urn:epc:id:gid:95100000.12345.400",
            "urn:epc:id:gid:95100000.12345.400",
        ),
    ] {
        let identifier = Identifier::check(text).expect("valid");
        assert_eq!(identifier.as_written(), text);
        assert_eq!(identifier.canonical(), canonical);
        assert_eq!(identifier.in_event_hash(), hashed);
        assert_eq!(in_event_hash(text), hashed);
        assert_eq!(canonical_identifier(text), canonical);
    }
}

/// Characters of ISO/IEC 646 that no GS1 key holds.
const OUTSIDE_SET_82: [char; 12] = ['#', '$', '@', '[', '\\', ']', '^', '`', '{', '|', '}', '~'];

proptest! {
    #[test]
    fn never_panics(text in ".{0,60}") {
        let _ = canonical_identifier(&text);
    }

    #[test]
    fn never_panics_on_mutated_identifiers(
        pair in prop::sample::select(&PAIRS[..]),
        place in any::<prop::sample::Index>(),
        character in any::<char>(),
    ) {
        for text in [pair.0, pair.1] {
            let mut characters: Vec<char> = text.chars().collect();
            let place = place.index(characters.len());
            characters[place] = character;
            let mutated: String = characters.iter().collect();
            let _ = Identifier::check(&mutated);
        }
    }

    /// A URN of an EPC is refused in capitals; in all other URIs the case of the scheme means nothing.
    #[test]
    fn identity_does_not_depend_on_the_case_of_the_scheme(
        pair in prop::sample::select(&PAIRS[..]),
        rest in "(https?://[a-zA-Z0-9.]{1,9}(/01|/8004|/gtin)?|[Uu]rn:uuid|[a-zA-Z]{1,5})[a-zA-Z0-9./:?-]{0,20}",
        capitals in any::<u32>(),
    ) {
        for text in [pair.1, &rest, "urn:uuid:5d9f6ab2-8d0f-4a1c-9f6e-0f3a4a0d7c11"] {
            let scheme_end = text.find(':').unwrap_or_default();
            let change = |(at, letter): (usize, char)| match at < scheme_end && capitals >> (at % 32) & 1 == 1 {
                true => letter.to_ascii_uppercase(),
                false => letter,
            };
            let changed: String = text.chars().enumerate().map(change).collect();
            // What is no URI is no identifier.
            if let (Ok(plain), Ok(changed)) = (Identifier::parse(text), Identifier::parse(&changed)) {
                prop_assert_eq!(plain.canonical(), changed.canonical());
                prop_assert_eq!(plain.canonical(), canonical_identifier(changed.as_written()));
            } else {
                prop_assert_eq!(Identifier::parse(text).is_ok(), Identifier::parse(&changed).is_ok());
            }
        }
    }

    #[test]
    fn canonical_form_is_stable(text in "(https?://[a-z.]{1,12}/(01|8004|401)/[0-9]{4,14})?[a-zA-Z0-9./%()*-]{0,24}") {
        let once = canonical_identifier(&text).into_owned();
        prop_assert_eq!(canonical_identifier(&once), once.as_str());
        let capitals = canonical_identifier(&text.to_ascii_uppercase()).into_owned();
        prop_assert_eq!(canonical_identifier(&capitals), capitals.as_str());
    }

    #[test]
    fn serial_numbers_of_both_spellings_agree(serial in "[!-~]{1,20}") {
        let encode = |byte: u8| {
            if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02x}") }
        };
        let encoded: String = serial.bytes().map(encode).collect();
        let epc = format!("urn:epc:id:sgtin:762003.0418257.{encoded}");
        let link = format!("https://shop.example/01/07620034182577/21/{encoded}");
        if let Ok(identifier) = Identifier::check(&epc) {
            prop_assert_eq!(identifier.canonical(), canonical_identifier(&link));
            prop_assert!(identifier.canonical().starts_with("https://id.gs1.org/01/07620034182577/21/"));
        } else {
            prop_assert!(serial.contains(OUTSIDE_SET_82));
        }
    }
}

#[test]
fn qualifiers_are_left_out() {
    for (whole, key) in [
        (
            "urn:epc:class:lgtin:762003.0418257.L:2024",
            "https://id.gs1.org/01/07620034182577",
        ),
        (
            "urn:epc:idpat:sgtin:762003.0418257.*",
            "https://id.gs1.org/01/07620034182577",
        ),
        (
            "urn:epc:id:sgln:7620034.00001.QUAY%2F4",
            "https://id.gs1.org/414/7620034000017",
        ),
        (
            "urn:epc:id:itip:762003.0418257.01.02.7",
            "https://id.gs1.org/8006/076200341825770102",
        ),
        (
            "https://vocab.example/01/2/3",
            "https://vocab.example/01/2/3",
        ),
        ("urn:x:a", "urn:x:a"),
    ] {
        assert_eq!(
            without_qualifiers(&canonical_identifier(whole)),
            key,
            "{whole}"
        );
    }
}
