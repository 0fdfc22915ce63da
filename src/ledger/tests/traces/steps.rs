//! What random histories are made of.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::ledger::tests::histories::event;
use crate::records::epcis::EventType;

/// The things of the histories: single objects, of which the last hold others, and then lots.
pub(super) const THINGS: usize = 12;
pub(super) const FIRST_CONTAINER: usize = 5;
pub(super) const FIRST_LOT: usize = 9;

/// How much of a lot: grams, or pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unit {
    Grams,
    Pieces,
}

/// An amount as an event states it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Amount {
    Unknown,
    Kilograms(i64),
    Grams(i64),
    Pieces(i64),
}

impl Amount {
    pub(super) fn known(self) -> Option<BTreeMap<Unit, i64>> {
        let (unit, number) = match self {
            Self::Unknown => return None,
            Self::Kilograms(number) => (Unit::Grams, 1_000 * number),
            Self::Grams(number) => (Unit::Grams, number),
            Self::Pieces(number) => (Unit::Pieces, number),
        };
        Some(BTreeMap::from([(unit, number)]))
    }

    pub(super) fn element(self, lot: usize) -> Value {
        let class = name(lot);
        match self {
            Self::Unknown => json!({"epcClass": class}),
            Self::Kilograms(number) => json!({"epcClass": class, "quantity": number, "uom": "KGM"}),
            Self::Grams(number) => json!({"epcClass": class, "quantity": number, "uom": "GRM"}),
            Self::Pieces(number) => json!({"epcClass": class, "quantity": number}),
        }
    }
}

/// Things that an event names: of lots, how much.
pub(super) type Named = BTreeMap<usize, Amount>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Aggregation,
    Association,
}

/// What random histories are made of.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Transform {
        inputs: Named,
        outputs: Named,
        id: Option<usize>,
    },
    PutIn {
        kind: Kind,
        action: &'static str,
        parent: usize,
        children: Named,
    },
    TakeOut {
        kind: Kind,
        parent: usize,
        children: Named,
    },
    Empty {
        kind: Kind,
        parent: usize,
    },
    /// An object event, which ends single things if it is DELETE.
    Tell {
        action: &'static str,
        named: Named,
    },
    /// It names a parent too, and says nothing about what is in what.
    Transact {
        action: &'static str,
        parent: usize,
        named: Named,
    },
}

pub(super) fn name(thing: usize) -> String {
    match thing {
        FIRST_LOT.. => format!("urn:example:lot:{thing}"),
        _ => format!("urn:example:thing:{thing}"),
    }
}

pub(super) fn amount() -> impl Strategy<Value = Amount> {
    prop_oneof![
        1 => Just(Amount::Unknown),
        4 => (1..5i64).prop_map(Amount::Kilograms),
        2 => (1..4i64).prop_map(|number| Amount::Grams(500 * number)),
        1 => (1..4i64).prop_map(Amount::Pieces),
    ]
}

pub(super) fn some() -> impl Strategy<Value = Named> {
    prop::collection::btree_map(0..THINGS, amount(), 1..3)
}

pub(super) fn action() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["ADD", "OBSERVE", "DELETE"])
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let container = || FIRST_CONTAINER..FIRST_LOT;
    let kind = || prop_oneof![3 => Just(Kind::Aggregation), 1 => Just(Kind::Association)];
    let puts = prop_oneof![3 => Just("ADD"), 1 => Just("OBSERVE")];
    prop_oneof![
        4 => (some(), some(), prop::option::weighted(0.3, 0..2usize))
            .prop_map(|(inputs, outputs, id)| Step::Transform { inputs, outputs, id }),
        6 => (kind(), puts, container(), some())
            .prop_map(|(kind, action, parent, children)| Step::PutIn { kind, action, parent, children }),
        3 => (kind(), container(), some())
            .prop_map(|(kind, parent, children)| Step::TakeOut { kind, parent, children }),
        1 => (kind(), container()).prop_map(|(kind, parent)| Step::Empty { kind, parent }),
        1 => (action(), some()).prop_map(|(action, named)| Step::Tell { action, named }),
        1 => (action(), container(), some())
            .prop_map(|(action, parent, named)| Step::Transact { action, parent, named }),
    ]
}

impl Step {
    /// A container is in itself in no history, and nothing is made of itself.
    pub(super) fn is_sound(&self) -> bool {
        match self {
            Self::Transform {
                inputs, outputs, ..
            } => inputs.keys().all(|input| !outputs.contains_key(input)),
            Self::PutIn {
                parent, children, ..
            }
            | Self::TakeOut {
                parent, children, ..
            } => !children.contains_key(parent),
            Self::Transact { parent, named, .. } => !named.contains_key(parent),
            Self::Empty { .. } | Self::Tell { .. } => true,
        }
    }

    pub(super) fn event(&self, minute: u32) -> Value {
        let mut rest = json!({});
        let mut list = |singles: &str, lots: &str, named: &Named| {
            let single = named.keys().filter(|thing| **thing < FIRST_LOT);
            let single: Vec<String> = single.map(|thing| name(*thing)).collect();
            let lot = named.iter().filter(|(thing, _)| **thing >= FIRST_LOT);
            let lot: Vec<Value> = lot.map(|(thing, amount)| amount.element(*thing)).collect();
            if !single.is_empty() {
                rest[singles] = json!(single);
            }
            if !lot.is_empty() {
                rest[lots] = json!(lot);
            }
        };
        let event_type = match self {
            Self::Transform {
                inputs,
                outputs,
                id,
            } => {
                list("inputEPCList", "inputQuantityList", inputs);
                list("outputEPCList", "outputQuantityList", outputs);
                if let Some(id) = id {
                    rest["transformationID"] = json!(format!("urn:example:transformation:{id}"));
                }
                "TransformationEvent"
            }
            Self::PutIn {
                kind,
                action,
                parent,
                children,
            } => {
                list("childEPCs", "childQuantityList", children);
                rest["action"] = json!(action);
                rest["parentID"] = json!(name(*parent));
                kind.event_type()
            }
            Self::TakeOut {
                kind,
                parent,
                children,
            } => {
                list("childEPCs", "childQuantityList", children);
                rest["action"] = json!("DELETE");
                rest["parentID"] = json!(name(*parent));
                kind.event_type()
            }
            Self::Empty { kind, parent } => {
                rest["action"] = json!("DELETE");
                rest["parentID"] = json!(name(*parent));
                kind.event_type()
            }
            Self::Tell { action, named } => {
                list("epcList", "quantityList", named);
                rest["action"] = json!(action);
                "ObjectEvent"
            }
            Self::Transact {
                action,
                parent,
                named,
            } => {
                list("epcList", "quantityList", named);
                rest["action"] = json!(action);
                rest["parentID"] = json!(name(*parent));
                rest["bizTransactionList"] = json!([{"bizTransaction": "urn:example:order:1"}]);
                "TransactionEvent"
            }
        };
        event(event_type, minute, &rest)
    }
}

impl Kind {
    pub(super) fn event_type(self) -> &'static str {
        match self {
            Self::Aggregation => "AggregationEvent",
            Self::Association => "AssociationEvent",
        }
    }

    pub(super) fn of(self) -> EventType {
        match self {
            Self::Aggregation => EventType::Aggregation,
            Self::Association => EventType::Association,
        }
    }
}
