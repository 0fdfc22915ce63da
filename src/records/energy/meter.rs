//! The body of a meter's registration, change or end.

use super::meter_kind::{Carrier, MeterKind, word};
use crate::records::BodyError;
use crate::records::fields::{self, Fields};
use crate::types::{MarketArea, MemberId, MeterId};

/// Greatest capacity of a device, in watts: 1 TW.
const MAX_CAPACITY_W: u64 = 1_000_000_000_000;

/// A meter, as it is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterRegistration {
    /// The meter.
    pub meter: MeterId,
    /// Whose energy it measures.
    pub owner: MemberId,
    /// Where that is traded.
    pub area: MarketArea,
    /// What it measures.
    pub kind: MeterKind,
    /// What the energy is made of, if it measures production.
    pub carrier: Option<Carrier>,
    /// The most power that can flow through it, in watts.
    pub capacity_w: Option<u64>,
}

/// What is stated anew about a meter; what is not stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterAmendment {
    /// The meter.
    pub meter: MeterId,
    /// Whose energy it measures from now on.
    pub owner: Option<MemberId>,
    /// Where that is traded from now on.
    pub area: Option<MarketArea>,
    /// The most power that can flow through it, in watts.
    pub capacity_w: Option<u64>,
    /// Who reads it from now on.
    pub operator: Option<MemberId>,
}

/// What a record does with a meter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MeterChange {
    /// It is there from now on.
    Register(MeterRegistration),
    /// Something about it is otherwise.
    Change(MeterAmendment),
    /// It is read no more.
    Close(MeterId),
}

/// Reads and checks a body.
///
/// # Errors
/// [`BodyError`] with the place and the rule.
pub fn check_meter(body: &[u8]) -> Result<MeterChange, BodyError> {
    let json = fields::read(body)?;
    let fields = Fields::of(&json, "a record about a meter")?;
    match fields.text("operation")? {
        "register" => register(&fields).map(MeterChange::Register),
        "change" => change(&fields).map(MeterChange::Change),
        "close" => {
            fields.allow_only(&["operation", "meter"])?;
            Ok(MeterChange::Close(fields.parse("meter", MeterId::new)?))
        }
        other => Err(BodyError::new(
            "/operation",
            format!("{other:?} is no operation; register, change and close are"),
        )),
    }
}

fn register(fields: &Fields<'_, '_>) -> Result<MeterRegistration, BodyError> {
    fields.allow_only(&[
        "operation",
        "meter",
        "owner",
        "area",
        "kind",
        "carrier",
        "capacityW",
    ])?;
    let kind = fields.parse("kind", |text| {
        word(&MeterKind::ALL, MeterKind::as_str, text)
    })?;
    let carrier = match (kind.produces(), fields.get("carrier")) {
        (false, None) => None,
        (false, Some(_)) => {
            return Err(BodyError::new(
                fields.place("carrier"),
                "a meter of consumption has no carrier: it is that of what is produced",
            ));
        }
        (true, _) => {
            Some(fields.parse("carrier", |text| word(&Carrier::ALL, Carrier::as_str, text))?)
        }
    };
    Ok(MeterRegistration {
        meter: fields.parse("meter", MeterId::new)?,
        owner: fields.parse("owner", MemberId::new)?,
        area: fields.parse("area", MarketArea::new)?,
        kind,
        carrier,
        capacity_w: capacity(fields)?,
    })
}

fn change(fields: &Fields<'_, '_>) -> Result<MeterAmendment, BodyError> {
    let changeable = ["owner", "area", "capacityW", "operator"];
    fields.allow_only(&[
        "operation",
        "meter",
        "owner",
        "area",
        "capacityW",
        "operator",
    ])?;
    if changeable.iter().all(|name| fields.get(name).is_none()) {
        return Err(BodyError::new(
            "",
            format!("a change states at least one of {}", changeable.join(", ")),
        ));
    }
    Ok(MeterAmendment {
        meter: fields.parse("meter", MeterId::new)?,
        owner: fields.parse_optional("owner", MemberId::new)?,
        area: fields.parse_optional("area", MarketArea::new)?,
        capacity_w: capacity(fields)?,
        operator: fields.parse_optional("operator", MemberId::new)?,
    })
}

fn capacity(fields: &Fields<'_, '_>) -> Result<Option<u64>, BodyError> {
    match fields.get("capacityW") {
        None => Ok(None),
        Some(_) => fields
            .whole_number_within("capacityW", 1..=MAX_CAPACITY_W)
            .map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGISTER: &str = r#"{"operation":"register","meter":"CH-1","owner":"sunfarm","area":"CH-ZH",
        "kind":"production","carrier":"solar","capacityW":500000}"#;

    #[test]
    fn all_operations_are_read() {
        let meter = MeterId::new("CH-1").unwrap();
        let registration = MeterRegistration {
            meter: meter.clone(),
            owner: MemberId::new("sunfarm").unwrap(),
            area: MarketArea::new("CH-ZH").unwrap(),
            kind: MeterKind::Production,
            carrier: Some(Carrier::Solar),
            capacity_w: Some(500_000),
        };
        assert_eq!(
            check_meter(REGISTER.as_bytes()),
            Ok(MeterChange::Register(registration))
        );
        let amendment = MeterAmendment {
            meter: meter.clone(),
            owner: None,
            area: None,
            capacity_w: Some(7),
            operator: Some(MemberId::new("grid").unwrap()),
        };
        assert_eq!(
            check_meter(
                br#"{"operation":"change","meter":"CH-1","capacityW":7,"operator":"grid"}"#
            ),
            Ok(MeterChange::Change(amendment))
        );
        assert_eq!(
            check_meter(br#"{"operation":"close","meter":"CH-1"}"#),
            Ok(MeterChange::Close(meter))
        );
    }

    #[test]
    fn each_fault_is_at_its_place() {
        let cases = [
            ("[]".to_owned(), ""),
            (REGISTER.replace("register", "create"), "/operation"),
            (REGISTER.replace("CH-1", "CH 1"), "/meter"),
            (REGISTER.replace("sunfarm", "Sun"), "/owner"),
            (REGISTER.replace("CH-ZH", ""), "/area"),
            (REGISTER.replace("production", "making"), "/kind"),
            (REGISTER.replace("solar", "sunshine"), "/carrier"),
            (REGISTER.replace("production", "consumption"), "/carrier"),
            (REGISTER.replace("\"carrier\":\"solar\",", ""), "/carrier"),
            (REGISTER.replace("500000", "0"), "/capacityW"),
            (REGISTER.replace("500000", "1000000000001"), "/capacityW"),
            (REGISTER.replace("area", "zone"), "/zone"),
            (r#"{"operation":"change","meter":"a"}"#.to_owned(), ""),
            (
                r#"{"operation":"change","meter":"a","kind":"both"}"#.to_owned(),
                "/kind",
            ),
            (
                r#"{"operation":"close","meter":"a","owner":"b"}"#.to_owned(),
                "/owner",
            ),
        ];
        for (body, pointer) in cases {
            assert_eq!(
                check_meter(body.as_bytes()).unwrap_err().pointer,
                pointer,
                "{body}"
            );
        }
    }
}
