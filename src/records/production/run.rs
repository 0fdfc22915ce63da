//! The body of a run.

use crate::crypto::Sha256Digest;
use crate::records::BodyError;
use crate::records::epcis::Identifier;
use crate::records::fields::{self, Fields};
use crate::records::measured;
use crate::types::{Decimal, LogIndex, Timestamp};

/// Most lots that went into a run, and that came out of it.
const MAX_LOTS: usize = 100;

/// Most parameters of a run.
const MAX_PARAMETERS: usize = 64;

/// Most failures of a run.
const MAX_FAILURES: usize = 32;

/// Longest run, in milliseconds: a year.
const MAX_RUN_MS: i64 = 366 * 24 * 3_600_000;

/// Most energy, and most money: what every JSON reader keeps exactly.
const MAX_WHOLE: i64 = (1 << 53) - 1;

/// Most minutes of a failure: a year.
const MAX_FAILURE_MINUTES: i64 = 366 * 24 * 60;

/// Longest note, in characters.
const MAX_NOTE_CHARS: usize = 1_000;

const MS_PER_MINUTE: i64 = 60_000;

/// What applying a run needs of it: the rest has been checked, and stays in the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its owner's name of it.
    pub run: Box<str>,
    /// Where it was, canonical.
    pub site: Box<str>,
    /// On which machine of the site.
    pub machine: Box<str>,
    /// When it began.
    pub start: Timestamp,
    /// When it ended.
    pub end: Timestamp,
    /// The entry of the statement that this one corrects.
    pub corrects: Option<LogIndex>,
    /// Of the body.
    pub digest: Sha256Digest,
}

/// Reads and checks a body.
///
/// # Errors
/// [`BodyError`] with the place and the rule.
pub fn check(body: &[u8]) -> Result<Run, BodyError> {
    let json = fields::read(body)?;
    let fields = Fields::of(&json, "a production run")?;
    fields.allow_only(&[
        "run",
        "site",
        "machine",
        "process",
        "order",
        "product",
        "start",
        "end",
        "inputs",
        "outputs",
        "output",
        "scrap",
        "parameters",
        "energyWh",
        "cost",
        "failures",
        "corrects",
        "note",
    ])?;
    let stated = |field: &str| fields.get(field).is_some();
    let run = measured::name(&fields, "run")?;
    let site = identifier(&fields, "site")?;
    let machine = measured::name(&fields, "machine")?;
    if stated("process") {
        measured::word(&fields, "process")?;
    }
    if stated("order") {
        measured::note(&fields, "order", 200)?;
    }
    identifier(&fields, "product")?;
    let start = measured::time(&fields, "start")?;
    let end = measured::time(&fields, "end")?;
    let length_ms = end.as_ms().saturating_sub(start.as_ms());
    if !(1..=MAX_RUN_MS).contains(&length_ms) {
        return Err(BodyError::new(
            "/end",
            "a run ends after it starts, at most a year later",
        ));
    }
    for lots in ["inputs", "outputs"] {
        if stated(lots) {
            check_lots(&fields, lots)?;
        }
    }
    check_quantities(&fields)?;
    if stated("parameters") {
        check_parameters(&fields)?;
    }
    if stated("energyWh") {
        measured::integer(&fields, "energyWh", (0, MAX_WHOLE))?;
    }
    if stated("cost") {
        let cost = Fields::inside(fields.require("cost")?, fields.place("cost"))?;
        cost.allow_only(&["amountMinor", "currency"])?;
        measured::integer(&cost, "amountMinor", (0, MAX_WHOLE))?;
        measured::currency(&cost, "currency")?;
    }
    if stated("failures") {
        check_failures(&fields, length_ms)?;
    }
    if stated("note") {
        measured::note(&fields, "note", MAX_NOTE_CHARS)?;
    }
    let corrects = match stated("corrects") {
        true => Some(measured::integer(&fields, "corrects", (0, MAX_WHOLE))?),
        false => None,
    };
    Ok(Run {
        run,
        site,
        machine,
        start,
        end,
        corrects: corrects.map(|index| LogIndex(index.unsigned_abs())),
        digest: Sha256Digest::of(body),
    })
}

/// An identifier in its canonical form.
fn identifier(fields: &Fields<'_, '_>, field: &str) -> Result<Box<str>, BodyError> {
    let text = measured::uri(fields, field)?;
    match Identifier::parse(&text) {
        Ok(identifier) => Ok(identifier.canonical().into()),
        Err(fault) => Err(BodyError::new(
            fields.place(field),
            format!("not as GS1 has it: {fault}"),
        )),
    }
}

/// A quantity with its unit.
fn quantity(fields: &Fields<'_, '_>) -> Result<(Decimal, Box<str>), BodyError> {
    Ok((
        measured::amount(fields, "quantity")?,
        measured::unit(fields, "unit")?,
    ))
}

fn check_lots(fields: &Fields<'_, '_>, list: &str) -> Result<(), BodyError> {
    for lot in measured::objects(fields, list, (0, MAX_LOTS))? {
        lot.allow_only(&["lot", "quantity", "unit"])?;
        identifier(&lot, "lot")?;
        quantity(&lot)?;
    }
    Ok(())
}

fn check_quantities(fields: &Fields<'_, '_>) -> Result<(), BodyError> {
    let output = Fields::inside(fields.require("output")?, fields.place("output"))?;
    output.allow_only(&["quantity", "unit"])?;
    let (made, made_unit) = quantity(&output)?;
    let Some(scrap) = fields.get("scrap") else {
        return Ok(());
    };
    let scrap = Fields::inside(scrap, fields.place("scrap"))?;
    scrap.allow_only(&["quantity", "unit"])?;
    let (lost, lost_unit) = quantity(&scrap)?;
    if lost_unit != made_unit {
        return Err(BodyError::new(
            scrap.place("unit"),
            format!("scrap is told in the unit of the output, {made_unit}"),
        ));
    }
    if lost > made {
        return Err(BodyError::new(
            scrap.place("quantity"),
            format!("there is more scrap than output: {lost} of {made}"),
        ));
    }
    Ok(())
}

fn check_parameters(fields: &Fields<'_, '_>) -> Result<(), BodyError> {
    let mut names = Vec::new();
    for parameter in measured::objects(fields, "parameters", (0, MAX_PARAMETERS))? {
        parameter.allow_only(&["name", "value", "unit"])?;
        let name = measured::word(&parameter, "name")?;
        measured::decimal(&parameter, "value")?;
        measured::unit(&parameter, "unit")?;
        if names.contains(&name) {
            return Err(BodyError::new(
                parameter.place("name"),
                format!("{name} is listed twice"),
            ));
        }
        names.push(name);
    }
    Ok(())
}

fn check_failures(fields: &Fields<'_, '_>, length_ms: i64) -> Result<(), BodyError> {
    for failure in measured::objects(fields, "failures", (0, MAX_FAILURES))? {
        failure.allow_only(&["kind", "minutes"])?;
        measured::word(&failure, "kind")?;
        let minutes = measured::integer(&failure, "minutes", (0, MAX_FAILURE_MINUTES))?;
        // The last minute may have begun.
        if (minutes - 1).saturating_mul(MS_PER_MINUTE) >= length_ms {
            return Err(BodyError::new(
                failure.place("minutes"),
                "the failure is longer than the run",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BODY: &str = r#"{"run":"2026-W19-4","site":"urn:epc:id:sgln:9521004.00001.0","machine":"conche-2",
        "process":"conching","order":"zaanhuis/PO-7","product":"https://id.gs1.org/01/09521004007013",
        "start":"2026-05-04T06:00:00Z","end":"2026-05-04T14:30:00Z",
        "inputs":[{"lot":"urn:epc:class:lgtin:9521001.012345.A1","quantity":1250.5,"unit":"KGM"}],
        "outputs":[{"lot":"urn:epc:class:lgtin:9521004.000701.B7","quantity":1190,"unit":"KGM"}],
        "output":{"quantity":1200,"unit":"KGM"},"scrap":{"quantity":10,"unit":"KGM"},
        "parameters":[{"name":"temperature","value":72.5,"unit":"CEL"},{"name":"speed","value":40,"unit":"RPM"}],
        "energyWh":412000,"cost":{"amountMinor":318050,"currency":"EUR"},
        "failures":[{"kind":"overheating","minutes":12}],"note":"é"}"#;

    #[test]
    fn a_run_is_read() {
        let run = check(BODY.as_bytes()).unwrap();
        assert_eq!((&*run.run, &*run.machine), ("2026-W19-4", "conche-2"));
        assert_eq!(&*run.site, "https://id.gs1.org/414/9521004000014");
        assert_eq!(
            run.end.as_ms() - run.start.as_ms(),
            8 * 3_600_000 + 1_800_000
        );
        assert_eq!(run.corrects, None);
        let corrected = BODY.replace("\"note\"", "\"corrects\":7,\"note\"");
        assert_eq!(
            check(corrected.as_bytes()).unwrap().corrects,
            Some(LogIndex(7))
        );
    }

    #[test]
    fn each_fault_is_at_its_place() {
        let cases = [
            ("2026-W19-4", "a b", "/run"),
            ("sgln:9521004.00001.0", "sgln:9521004.1.0", "/site"),
            ("conche-2", "", "/machine"),
            ("conching", "Conching", "/process"),
            ("zaanhuis/PO-7", "", "/order"),
            (
                "https://id.gs1.org/01/09521004007013",
                "https://id.gs1.org/01/09521004007014",
                "/product",
            ),
            (
                "https://id.gs1.org/01/09521004007013",
                "chocolate",
                "/product",
            ),
            ("14:30:00Z", "06:00:00Z", "/end"),
            ("2026-05-04T14", "2027-05-06T14", "/end"),
            ("1250.5", "-1250.5", "/inputs/0/quantity"),
            (
                "urn:epc:class:lgtin:9521004.000701.B7",
                "lot 7",
                "/outputs/0/lot",
            ),
            (
                "{\"quantity\":10,\"unit\":\"KGM\"}",
                "{\"quantity\":1200.001,\"unit\":\"KGM\"}",
                "/scrap/quantity",
            ),
            (
                "{\"quantity\":10,\"unit\":\"KGM\"}",
                "{\"quantity\":10,\"unit\":\"EA\"}",
                "/scrap/unit",
            ),
            ("\"speed\"", "\"temperature\"", "/parameters/1/name"),
            ("72.5", "\"72.5\"", "/parameters/0/value"),
            ("412000", "412000.5", "/energyWh"),
            ("318050", "-1", "/cost/amountMinor"),
            ("\"EUR\"", "\"euro\"", "/cost/currency"),
            ("overheating", "over heating", "/failures/0/kind"),
            ("\"minutes\":12", "\"minutes\":511", "/failures/0/minutes"),
            ("\"note\"", "\"corrects\":-1,\"note\"", "/corrects"),
            ("\"note\"", "\"notes\"", "/notes"),
        ];
        for (piece, other, place) in cases {
            assert!(BODY.contains(piece), "{piece}");
            let fault = check(BODY.replacen(piece, other, 1).as_bytes()).unwrap_err();
            assert_eq!(fault.pointer, place, "{other}: {fault}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0..900usize) {
            let _ = check(&bytes);
            if let Some(part) = BODY.as_bytes().get(..cut) {
                let _ = check(part);
            }
        }
    }
}
