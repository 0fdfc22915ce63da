//! Meters in the state, and the effects of records about them.
//!
//! Who registers a meter is its operator: he alone reads it, changes it and closes it. A member with the role
//! [`METER_OPERATOR_ROLE`] operates meters of every member as long as it has it; any other member operates its own
//! alone. When the operator of a meter may operate it no more, its owner changes who does.

use bytes::Bytes;

use crate::contracts::context::{EffectContext, EffectError, EffectResult, StateWriter};
use crate::contracts::index_keys::IndexKey;
use crate::contracts::membership::{check_member, read_standing};
use crate::contracts::state_keys::StateKey;
use crate::contracts::values;
use crate::records::energy::{Carrier, MeterAmendment, MeterChange, MeterKind, MeterRegistration};
use crate::types::codec::{Reader, put_option};
use crate::types::{
    Decode, DecodeError, Encode, Height, LogIndex, MarketArea, MemberId, MeterId, Rejection, Role,
    Space, StateReader, Timestamp,
};

pub(in crate::contracts) use super::meters_readings::take_reading;

/// The role of members that operate the meters of others.
pub const METER_OPERATOR_ROLE: &str = "meter-operator";

/// A meter as its last record left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meter {
    /// Whether it has been closed.
    pub is_closed: bool,
    /// Who reads it.
    pub operator: MemberId,
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
    /// The entry that registered it.
    pub registered: LogIndex,
    /// How many records have stated it.
    pub revision: u64,
}

/// A step in the history of a meter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterStep {
    /// The entry of the record.
    pub index: LogIndex,
    /// The block that executed it.
    pub height: Height,
    /// That block's time.
    pub time: Timestamp,
    /// The meter as the record left it.
    pub meter: Meter,
}

/// Reads a meter.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_meter(
    state: &(impl StateReader + ?Sized),
    id: &MeterId,
) -> Result<Option<Meter>, EffectError> {
    values::read(state, StateKey::Meter(id), "meter")
}

/// The effect of a record about a meter.
pub(in crate::contracts) fn change_meter(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    change: &MeterChange,
) -> EffectResult {
    match change {
        MeterChange::Register(registration) => register(state, context, registration),
        MeterChange::Change(amendment) => amend(state, context, amendment),
        MeterChange::Close(id) => match operated(state, context, id)? {
            Err(rejection) => Ok(Err(rejection)),
            Ok(mut meter) => {
                meter.is_closed = true;
                write_meter(state, context, id, meter);
                Ok(Ok(()))
            }
        },
    }
}

fn register(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    registration: &MeterRegistration,
) -> EffectResult {
    let id = &registration.meter;
    if let Some(meter) = read_meter(state, id)? {
        return Ok(Err(Rejection::new(
            "meter-exists",
            format!("{id} was registered by entry {} already", meter.registered),
        )));
    }
    let submitter = &context.submitter.id;
    if registration.owner != *submitter && !operates_others(&context.submitter.roles) {
        return Ok(Err(Rejection::new(
            "not-own-meter",
            format!(
                "{submitter} registers meters of its own alone: those of others need the role \
                 {METER_OPERATOR_ROLE}"
            ),
        )));
    }
    if let Err(rejection) = check_member(state, &registration.owner)? {
        return Ok(Err(rejection));
    }
    let meter = Meter {
        is_closed: false,
        operator: submitter.clone(),
        owner: registration.owner.clone(),
        area: registration.area.clone(),
        kind: registration.kind,
        carrier: registration.carrier,
        capacity_w: registration.capacity_w,
        registered: context.index,
        revision: 0,
    };
    write_meter(state, context, id, meter);
    Ok(Ok(()))
}

fn amend(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    amendment: &MeterAmendment,
) -> EffectResult {
    let found = match taken_back(state, context, &amendment.meter)? {
        // A closed meter gets another operator, who can correct what it has read, and nothing else.
        Some(meter) if meter.is_closed && !changes_operator_alone(amendment) => {
            Err(closed(&amendment.meter))
        }
        Some(meter) => Ok(meter),
        None => operated(state, context, &amendment.meter)?,
    };
    let mut meter = match found {
        Ok(meter) => meter,
        Err(rejection) => return Ok(Err(rejection)),
    };
    if let Some(owner) = &amendment.owner {
        if let Err(rejection) = check_member(state, owner)? {
            return Ok(Err(rejection));
        }
        meter.owner = owner.clone();
    }
    if let Some(operator) = &amendment.operator {
        meter.operator = operator.clone();
    }
    let operator = match read_standing(state, &meter.operator)? {
        Ok(operator) => operator,
        Err(rejection) => return Ok(Err(rejection)),
    };
    if operator.id != meter.owner && !operates_others(&operator.roles) {
        return Ok(Err(Rejection::new(
            "not-own-meter",
            format!(
                "{} cannot operate a meter of {}: that needs the role {METER_OPERATOR_ROLE}",
                operator.id, meter.owner
            ),
        )));
    }
    if let Some(area) = &amendment.area {
        meter.area = area.clone();
    }
    meter.capacity_w = amendment.capacity_w.or(meter.capacity_w);
    write_meter(state, context, &amendment.meter, meter);
    Ok(Ok(()))
}

fn changes_operator_alone(amendment: &MeterAmendment) -> bool {
    amendment.owner.is_none() && amendment.area.is_none() && amendment.capacity_w.is_none()
}

/// A meter, open or closed, whose owner the submitter is, if nobody may operate it as it stands: its operator is not the
/// owner, and has lost the role or been removed.
fn taken_back(
    state: &(impl StateReader + ?Sized),
    context: &EffectContext<'_>,
    id: &MeterId,
) -> Result<Option<Meter>, EffectError> {
    let submitter = &context.submitter.id;
    let Some(meter) = read_meter(state, id)? else {
        return Ok(None);
    };
    if meter.owner != *submitter || meter.operator == *submitter {
        return Ok(None);
    }
    let operates = read_standing(state, &meter.operator)?
        .is_ok_and(|operator| operates_others(&operator.roles));
    Ok((!operates).then_some(meter))
}

/// An open meter that the submitter operates, and may operate still.
fn operated(
    state: &(impl StateReader + ?Sized),
    context: &EffectContext<'_>,
    id: &MeterId,
) -> Result<Result<Meter, Rejection>, EffectError> {
    Ok(
        operated_ever(state, context, id)?.and_then(|meter| match meter.is_closed {
            true => Err(closed(id)),
            false => Ok(meter),
        }),
    )
}

pub(super) fn closed(id: &MeterId) -> Rejection {
    Rejection::new(
        "meter-closed",
        format!("{id} is closed: nothing new is read, and it is not changed any more"),
    )
}

/// A meter, open or closed, that the submitter operates, and may operate still.
pub(super) fn operated_ever(
    state: &(impl StateReader + ?Sized),
    context: &EffectContext<'_>,
    id: &MeterId,
) -> Result<Result<Meter, Rejection>, EffectError> {
    let Some(meter) = read_meter(state, id)? else {
        return Ok(Err(Rejection::new(
            "no-such-meter",
            format!("no meter {id} is registered"),
        )));
    };
    if meter.operator != context.submitter.id {
        return Ok(Err(Rejection::new(
            "not-meter-operator",
            format!(
                "{id} is operated by {}, not by {}",
                meter.operator, context.submitter.id
            ),
        )));
    }
    if meter.owner != context.submitter.id && !operates_others(&context.submitter.roles) {
        return Ok(Err(Rejection::new(
            "not-own-meter",
            format!(
                "{id} is a meter of {}, and {} has the role {METER_OPERATOR_ROLE} no more",
                meter.owner, context.submitter.id
            ),
        )));
    }
    Ok(Ok(meter))
}

/// Writes a meter that a record has stated, and the step in its history.
fn write_meter(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    id: &MeterId,
    mut meter: Meter,
) {
    meter.revision += 1;
    values::write(state, StateKey::Meter(id), &meter);
    let place = IndexKey::MeterStep {
        meter: id,
        revision: meter.revision,
    };
    let step = MeterStep {
        index: context.index,
        height: context.height,
        time: context.time,
        meter,
    };
    state.put(
        Space::Index,
        &place.to_bytes(),
        Bytes::from(step.to_bytes()),
    );
}

fn operates_others(roles: &[Role]) -> bool {
    roles
        .iter()
        .any(|role| role.as_str() == METER_OPERATOR_ROLE)
}

impl Encode for Meter {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.is_closed));
        self.operator.encode(out);
        self.owner.encode(out);
        self.area.encode(out);
        self.kind.encode(out);
        put_option(out, self.carrier.as_ref());
        out.push(u8::from(self.capacity_w.is_some()));
        if let Some(capacity_w) = self.capacity_w {
            out.extend_from_slice(&capacity_w.to_be_bytes());
        }
        self.registered.encode(out);
        out.extend_from_slice(&self.revision.to_be_bytes());
    }
}

impl Decode for Meter {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            is_closed: reader.flag("meter")?,
            operator: MemberId::decode(reader)?,
            owner: MemberId::decode(reader)?,
            area: MarketArea::decode(reader)?,
            kind: MeterKind::decode(reader)?,
            carrier: reader.option("carrier")?,
            capacity_w: match reader.flag("capacity")? {
                true => Some(reader.u64()?),
                false => None,
            },
            registered: LogIndex::decode(reader)?,
            revision: reader.u64()?,
        })
    }
}

impl Encode for MeterStep {
    fn encode(&self, out: &mut Vec<u8>) {
        self.index.encode(out);
        self.height.encode(out);
        self.time.encode(out);
        self.meter.encode(out);
    }
}

impl Decode for MeterStep {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            index: LogIndex::decode(reader)?,
            height: Height::decode(reader)?,
            time: Timestamp::decode(reader)?,
            meter: Meter::decode(reader)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contracts::tests::State;
    use crate::types::Member;

    /// A submission can hold 10,000 changes, and a member 256 keys, whose points take microseconds each: no change
    /// of a meter reads them.
    #[test]
    fn a_meter_is_changed_without_reading_the_keys_of_its_operator() {
        let submitter = Member {
            id: MemberId::new("sun-coop").unwrap(),
            name: "Sun".to_owned(),
            roles: Vec::new(),
            keys: Vec::new(),
            removed_from: None,
        };
        let mut state = State::default();
        let mut bytes = submitter.to_bytes();
        // A key follows that nobody can read.
        *bytes.last_mut().unwrap() = 1;
        let key = StateKey::Member(&submitter.id).to_bytes();
        state.put(Space::State, &key, Bytes::from(bytes));
        let context = EffectContext {
            height: Height(1),
            time: Timestamp::from_ms(0),
            submitter: &submitter,
            index: LogIndex(1),
        };
        let meter = MeterId::new("PV").unwrap();
        let registration = MeterRegistration {
            meter: meter.clone(),
            owner: submitter.id.clone(),
            area: MarketArea::new("local").unwrap(),
            kind: MeterKind::Production,
            carrier: Some(Carrier::Solar),
            capacity_w: None,
        };
        let amendment = MeterAmendment {
            meter: meter.clone(),
            owner: None,
            area: None,
            capacity_w: Some(1_000),
            operator: Some(submitter.id.clone()),
        };
        for change in [
            MeterChange::Register(registration),
            MeterChange::Change(amendment),
            MeterChange::Close(meter),
        ] {
            change_meter(&mut state, &context, &change)
                .unwrap()
                .unwrap();
        }
    }
}
