//! Lists of objects hold no classes, and lists of amounts no single objects, in whichever spelling they are.
//!
//! This is judged where an event is captured, and not wherever one is read: what is on a ledger stays readable.

use super::error::{EpcisError, FieldFault, Located};
use super::event_kind::EventKind;
use super::identifier::Identifier;
use super::quantity_element::QuantityElement;

/// Checks all that an event is about.
///
/// # Errors
/// [`FieldFault::NotAnInstance`] and [`FieldFault::NotAClass`], with the place.
pub(super) fn check(kind: &EventKind) -> Result<(), EpcisError> {
    match kind {
        EventKind::Object {
            epcs, quantities, ..
        } => {
            check_objects("epcList", epcs)?;
            check_classes("quantityList", quantities)
        }
        EventKind::Transaction {
            parent,
            epcs,
            quantities,
            ..
        } => {
            check_parent(parent.as_ref())?;
            check_objects("epcList", epcs)?;
            check_classes("quantityList", quantities)
        }
        EventKind::Aggregation {
            parent,
            children,
            child_quantities,
            ..
        } => {
            check_parent(parent.as_ref())?;
            check_objects("childEPCs", children)?;
            check_classes("childQuantityList", child_quantities)
        }
        EventKind::Association {
            parent,
            children,
            child_quantities,
            ..
        } => {
            check_parent(Some(parent))?;
            check_objects("childEPCs", children)?;
            check_classes("childQuantityList", child_quantities)
        }
        EventKind::Transformation {
            input_epcs,
            input_quantities,
            output_epcs,
            output_quantities,
            ..
        } => {
            check_objects("inputEPCList", input_epcs)?;
            check_classes("inputQuantityList", input_quantities)?;
            check_objects("outputEPCList", output_epcs)?;
            check_classes("outputQuantityList", output_quantities)
        }
    }
}

fn check_parent(parent: Option<&Identifier>) -> Result<(), EpcisError> {
    match parent {
        Some(parent) => check_object(parent).at("parentID"),
        None => Ok(()),
    }
}

fn check_objects(list: &str, objects: &[Identifier]) -> Result<(), EpcisError> {
    for (index, object) in objects.iter().enumerate() {
        check_object(object).at_index(index).at(list)?;
    }
    Ok(())
}

fn check_object(object: &Identifier) -> Result<(), FieldFault> {
    match object.is_class() {
        Some(true) => Err(FieldFault::NotAnInstance {
            text: object.as_written().to_string(),
        }),
        _ => Ok(()),
    }
}

fn check_classes(list: &str, quantities: &[QuantityElement]) -> Result<(), EpcisError> {
    for (index, element) in quantities.iter().enumerate() {
        if element.epc_class.is_class() == Some(false) {
            let text = element.epc_class.as_written().to_string();
            return Err(FieldFault::NotAClass { text })
                .at("epcClass")
                .at_index(index)
                .at(list);
        }
    }
    Ok(())
}
