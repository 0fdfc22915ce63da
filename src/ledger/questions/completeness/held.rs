//! What is in containers: lots, crates and pallets in pallets.

use std::collections::BTreeSet;

use super::told::{has_lot_code, has_quantity};
use super::{holds_others, is_logistic_unit, product_or_lot};
use crate::ledger::questions::QuestionError;
use crate::ledger::questions::history::{History, Moment};

/// What is in a container, contents of contents included.
#[derive(Debug)]
pub(super) struct Held {
    /// The products.
    pub(super) products: BTreeSet<Box<str>>,
    /// Whether nothing is known to be in it: containers that hold nothing are nothing.
    pub(super) is_empty: bool,
    /// Whether something is known to be in each logistic unit that is in it.
    pub(super) is_known: bool,
    /// Whether everything is named by a lot.
    pub(super) has_lot_codes: bool,
    /// Whether an amount is known of everything.
    pub(super) has_quantities: bool,
    /// Whether all was gone through.
    pub(super) is_complete: bool,
}

impl Default for Held {
    fn default() -> Self {
        Self {
            products: BTreeSet::new(),
            is_empty: true,
            is_known: true,
            has_lot_codes: true,
            has_quantities: true,
            is_complete: true,
        }
    }
}

impl Held {
    /// Of which there is more than can be gone through.
    pub(super) fn too_much() -> Self {
        Self {
            is_known: false,
            is_complete: false,
            ..Self::default()
        }
    }

    /// Whether it is known what is in it.
    pub(super) fn is_told(&self) -> bool {
        self.is_known && !self.is_empty
    }
}

/// A container that is gone through.
struct Opened {
    id: Box<str>,
    /// What it is in: its place among those that were opened.
    outer: Option<usize>,
    has_products: bool,
}

impl History<'_, '_> {
    /// What is in a container right after a moment.
    pub(super) fn held(&mut self, container: &str, at: Moment) -> Result<Held, QuestionError> {
        let mut held = Held::default();
        let mut seen = BTreeSet::from([Box::<str>::from(container)]);
        let mut opened = vec![Opened {
            id: container.into(),
            outer: None,
            has_products: false,
        }];
        let mut next = 0;
        while let Some(id) = opened.get(next).map(|opened| opened.id.clone()) {
            let contents = match self.contents(&id, at) {
                // Nobody can make an answer about a pallet too long by what is told of a case on it.
                Err(QuestionError::TooLong { .. }) if next > 0 => {
                    held.is_complete = false;
                    next += 1;
                    continue;
                }
                contents => contents?,
            };
            held.is_complete &= contents.is_complete;
            for content in contents.contents {
                let id = &content.object.id;
                if !holds_others(id) {
                    held.has_lot_codes &= has_lot_code(&content.object);
                    held.has_quantities &= has_quantity(&content.object);
                    held.products.insert(product_or_lot(id).into());
                    if let Some(opened) = opened.get_mut(next) {
                        opened.has_products = true;
                    }
                } else if seen.insert(id.clone()) {
                    opened.push(Opened {
                        id: id.clone(),
                        outer: Some(next),
                        has_products: false,
                    });
                }
            }
            next += 1;
        }
        held.is_empty = held.products.is_empty();
        // What is in something was opened after it.
        while let Some(inner) = opened.pop() {
            let Some(outer) = inner.outer else {
                continue;
            };
            match opened.get_mut(outer) {
                Some(outer) if inner.has_products => outer.has_products = true,
                _ => held.is_known &= !is_logistic_unit(&inner.id),
            }
        }
        Ok(held)
    }
}
