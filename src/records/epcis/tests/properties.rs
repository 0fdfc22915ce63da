//! Properties of reading and hashing under arbitrary and mutated input.

use proptest::prelude::*;
use serde_json::Value;

use super::super::*;
use super::samples::samples;

/// Writes `value` with its members in another order, other whitespace and other escapes, as `choices` say.
fn scrambled(value: &Value, choices: &mut impl Iterator<Item = u8>) -> String {
    let mut choose = || choices.next().unwrap_or(0);
    let space = ["", " ", "\n\t", "\r\n  "][usize::from(choose() % 4)];
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members
                .iter()
                .map(|(name, member)| (choose(), name, member))
                .collect();
            members.sort_by_key(|(key, ..)| *key);
            let written: Vec<String> = members
                .into_iter()
                .map(|(_, name, member)| {
                    let name = scrambled(&Value::String(name.clone()), choices);
                    format!("{name}:{}", scrambled(member, choices))
                })
                .collect();
            format!("{space}{{{}{space}}}{space}", written.join(","))
        }
        Value::Array(items) => {
            let written: Vec<String> = items.iter().map(|item| scrambled(item, choices)).collect();
            format!("{space}[{}{space}]", written.join(","))
        }
        Value::String(text) if choose() % 3 == 0 => {
            let escaped: String = text
                .encode_utf16()
                .map(|unit| format!("\\u{unit:04x}"))
                .collect();
            format!("{space}\"{escaped}\"{space}")
        }
        other => format!("{space}{other}{space}"),
    }
}

fn any_sample() -> impl Strategy<Value = Value> {
    prop::sample::select(samples().to_vec())
}

proptest! {
    #[test]
    fn never_panics_on_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(parse(&bytes).is_err());
    }

    #[test]
    fn never_panics_on_mutated_events(
        event in any_sample(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = event.to_string().into_bytes();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let _ = parse(&bytes);
    }

    #[test]
    fn never_panics_on_cut_events(event in any_sample(), place in any::<prop::sample::Index>()) {
        let text = event.to_string();
        prop_assert!(parse(&text.as_bytes()[..place.index(text.len())]).is_err());
    }

    #[test]
    fn hash_depends_on_meaning_alone(event in any_sample(), choices in prop::collection::vec(any::<u8>(), 0..400)) {
        let plain = parse(event.to_string().as_bytes()).expect("a valid sample");
        let scrambled = scrambled(&event, &mut choices.into_iter());
        let other = parse(scrambled.as_bytes()).map_err(|error| TestCaseError::fail(format!("{error}\n{scrambled}")))?;
        prop_assert_eq!(plain.event_hash(), other.event_hash());
        prop_assert_eq!(plain.error_declaration.as_ref(), other.error_declaration.as_ref());
    }

    #[test]
    fn order_of_lists_does_not_matter(mut serials in prop::collection::btree_set(0_u32..999, 1..8).prop_map(|set| set.into_iter().collect::<Vec<_>>())) {
        let event = |serials: &[u32]| {
            let mut event = samples()[1].clone();
            event["epcList"] = serials.iter().map(|serial| format!("urn:epc:id:giai:7620034.{serial}")).collect();
            parse(event.to_string().as_bytes()).expect("valid").event_hash()
        };
        let ascending = event(&serials);
        serials.reverse();
        prop_assert_eq!(event(&serials), ascending);
    }
}
