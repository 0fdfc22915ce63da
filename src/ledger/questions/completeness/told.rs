//! What events say of things by name.

use super::description::{last_word, names_product};
use crate::records::epcis::{EpcisEvent, EventKind, TraceEvent, TracedObject};

/// What events say of things by name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    /// Whether nothing is said.
    pub(super) is_empty: bool,
    /// Whether each is named by a lot.
    pub(super) has_lot_codes: bool,
    /// Whether an amount of one is stated, and of each.
    pub(super) has_quantity: bool,
    pub(super) has_quantities: bool,
}

impl Default for Told {
    fn default() -> Self {
        Self {
            is_empty: true,
            has_lot_codes: true,
            has_quantity: false,
            has_quantities: true,
        }
    }
}

impl Told {
    /// What an event says of a thing.
    pub(super) fn add(&mut self, event: &TraceEvent, thing: &str) {
        let named = event.objects.iter().chain(&event.outputs);
        named
            .filter(|object| *object.id == *thing)
            .for_each(|object| self.take(object));
    }

    pub(super) fn take(&mut self, object: &TracedObject) {
        self.is_empty = false;
        self.has_lot_codes &= has_lot_code(object);
        self.has_quantity |= has_quantity(object);
        self.has_quantities &= has_quantity(object);
    }
}

/// Whether an amount is stated; a single object is one piece.
pub(super) fn has_quantity(object: &TracedObject) -> bool {
    !object.is_class || object.quantity.is_some()
}

/// Whether an object is named by a lot: a serial number is finer than a lot code, and a product by itself is
/// none.
pub(super) fn has_lot_code(object: &TracedObject) -> bool {
    let is_product = object.is_class && object.id.starts_with("https://id.gs1.org/01/");
    !is_product || object.id.contains("/10/")
}

/// Whether an event tells the lot's number in its master data.
pub(super) fn tells_lot_number(body: &EpcisEvent) -> bool {
    tells(body, |name| name.eq_ignore_ascii_case("lotNumber"))
}

/// Whether an event tells of the harvest in its master data.
pub(super) fn tells_harvest(body: &EpcisEvent) -> bool {
    const NAMES: [&str; 3] = ["harvestDate", "harvestStartDate", "harvestEndDate"];
    tells(body, |name| {
        NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
    })
}

/// Whether an event says in its master data what the product is.
pub(super) fn tells_product(body: &EpcisEvent) -> bool {
    tells(body, names_product)
}

/// Whether the instance or lot master data of an event have a field of such a name, whatever its namespace.
fn tells(body: &EpcisEvent, is_asked: impl Fn(&str) -> bool) -> bool {
    let (EventKind::Object { ilmd, .. } | EventKind::Transformation { ilmd, .. }) = &body.kind
    else {
        return false;
    };
    let mut fields = ilmd.iter();
    fields.any(|field| is_asked(last_word(field.name.canonical())))
}
