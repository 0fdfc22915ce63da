//! Reading an event: each field is checked as it comes, what the type demands at the end.

use super::action::Action;
use super::context::Context;
use super::error::{EpcisError, FieldFault, Located};
use super::error_declaration::ErrorDeclaration;
use super::event::{EpcisEvent, EventContent};
use super::event_kind::EventKind;
use super::event_type::EventType;
use super::extension::Extension;
use super::field;
use super::identifier::Identifier;
use super::party::{BizTransaction, SourceOrDestination};
use super::persistent_disposition::PersistentDisposition;
use super::place::Place;
use super::quantity_element::QuantityElement;
use super::sensor::SensorElement;
use super::time_zone_offset::TimeZoneOffset;
use super::vocabulary::{Vocabulary, VocabularyTerm};
use crate::types::json::{self, Json, Object};
use crate::types::time::Timestamp;

/// Reads, checks and hashes the body of an `epcis.event` record: one bare event with its `@context`.
///
/// # Errors
/// [`EpcisError`] with the first rule that the body breaks, and the place where.
pub fn parse(body: &[u8]) -> Result<EpcisEvent, EpcisError> {
    let json = json::read(body)?;
    let object = field::object(&json)?;
    let event_type = read_event_type(required(object, "type")?).at("type")?;
    let context = Context::read(required(object, "@context")?).at("@context")?;
    let mut draft = Draft::default();
    for (name, value) in object.iter() {
        if !draft
            .read_member(event_type, name, value, &context)
            .at(name)?
        {
            let extension = Extension::read(name, value, &context, event_type.as_str())?;
            draft.extensions.push(extension);
        }
    }
    Ok(EpcisEvent::new(draft.finish(event_type)?))
}

fn required<'j, 'a>(object: &'j Object<'a>, name: &str) -> Result<&'j Json<'a>, EpcisError> {
    object.get(name).ok_or(FieldFault::Missing).at(name)
}

fn read_event_type(json: &Json<'_>) -> Result<EventType, FieldFault> {
    let name = field::string(json)?;
    EventType::from_name(name).ok_or_else(|| FieldFault::NotAnEventType {
        text: name.to_string(),
    })
}

/// The fields read so far. An absent list is told from an empty one where the standard does.
#[derive(Default)]
struct Draft {
    event_time: Option<Timestamp>,
    event_time_zone_offset: Option<TimeZoneOffset>,
    record_time: Option<Timestamp>,
    event_id: Option<Identifier>,
    certification_info: Vec<Identifier>,
    error_declaration: Option<ErrorDeclaration>,
    action: Option<Action>,
    epcs: Option<Vec<Identifier>>,
    parent: Option<Identifier>,
    children: Vec<Identifier>,
    input_epcs: Vec<Identifier>,
    output_epcs: Vec<Identifier>,
    /// `quantityList`, or the child or input quantities: no event type has two of them.
    quantities: Vec<QuantityElement>,
    output_quantities: Vec<QuantityElement>,
    transformation_id: Option<Identifier>,
    biz_step: Option<VocabularyTerm>,
    disposition: Option<VocabularyTerm>,
    persistent_disposition: Option<PersistentDisposition>,
    read_point: Option<Place>,
    biz_location: Option<Place>,
    biz_transactions: Option<Vec<BizTransaction>>,
    sources: Vec<SourceOrDestination>,
    destinations: Vec<SourceOrDestination>,
    sensor_elements: Vec<SensorElement>,
    ilmd: Option<Vec<Extension>>,
    extensions: Vec<Extension>,
}

impl Draft {
    /// Reads a standard member of `event_type`; false when `name` is none.
    fn read_member(
        &mut self,
        event_type: EventType,
        name: &str,
        json: &Json<'_>,
        context: &Context<'_>,
    ) -> Result<bool, EpcisError> {
        match name {
            // Read before all others.
            "type" | "@context" => {}
            "eventTime" => self.event_time = Some(field::time(json)?),
            "recordTime" => self.record_time = Some(field::time(json)?),
            "eventTimeZoneOffset" => {
                self.event_time_zone_offset = Some(TimeZoneOffset::parse(field::string(json)?)?)
            }
            "eventID" => self.event_id = Some(field::identifier(json, context)?),
            "certificationInfo" => {
                self.certification_info = match json {
                    Json::Array(_) => field::list(json, |item| field::identifier(item, context))?,
                    _ => vec![field::identifier(json, context)?],
                }
            }
            "errorDeclaration" => {
                self.error_declaration = Some(ErrorDeclaration::read(json, context)?)
            }
            "bizStep" => self.biz_step = Some(field::term(json, Vocabulary::BizStep, context)?),
            "disposition" => {
                self.disposition = Some(field::term(json, Vocabulary::Disposition, context)?)
            }
            "readPoint" => self.read_point = Some(Place::read(json, context)?),
            "bizLocation" => self.biz_location = Some(Place::read(json, context)?),
            "bizTransactionList" => {
                self.biz_transactions = Some(field::list(json, |item| {
                    BizTransaction::read(item, context)
                })?);
            }
            "sourceList" => {
                self.sources =
                    field::list(json, |item| SourceOrDestination::read_source(item, context))?
            }
            "destinationList" => {
                self.destinations = field::list(json, |item| {
                    SourceOrDestination::read_destination(item, context)
                })?;
            }
            "sensorElementList" => {
                self.sensor_elements =
                    field::list(json, |item| SensorElement::read(item, context))?;
            }
            _ => return self.read_own_member(event_type, name, json, context),
        }
        Ok(true)
    }

    /// Reads a member that not all event types have.
    fn read_own_member(
        &mut self,
        event_type: EventType,
        name: &str,
        json: &Json<'_>,
        context: &Context<'_>,
    ) -> Result<bool, EpcisError> {
        use EventType::{Aggregation, Association, Object, Transaction, Transformation};
        let objects = || field::list(json, |item| field::identifier(item, context));
        let quantities = || field::list(json, |item| QuantityElement::read(item, context));
        match (name, event_type) {
            ("action", Object | Aggregation | Transaction | Association) => {
                self.action = Some(Action::read(json)?)
            }
            ("epcList", Object | Transaction) => {
                self.epcs = Some(objects()?);
                if event_type == Object {
                    field::check_unique(json)?;
                }
            }
            ("quantityList", Object | Transaction) => self.quantities = quantities()?,
            ("parentID", Aggregation | Transaction | Association) => {
                self.parent = Some(field::identifier(json, context)?);
            }
            ("childEPCs", Aggregation | Association) => self.children = objects()?,
            ("childQuantityList", Aggregation | Association) => self.quantities = quantities()?,
            ("inputEPCList", Transformation) => {
                self.input_epcs = objects()?;
                field::check_unique(json)?;
            }
            ("outputEPCList", Transformation) => {
                self.output_epcs = objects()?;
                field::check_unique(json)?;
            }
            ("inputQuantityList", Transformation) => self.quantities = quantities()?,
            ("outputQuantityList", Transformation) => self.output_quantities = quantities()?,
            ("transformationID", Transformation) => {
                self.transformation_id = Some(field::identifier(json, context)?)
            }
            ("persistentDisposition", Object | Transformation) => {
                self.persistent_disposition = Some(PersistentDisposition::read(json, context)?);
            }
            ("ilmd", Object | Transformation) => {
                let owner = "instance or lot master data";
                self.ilmd = Some(Extension::read_all(json, context, owner)?);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Checks what the event type demands and makes the event.
    fn finish(mut self, event_type: EventType) -> Result<EventContent, EpcisError> {
        let event_time = self.event_time.ok_or(FieldFault::Missing).at("eventTime")?;
        let offset = self
            .event_time_zone_offset
            .ok_or(FieldFault::Missing)
            .at("eventTimeZoneOffset")?;
        let kind = match event_type {
            EventType::Object => self.finish_object()?,
            EventType::Aggregation => self.finish_aggregation()?,
            EventType::Transaction => self.finish_transaction()?,
            EventType::Transformation => self.finish_transformation()?,
            EventType::Association => self.finish_association()?,
        };
        Ok(EventContent {
            kind,
            event_time,
            event_time_zone_offset: offset,
            record_time: self.record_time,
            event_id: self.event_id,
            certification_info: self.certification_info,
            error_declaration: self.error_declaration,
            biz_step: self.biz_step,
            disposition: self.disposition,
            read_point: self.read_point,
            biz_location: self.biz_location,
            biz_transactions: self.biz_transactions.unwrap_or_default(),
            sources: self.sources,
            destinations: self.destinations,
            sensor_elements: self.sensor_elements,
            extensions: self.extensions,
        })
    }

    fn finish_object(&mut self) -> Result<EventKind, EpcisError> {
        let action = self.required_action()?;
        let sensed = !self.sensor_elements.is_empty() && self.read_point.is_some();
        if self.epcs.is_none() && self.quantities.is_empty() && !sensed {
            let needed = "epcList, a quantityList with items, or a sensorElementList with items and a readPoint";
            return Err(FieldFault::NothingObserved {
                event_type: EventType::Object,
                needed,
            }
            .into());
        }
        if self.ilmd.is_some() && action != Action::Add {
            return Err(FieldFault::IlmdWithoutAdd).at("ilmd");
        }
        Ok(EventKind::Object {
            action,
            epcs: self.epcs.take().unwrap_or_default(),
            quantities: std::mem::take(&mut self.quantities),
            persistent_disposition: self.persistent_disposition.take(),
            ilmd: self.ilmd.take().unwrap_or_default(),
        })
    }

    fn finish_aggregation(&mut self) -> Result<EventKind, EpcisError> {
        let action = self.required_action()?;
        self.check_children(EventType::Aggregation, action)?;
        if self.parent.is_none() && action != Action::Observe {
            return Err(FieldFault::Missing).at("parentID");
        }
        Ok(EventKind::Aggregation {
            action,
            parent: self.parent.take(),
            children: std::mem::take(&mut self.children),
            child_quantities: std::mem::take(&mut self.quantities),
        })
    }

    fn finish_transaction(&mut self) -> Result<EventKind, EpcisError> {
        let transactions = self
            .biz_transactions
            .as_ref()
            .ok_or(FieldFault::Missing)
            .at("bizTransactionList")?;
        if transactions.is_empty() {
            return Err(FieldFault::EmptyList).at("bizTransactionList");
        }
        let action = self.required_action()?;
        if self.epcs.is_none() && self.quantities.is_empty() && action != Action::Delete {
            let needed = "epcList or a quantityList with items, unless its action is DELETE";
            return Err(FieldFault::NothingObserved {
                event_type: EventType::Transaction,
                needed,
            }
            .into());
        }
        Ok(EventKind::Transaction {
            action,
            parent: self.parent.take(),
            epcs: self.epcs.take().unwrap_or_default(),
            quantities: std::mem::take(&mut self.quantities),
        })
    }

    fn finish_transformation(&mut self) -> Result<EventKind, EpcisError> {
        let inputs = !self.input_epcs.is_empty() || !self.quantities.is_empty();
        let outputs = !self.output_epcs.is_empty() || !self.output_quantities.is_empty();
        // One of several events of a long transformation may tell of one side only.
        let complete = if self.transformation_id.is_some() {
            inputs || outputs
        } else {
            inputs && outputs
        };
        if !complete {
            let needed = "inputs and outputs, or a transformationID and one of both";
            return Err(FieldFault::NothingObserved {
                event_type: EventType::Transformation,
                needed,
            }
            .into());
        }
        Ok(EventKind::Transformation {
            input_epcs: std::mem::take(&mut self.input_epcs),
            input_quantities: std::mem::take(&mut self.quantities),
            output_epcs: std::mem::take(&mut self.output_epcs),
            output_quantities: std::mem::take(&mut self.output_quantities),
            transformation_id: self.transformation_id.take(),
            persistent_disposition: self.persistent_disposition.take(),
            ilmd: self.ilmd.take().unwrap_or_default(),
        })
    }

    fn finish_association(&mut self) -> Result<EventKind, EpcisError> {
        let action = self.required_action()?;
        let parent = self
            .parent
            .take()
            .ok_or(FieldFault::Missing)
            .at("parentID")?;
        self.check_children(EventType::Association, action)?;
        Ok(EventKind::Association {
            action,
            parent,
            children: std::mem::take(&mut self.children),
            child_quantities: std::mem::take(&mut self.quantities),
        })
    }

    fn required_action(&self) -> Result<Action, EpcisError> {
        self.action.ok_or(FieldFault::Missing).at("action")
    }

    fn check_children(&self, event_type: EventType, action: Action) -> Result<(), EpcisError> {
        if self.children.is_empty() && self.quantities.is_empty() && action != Action::Delete {
            let needed = "childEPCs or a childQuantityList with items, unless its action is DELETE";
            return Err(FieldFault::NothingObserved { event_type, needed }.into());
        }
        Ok(())
    }
}
