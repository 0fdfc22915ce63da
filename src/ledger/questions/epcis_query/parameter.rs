//! The parameters of the standard (EPCIS 2.0, section 8.2.7.1), read into conditions.

use super::attribute_predicate::{AttributePredicate, AttributeTest, VocabularyField};
use super::error::EpcisQueryError;
use super::event_predicate::{EventPredicate, PersistentField};
use super::field_predicate::{
    FieldDepth, FieldPlace, FieldPredicate, FieldTest, FieldValue, decimal,
};
use super::pattern::EpcPattern;
use super::query::{EpcisQuery, EventCountLimit, OrderBy, PlaceField};
use super::sensor_predicate::{SensorNumber, SensorPredicate, SensorTime, SensorUri};
use super::test::{Operator, Test};
use super::text::QueryText;
use super::trace_predicate::{EpcMatch, MatchRole, TracePredicate};
use crate::records::epcis::{Action, EventType, Namespaces, Vocabulary, standard_attribute_name};
use crate::types::{Decimal, ScanOrder, Timestamp, parse_digits};

/// Reads all parameters of a query.
///
/// # Errors
/// [`EpcisQueryError`] for the first that is not understood.
pub(super) fn read_all(query: &mut EpcisQuery, text: &QueryText) -> Result<(), EpcisQueryError> {
    for (name, values) in &text.parameters {
        let parameter = Parameter {
            name,
            values,
            namespaces: &text.namespaces,
        };
        if !parameter.read_control(query)?
            && !parameter.read_fixed(query)?
            && !parameter.read_flexible(query)?
        {
            return Err(EpcisQueryError::unknown(name));
        }
    }
    Ok(())
}

/// A parameter with its values.
struct Parameter<'a> {
    name: &'a str,
    values: &'a [String],
    namespaces: &'a Namespaces,
}

type Read<T> = Result<T, EpcisQueryError>;

impl Parameter<'_> {
    /// Reads a parameter about order and number; false if it is another.
    fn read_control(&self, query: &mut EpcisQuery) -> Read<bool> {
        match self.name {
            "orderBy" => {
                query.order_by = match self.one()? {
                    "eventTime" => OrderBy::EventTime,
                    "recordTime" => OrderBy::RecordTime,
                    // The standard orders by extension fields too, whose names have a colon.
                    field if field.contains(':') => {
                        return Err(
                            self.unsupported("events are ordered by eventTime or recordTime")
                        );
                    }
                    other => return Err(self.bad(other, "it is eventTime or recordTime")),
                }
            }
            "orderDirection" => {
                query.direction = match self.one()? {
                    "ASC" => ScanOrder::Ascending,
                    "DESC" => ScanOrder::Descending,
                    other => return Err(self.bad(other, "it is ASC or DESC")),
                }
            }
            "eventCountLimit" | "maxEventCount" => {
                if query.limit != EventCountLimit::None {
                    return Err(EpcisQueryError::BadCombination {
                        reason: "eventCountLimit and maxEventCount exclude each other".to_owned(),
                    });
                }
                let text = self.one()?;
                let count = parse_digits::<u64>(text).filter(|count| *count > 0);
                let count = count.ok_or_else(|| self.bad(text, "it is a whole number above 0"))?;
                query.limit = match self.name {
                    "eventCountLimit" => EventCountLimit::First(count),
                    _ => EventCountLimit::AtMost(count),
                };
            }
            "GE_eventTime" => query.event_time.from = Some(self.time()?),
            "LT_eventTime" => query.event_time.before = Some(self.time()?),
            "GE_recordTime" => query.record_time.from = Some(self.time()?),
            "LT_recordTime" => query.record_time.before = Some(self.time()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Reads a parameter whose name is fixed; false if it is another.
    fn read_fixed(&self, query: &mut EpcisQuery) -> Read<bool> {
        let trace = match self.name {
            "eventType" => Some(TracePredicate::EventType(self.event_types()?)),
            "EQ_action" => Some(TracePredicate::Action(self.actions()?)),
            "EQ_bizStep" => Some(TracePredicate::BizStep(self.terms(Vocabulary::BizStep)?)),
            "EQ_disposition" => Some(TracePredicate::Disposition(
                self.terms(Vocabulary::Disposition)?,
            )),
            "EQ_readPoint" => Some(TracePredicate::ReadPoint(self.ids()?)),
            "EQ_bizLocation" => Some(TracePredicate::BizLocation(self.ids()?)),
            "EQ_transformationID" => Some(TracePredicate::TransformationId(self.ids()?)),
            "EQ_eventID" => Some(TracePredicate::EventId(self.ids()?)),
            "EQ_correctiveEventID" => Some(TracePredicate::CorrectiveEventId(self.ids()?)),
            name => match name.strip_prefix("MATCH_").and_then(match_role) {
                Some(role) => Some(TracePredicate::Match(role, self.matches(role)?)),
                None => None,
            },
        };
        if let Some(predicate) = trace {
            query.trace.push(predicate);
            return Ok(true);
        }
        match self.name {
            "WD_readPoint" => {
                query.within.push((PlaceField::ReadPoint, self.ids()?));
                return Ok(true);
            }
            "WD_bizLocation" => {
                query.within.push((PlaceField::BizLocation, self.ids()?));
                return Ok(true);
            }
            "EXISTS_errorDeclaration" => {
                if self.flag()? {
                    query.trace.push(TracePredicate::IsErrorDeclaration);
                }
                return Ok(true);
            }
            "EXISTS_sensorElementList" => {
                if self.flag()? {
                    query
                        .event
                        .push(EventPredicate::Sensor(SensorPredicate::Exists));
                }
                return Ok(true);
            }
            _ => {}
        }
        let Some(predicate) = self.fixed_event_predicate()? else {
            return Ok(false);
        };
        query.event.push(predicate);
        Ok(true)
    }

    fn fixed_event_predicate(&self) -> Read<Option<EventPredicate>> {
        let disposition = || self.terms(Vocabulary::Disposition);
        let sensor = |predicate| Ok(Some(EventPredicate::Sensor(predicate)));
        match self.name {
            "EQ_persistentDisposition_set" => Ok(Some(EventPredicate::PersistentDisposition(
                PersistentField::Set,
                disposition()?,
            ))),
            "EQ_persistentDisposition_unset" => Ok(Some(EventPredicate::PersistentDisposition(
                PersistentField::Unset,
                disposition()?,
            ))),
            // The interface description and the query schema of the standard spell these in two ways.
            "GE_errorDeclarationTime" | "GE_errorDeclaration_Time" => Ok(Some(
                EventPredicate::ErrorDeclarationTime(Test::AtLeast(self.time()?)),
            )),
            "LT_errorDeclarationTime" | "LT_errorDeclaration_Time" => Ok(Some(
                EventPredicate::ErrorDeclarationTime(Test::Below(self.time()?)),
            )),
            "EQ_errorReason" => Ok(Some(EventPredicate::ErrorReason(
                self.terms(Vocabulary::ErrorReason)?,
            ))),
            "GE_time" | "LT_time" => sensor(self.sensor_time(SensorTime::At)?),
            "GE_startTime" | "LT_startTime" => sensor(self.sensor_time(SensorTime::Start)?),
            "GE_endTime" | "LT_endTime" => sensor(self.sensor_time(SensorTime::End)?),
            "EQ_type" => sensor(SensorPredicate::Type(
                self.terms(Vocabulary::MeasurementType)?,
            )),
            "EQ_deviceID" => sensor(SensorPredicate::Uri(SensorUri::DeviceId, self.ids()?)),
            "EQ_dataProcessingMethod" => sensor(SensorPredicate::Uri(
                SensorUri::DataProcessingMethod,
                self.ids()?,
            )),
            "EQ_bizRules" => sensor(SensorPredicate::Uri(SensorUri::BizRules, self.ids()?)),
            "EQ_microorganism" => {
                sensor(SensorPredicate::Uri(SensorUri::Microorganism, self.ids()?))
            }
            "EQ_chemicalSubstance" => sensor(SensorPredicate::Uri(
                SensorUri::ChemicalSubstance,
                self.ids()?,
            )),
            "EQ_uriValue" => sensor(SensorPredicate::Uri(SensorUri::UriValue, self.ids()?)),
            "EQ_stringValue" => sensor(SensorPredicate::Text(self.texts()?)),
            "EQ_hexBinaryValue" => sensor(SensorPredicate::HexBinary(self.hexadecimals()?)),
            "EQ_booleanValue" => match self.one()? {
                "true" => sensor(SensorPredicate::Boolean(true)),
                "false" => sensor(SensorPredicate::Boolean(false)),
                other => Err(self.bad(other, "it is true or false")),
            },
            _ => Ok(None),
        }
    }

    /// Reads a parameter whose name holds a type, a unit or the name of a field; false if it is none.
    fn read_flexible(&self, query: &mut EpcisQuery) -> Read<bool> {
        if let Some(predicate) = self.attributes()? {
            query.attributes.push(predicate);
            return Ok(true);
        }
        if let Some(field) = self.name.strip_prefix("EXISTS_") {
            let Some(predicate) = self.field(field, || Ok(FieldTest::Exists))? else {
                return Ok(false);
            };
            if self.flag()? {
                query.event.push(predicate);
            }
            return Ok(true);
        }
        let Some((operator, rest)) = Operator::split(self.name) else {
            return Ok(false);
        };
        if let Some(uom) = unit_of(rest, "quantity") {
            let test = self.decimals(operator)?;
            query.trace.push(TracePredicate::Quantity(uom, test));
            return Ok(true);
        }
        let predicate = match self.sensor_number(operator, rest)? {
            Some(predicate) => Some(predicate),
            None => match self.typed_party(operator, rest)? {
                Some(predicate) => Some(predicate),
                None => self.field(rest, || self.field_test(operator))?,
            },
        };
        let is_known = predicate.is_some();
        query.event.extend(predicate);
        Ok(is_known)
    }

    /// The condition on master data, if the parameter is one.
    fn attributes(&self) -> Read<Option<AttributePredicate>> {
        if let Some(field) = self.name.strip_prefix("HASATTR_") {
            let names: Read<Vec<_>> = self.values()?.iter().map(|n| self.attribute(n)).collect();
            return Ok(Some(AttributePredicate {
                field: self.vocabulary_field(field)?,
                test: AttributeTest::HasOneOf(names?),
            }));
        }
        // The standard and its query schema spell this one in two ways.
        let rest = ["EQATTR_", "EQ_ATTR_"]
            .iter()
            .find_map(|start| self.name.strip_prefix(start));
        let Some(rest) = rest else { return Ok(None) };
        // The names of the standard's fields have no line in them; of others the last one divides.
        let is_extension = rest
            .split('_')
            .next()
            .is_some_and(|name| name.contains(':'));
        let parts = match is_extension {
            true => rest.rsplit_once('_'),
            false => rest.split_once('_'),
        };
        let (field, attribute) = parts.ok_or_else(|| {
            self.bad(
                rest,
                "the name is EQATTR_, a field, a low line and an attribute",
            )
        })?;
        let values = self.values()?.iter();
        let values = values.map(|value| self.namespaces.expand(value).into());
        Ok(Some(AttributePredicate {
            field: self.vocabulary_field(field)?,
            test: AttributeTest::IsOneOf(self.attribute(attribute)?, values.collect()),
        }))
    }

    fn vocabulary_field(&self, name: &str) -> Read<VocabularyField> {
        if let Some(field) = VocabularyField::from_name(name) {
            return Ok(field);
        }
        let extension = name
            .contains(':')
            .then(|| self.namespaces.extension_name(name));
        match extension.flatten() {
            Some(name) => Ok(VocabularyField::Extension(name)),
            None => Err(self.bad(
                name,
                "it is neither readPoint, bizLocation, bizStep, disposition, bizTransaction, source, \
                 destination or epcClass, nor an extension whose prefix is declared",
            )),
        }
    }

    /// The full name of an attribute of master data.
    fn attribute(&self, text: &str) -> Read<Box<str>> {
        let full = standard_attribute_name(text).unwrap_or_else(|| self.namespaces.expand(text));
        match self.namespaces.identifier(&full) {
            Ok(_) => Ok(full.into()),
            Err(_) => Err(self.bad(
                text,
                "the name of an attribute is a URI, or has a prefix that is declared",
            )),
        }
    }

    fn sensor_number(&self, operator: Operator, rest: &str) -> Read<Option<EventPredicate>> {
        let name = rest.split('_').next().unwrap_or_default();
        let Some(number) = SensorNumber::from_name(name) else {
            return Ok(None);
        };
        let Some(uom) = unit_of(rest, name) else {
            return Ok(None);
        };
        // A rank has no unit, and a value means nothing without one.
        if uom.is_some() == (number == SensorNumber::PercentileRank) {
            return Ok(None);
        }
        let test = self.decimals(operator)?;
        Ok(Some(EventPredicate::Sensor(SensorPredicate::Number(
            number, uom, test,
        ))))
    }

    fn typed_party(&self, operator: Operator, rest: &str) -> Read<Option<EventPredicate>> {
        if operator != Operator::Equal {
            return Ok(None);
        }
        let Some((owner, kind)) = rest.split_once('_') else {
            return Ok(None);
        };
        let kind = |vocabulary| {
            let term = self.namespaces.term(vocabulary, kind);
            let term = term.map_err(|fault| self.bad(kind, fault))?;
            Ok::<Box<str>, EpcisQueryError>(term.uri().into())
        };
        let party = Vocabulary::SourceDestinationType;
        Ok(Some(match owner {
            "bizTransaction" => {
                EventPredicate::BizTransaction(kind(Vocabulary::BizTransactionType)?, self.ids()?)
            }
            "source" => EventPredicate::Source(kind(party)?, self.ids()?),
            "destination" => EventPredicate::Destination(kind(party)?, self.ids()?),
            _ => return Ok(None),
        }))
    }

    /// The condition on the field that the rest of a name names; none if it names no field.
    fn field(
        &self,
        rest: &str,
        test: impl FnOnce() -> Read<FieldTest>,
    ) -> Read<Option<EventPredicate>> {
        let (depth, rest) = match rest.strip_prefix("INNER_") {
            Some(rest) => (FieldDepth::Inner, rest),
            None => (FieldDepth::Top, rest),
        };
        let places = [
            ("ILMD_", FieldPlace::Ilmd),
            ("ERROR_DECLARATION_", FieldPlace::ErrorDeclaration),
            ("SENSORELEMENT_", FieldPlace::SensorElement),
            ("SENSORMETADATA_", FieldPlace::SensorMetadata),
            ("SENSORREPORT_", FieldPlace::SensorReport),
            ("readPoint_", FieldPlace::ReadPoint),
            ("bizLocation_", FieldPlace::BizLocation),
        ];
        let mut found = places
            .iter()
            .filter_map(|(start, place)| Some((*place, rest.strip_prefix(start)?)));
        let (place, name) = found.next().unwrap_or((FieldPlace::Event, rest));
        if !name.contains(':') {
            return Ok(None);
        }
        let Some(name) = self.namespaces.extension_name(name) else {
            return Err(self.bad(
                name,
                "its prefix is not declared: declare it with the header GS1-Extensions, such as \
                 GS1-Extensions: example=https://ns.example.com/epcis/, or write the full name",
            ));
        };
        Ok(Some(EventPredicate::Field(FieldPredicate {
            place,
            depth,
            name,
            test: test()?,
        })))
    }

    fn field_test(&self, operator: Operator) -> Read<FieldTest> {
        if operator == Operator::Equal {
            let values = self.values()?.iter();
            let values = values.map(|text| FieldValue::new(self.namespaces.expand(text)));
            return Ok(FieldTest::OneOf(values.collect()));
        }
        let text = self.one()?;
        if let Ok(number) = decimal(text) {
            return Ok(FieldTest::Number(operator.test(number)));
        }
        match time(text) {
            Ok(time) => Ok(FieldTest::Time(operator.test(time))),
            Err(_) => Err(self.bad(
                text,
                "it is neither a number nor a date with time and offset",
            )),
        }
    }

    fn sensor_time(&self, field: SensorTime) -> Read<SensorPredicate> {
        let time = self.time()?;
        let test = match self.name.starts_with("GE_") {
            true => Test::AtLeast(time),
            false => Test::Below(time),
        };
        Ok(SensorPredicate::Time(field, test))
    }

    fn matches(&self, role: MatchRole) -> Read<Vec<EpcMatch>> {
        let is_class = matches!(
            role,
            MatchRole::Class | MatchRole::InputClass | MatchRole::OutputClass | MatchRole::AnyClass
        );
        let read = |text: &String| {
            if EpcPattern::is_one(text) {
                // What leaves open the serial number alone is a class of its own.
                if is_class && let Ok(class) = self.namespaces.identifier(text) {
                    return Ok(EpcMatch::Exactly(class.canonical().into()));
                }
                let pattern = EpcPattern::parse(text).map_err(|reason| self.bad(text, reason))?;
                return Ok(EpcMatch::Pattern(pattern));
            }
            let id = self.namespaces.identifier(text);
            let id = id.map_err(|fault| self.bad(text, fault))?;
            Ok(EpcMatch::Exactly(id.canonical().into()))
        };
        self.values()?.iter().map(read).collect()
    }

    fn event_types(&self) -> Read<Vec<EventType>> {
        let read = |text: &String| {
            let local = text.strip_prefix("epcis:").unwrap_or(text);
            let local = local
                .strip_prefix("https://ref.gs1.org/epcis/")
                .unwrap_or(local);
            EventType::from_name(local).ok_or_else(|| {
                self.bad(
                    text,
                    "it is no event type of the standard, and the ledger takes no other",
                )
            })
        };
        self.values()?.iter().map(read).collect()
    }

    fn actions(&self) -> Read<Vec<Action>> {
        let all = [Action::Add, Action::Observe, Action::Delete];
        let read = |text: &String| {
            let found = all.into_iter().find(|action| action.as_str() == text);
            found.ok_or_else(|| self.bad(text, "it is ADD, OBSERVE or DELETE"))
        };
        self.values()?.iter().map(read).collect()
    }

    fn terms(&self, vocabulary: Vocabulary) -> Read<Vec<Box<str>>> {
        let read = |text: &String| match self.namespaces.term(vocabulary, text) {
            Ok(term) => Ok(term.uri().into()),
            Err(fault) => Err(self.bad(text, fault)),
        };
        self.values()?.iter().map(read).collect()
    }

    fn ids(&self) -> Read<Vec<Box<str>>> {
        let read = |text: &String| match self.namespaces.identifier(text) {
            Ok(id) => Ok(id.canonical().into()),
            Err(fault) => Err(self.bad(text, fault)),
        };
        self.values()?.iter().map(read).collect()
    }

    fn texts(&self) -> Read<Vec<Box<str>>> {
        Ok(self
            .values()?
            .iter()
            .map(|text| text.as_str().into())
            .collect())
    }

    fn hexadecimals(&self) -> Read<Vec<Box<str>>> {
        let read = |text: &String| match text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            true if !text.is_empty() => Ok(text.to_ascii_lowercase().into()),
            _ => Err(self.bad(text, "it is not made of hexadecimal digits")),
        };
        self.values()?.iter().map(read).collect()
    }

    fn decimals(&self, operator: Operator) -> Read<Test<Decimal>> {
        let read = |text: &String| decimal(text).map_err(|error| self.bad(text, error));
        match operator {
            Operator::Equal => {
                let values: Read<Vec<Decimal>> = self.values()?.iter().map(read).collect();
                Ok(Test::OneOf(values?))
            }
            operator => Ok(operator.test(read(&self.one()?.to_owned())?)),
        }
    }

    fn time(&self) -> Read<Timestamp> {
        let text = self.one()?;
        time(text).map_err(|error| self.bad(text, error))
    }

    /// Whether a parameter that asks for a field to be there does ask: it may have no value.
    fn flag(&self) -> Read<bool> {
        match self.one()? {
            "" | "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            other => Err(self.bad(other, "it is true or false")),
        }
    }

    /// The values, of which there is at least one.
    fn values(&self) -> Read<&[String]> {
        match self.values {
            [] => Err(self.bad("", "it needs at least one value")),
            values => Ok(values),
        }
    }

    /// The only value.
    fn one(&self) -> Read<&str> {
        match self.values {
            [value] => Ok(value),
            values => Err(self.bad(&values.join("|"), "it takes one value")),
        }
    }

    fn bad(&self, value: &str, reason: impl ToString) -> EpcisQueryError {
        EpcisQueryError::bad_value(self.name, value, reason)
    }

    fn unsupported(&self, reason: &'static str) -> EpcisQueryError {
        EpcisQueryError::NotSupported {
            name: self.name.chars().take(80).collect(),
            reason,
        }
    }
}

fn match_role(name: &str) -> Option<MatchRole> {
    Some(match name {
        "epc" => MatchRole::Epc,
        "parentID" => MatchRole::Parent,
        "inputEPC" => MatchRole::InputEpc,
        "outputEPC" => MatchRole::OutputEpc,
        "anyEPC" => MatchRole::AnyEpc,
        "epcClass" => MatchRole::Class,
        "inputEPCClass" => MatchRole::InputClass,
        "outputEPCClass" => MatchRole::OutputClass,
        "anyEPCClass" => MatchRole::AnyClass,
        _ => return None,
    })
}

/// The unit behind a field's name, if one has to be met; none if this is another field, or no unit.
fn unit_of(text: &str, field: &str) -> Option<Option<Box<str>>> {
    let rest = text.strip_prefix(field)?;
    if rest.is_empty() {
        return Some(None);
    }
    let unit = rest.strip_prefix('_')?;
    let is_unit = (2..=4).contains(&unit.len())
        && unit
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    is_unit.then(|| Some(unit.into()))
}

/// A time. In the query part of an address a plus sign stands for a space, and many clients forget that.
fn time(text: &str) -> Result<Timestamp, crate::types::time::TimeError> {
    Timestamp::parse_rfc3339(&text.replace(' ', "+"))
}
