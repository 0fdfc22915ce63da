//! Which containers an amount is in that an event tells by the name of the class.

use super::Flows;
use crate::ledger::questions::QuestionError;
use crate::ledger::questions::flows::FlowKind;
use crate::ledger::questions::history::Moment;
use crate::ledger::questions::holdings::Amounts;
use crate::ledger::questions::running_sums::Apportioned;
use crate::ledger::questions::stated_amounts::Named;
use crate::ledger::questions::told_deliveries::Telling;
use crate::types::Decimal;

impl Flows {
    /// What an event says of amounts that leave a place or arrive there: in the containers that it names beside them,
    /// as far as these hold as much, or in others that it must mean; and the rest by their name alone.
    pub(super) fn take_told(
        &mut self,
        moment: Moment,
        named: &Named,
        step: (FlowKind, Option<&str>),
    ) -> Result<(), QuestionError> {
        let of_container = Telling {
            container: "",
            kind: step.0,
            place: step.1,
            event_type: named.event_type,
            is_whole: true,
            assumed: None,
        };
        let mut rest = named.stated.amounts.clone();
        for container in &named.inner_containers {
            let inside = self.holdings.inside(container).unwrap_or_default();
            let shares = take_shares(&mut rest, &inside);
            let telling = Telling {
                container,
                is_whole: false,
                ..of_container
            };
            self.move_with(moment, &telling, &shares)?;
        }
        for (unit, quantity) in &rest {
            let amount = (unit, *quantity);
            let Apportioned {
                carried,
                loose,
                picked,
                retold,
                named,
            } = self
                .sums
                .apportion(&mut self.holdings, moment, step, amount, |amount| {
                    self.told.untold(step, unit, amount)
                });
            if retold > Decimal::ZERO {
                self.flow_of(moment, step, (unit, retold), Some(Decimal::ZERO))?;
            }
            for (container, share) in carried {
                let shares = Amounts::from([(unit.clone(), share)]);
                let telling = Telling {
                    container: &container,
                    assumed: Some(loose),
                    ..of_container
                };
                self.move_with(moment, &telling, &shares)?;
            }
            for (container, amount) in picked {
                self.take_out(&container, [(unit.clone(), amount)]);
                self.flow_of(moment, step, (unit, amount), Some(amount))?;
            }
            if named > Decimal::ZERO || *quantity == Decimal::ZERO {
                self.flow(moment, step, (unit, named))?;
            }
        }
        Ok(())
    }

    /// What of an amount that is seen in a container is there itself, and what in those that are in it. Where the event
    /// names these they are there with all that they hold, and the amount is beside them, unless it is that of all
    /// together; where it does not, the amount is of all.
    pub(super) fn seen_inside(
        &self,
        container: &str,
        named: &Named,
    ) -> (Amounts, Vec<(Box<str>, Amounts)>) {
        let known = self.holdings.inside(container).unwrap_or_default();
        let inner = named.inner_containers.iter().map(|inner| {
            let inside = self.holdings.inside(inner).unwrap_or_default();
            (inner.clone(), inside)
        });
        let mut inner: Vec<(Box<str>, Amounts)> = inner.collect();
        let (mut direct, mut rest) = (Amounts::new(), Amounts::new());
        for (unit, stated) in &named.stated.amounts {
            let own = known.get(unit).copied().unwrap_or(Decimal::ZERO);
            let held = inner.iter().filter_map(|(_, inside)| inside.get(unit));
            let held = held.copied().try_fold(Decimal::ZERO, Decimal::checked_add);
            let is_beside = named.names_single_things
                && own == Decimal::ZERO
                && held.is_some_and(|held| *stated < held);
            let own = if is_beside { *stated } else { own.min(*stated) };
            let beyond = stated.checked_sub(own).unwrap_or(Decimal::ZERO);
            direct.insert(unit.clone(), own);
            rest.insert(unit.clone(), beyond);
        }
        for (_, inside) in &mut inner {
            let shares = take_shares(&mut rest, inside);
            if !named.names_single_things {
                *inside = shares;
            }
        }
        for (unit, beyond) in rest {
            let own = direct.entry(unit).or_insert(Decimal::ZERO);
            *own = own.checked_add(beyond).unwrap_or(*own);
        }
        direct.retain(|_, own| *own > Decimal::ZERO || inner.is_empty());
        (direct, inner)
    }
}

/// Takes as much of some amounts as a container holds, and gives that.
fn take_shares(rest: &mut Amounts, inside: &Amounts) -> Amounts {
    let mut shares = Amounts::new();
    for (unit, held) in inside {
        let Some(amount) = rest.get_mut(unit) else {
            continue;
        };
        let share = (*held).min(*amount);
        // No less is left than nothing, so there is no overflow.
        *amount = amount.checked_sub(share).unwrap_or(Decimal::ZERO);
        if share > Decimal::ZERO {
            shares.insert(unit.clone(), share);
        }
    }
    rest.retain(|_, amount| *amount > Decimal::ZERO);
    shares
}
