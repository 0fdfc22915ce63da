//! Where a setting of a native family stands in `contract.toml`.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::manifest::RecordSection;
use crate::records::SettingFault;

/// The byte of the manifest's text at which a fault of a kind's settings is: that of the setting, or of the
/// innermost table around it that is written. Families read settings without places, so the text is read once more.
pub(super) fn byte_of_setting(text: &str, section: &RecordSection, fault: &SettingFault) -> usize {
    let given = section.settings.as_ref().map(Spanned::span);
    let whole = given.unwrap_or_else(|| section.kind.span()).start;
    find(text, section, fault).unwrap_or(whole)
}

fn find(text: &str, section: &RecordSection, fault: &SettingFault) -> Option<usize> {
    let document = DeTable::parse(text).ok()?;
    let DeValue::Array(records) = document.get_ref().get("record")?.get_ref() else {
        return None;
    };
    // No two sections have their kind at one place.
    let is_own = |record: &DeValue<'_>| {
        let kind = member(record, "kind");
        kind.is_some_and(|(_, kind)| kind.span() == section.kind.span())
    };
    let mut records = records.iter().map(Spanned::get_ref);
    let (_, mut found) = member(records.find(|record| is_own(record))?, "settings")?;
    let mut at = found.span().start;
    let mut path = fault.path.iter().peekable();
    while let Some(segment) = path.next() {
        let Some((name, value)) = member(found.get_ref(), segment) else {
            break;
        };
        let is_name = fault.is_of_name && path.peek().is_none();
        at = match name.filter(|_| is_name) {
            Some(name) => name,
            None => value.span().start,
        };
        found = value;
    }
    Some(at)
}

/// What is inside of a table or list, with the byte of its name in a table.
fn member<'v, 'i>(
    value: &'v DeValue<'i>,
    segment: &str,
) -> Option<(Option<usize>, &'v Spanned<DeValue<'i>>)> {
    match value {
        DeValue::Table(table) => {
            let (name, inner) = table.get_key_value(segment)?;
            Some((Some(name.span().start), inner))
        }
        DeValue::Array(items) => Some((None, items.get(segment.parse::<usize>().ok()?)?)),
        _ => None,
    }
}
