//! What the five event types are about.

use super::action::Action;
use super::extension::Extension;
use super::identifier::Identifier;
use super::persistent_disposition::PersistentDisposition;
use super::quantity_element::QuantityElement;

/// The fields in which the event types differ (EPCIS 2.0).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventKind {
    /// Something happened to objects.
    Object {
        /// Observed, commissioned or decommissioned.
        action: Action,
        /// The objects.
        epcs: Vec<Identifier>,
        /// Amounts of classes of objects.
        quantities: Vec<QuantityElement>,
        /// Lasting conditions.
        persistent_disposition: Option<PersistentDisposition>,
        /// Instance or lot master data; empty unless the action is ADD.
        ilmd: Vec<Extension>,
    },
    /// Objects were put into, seen in, or taken out of a container.
    Aggregation {
        /// Put in, seen or taken out.
        action: Action,
        /// The container; absent only when the action is OBSERVE.
        parent: Option<Identifier>,
        /// The contents.
        children: Vec<Identifier>,
        /// Contents by class. Without any children, a DELETE empties the container.
        child_quantities: Vec<QuantityElement>,
    },
    /// Objects belong to business transactions.
    Transaction {
        /// Linked, confirmed or unlinked.
        action: Action,
        /// A container that stands for its contents.
        parent: Option<Identifier>,
        /// The objects.
        epcs: Vec<Identifier>,
        /// Amounts of classes of objects.
        quantities: Vec<QuantityElement>,
    },
    /// Inputs were used up and outputs made.
    Transformation {
        /// Objects used up.
        input_epcs: Vec<Identifier>,
        /// Amounts used up.
        input_quantities: Vec<QuantityElement>,
        /// Objects made.
        output_epcs: Vec<Identifier>,
        /// Amounts made.
        output_quantities: Vec<QuantityElement>,
        /// Joins the events of one long transformation.
        transformation_id: Option<Identifier>,
        /// Lasting conditions of the outputs.
        persistent_disposition: Option<PersistentDisposition>,
        /// Instance or lot master data of the outputs.
        ilmd: Vec<Extension>,
    },
    /// Objects were joined to, seen on, or removed from an asset or place.
    Association {
        /// Joined, seen or removed.
        action: Action,
        /// The asset or place.
        parent: Identifier,
        /// What is joined to it.
        children: Vec<Identifier>,
        /// What is joined to it, by class.
        child_quantities: Vec<QuantityElement>,
    },
}
