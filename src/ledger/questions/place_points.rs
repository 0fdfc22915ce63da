//! Where places are: by their own names, or by what members state of them.
//!
//! The word of the member that captured the event counts first, then that of the first other member in order of
//! their names. What a member says of a place counts before what it says of the location that the place is a
//! part of, and its last statement before earlier ones.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::QuestionError;
use super::completeness::last_word;
use super::events::Events;
use super::gaps::MAX_UNREAD_PLACES;
use super::statement_reader::StatementReader;
use crate::records::epcis::{Attribute, AttributeValue, GeoLocation, without_qualifiers};
use crate::types::{Decimal, LogIndex, MemberId};

/// Whose word it is where a place is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedBy {
    /// The place, canonical.
    pub place: Box<str>,
    /// The member.
    pub member: MemberId,
    /// The entry with the coordinates.
    pub index: LogIndex,
}

/// A member's word of where something is.
type Words = BTreeMap<MemberId, (LogIndex, GeoLocation)>;

/// What has been looked up of places for one answer.
#[derive(Debug, Default)]
pub(super) struct PlacePoints {
    /// By element of a vocabulary.
    known: BTreeMap<Box<str>, Rc<Words>>,
    /// By place, with what is said of its location.
    of_places: BTreeMap<Box<str>, Rc<Words>>,
    reader: StatementReader,
    unread: BTreeSet<Box<str>>,
}

impl PlacePoints {
    /// Where a place is, and whose word that is if its name does not tell. `captor` is asked for the member that
    /// captured the event if several say where it is.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, or `captor` does.
    pub(super) fn of_place(
        &mut self,
        events: &Events<'_>,
        place: &str,
        captor: impl FnOnce() -> Result<MemberId, QuestionError>,
    ) -> Result<Option<(GeoLocation, Option<LocatedBy>)>, QuestionError> {
        if place.starts_with("geo:") {
            return Ok(GeoLocation::of_place(place).map(|point| (point, None)));
        }
        let words = self.words_of_place(events, place)?;
        let mut found = words.first_key_value();
        if words.len() > 1 {
            found = words.get_key_value(&captor()?).or(found);
        }
        Ok(found.map(|(member, (index, point))| {
            let by = LocatedBy {
                place: place.into(),
                member: member.clone(),
                index: *index,
            };
            (*point, Some(by))
        }))
    }

    /// Places of which it is not known where they are because too much is stated of them, in order: no more than
    /// [`MAX_UNREAD_PLACES`].
    pub(super) fn into_unread(self) -> Vec<Box<str>> {
        self.unread.into_iter().collect()
    }

    /// What each member says of a place, and of the location that it is a part of.
    fn words_of_place(
        &mut self,
        events: &Events<'_>,
        place: &str,
    ) -> Result<Rc<Words>, QuestionError> {
        if let Some(known) = self.of_places.get(place) {
            return Ok(Rc::clone(known));
        }
        let mut words = self.words(events, place)?;
        let location = without_qualifiers(place);
        if location != place {
            let mut both = (*self.words(events, location)?).clone();
            both.extend((*words).clone());
            words = Rc::new(both);
        }
        self.of_places.insert(place.into(), Rc::clone(&words));
        Ok(words)
    }

    /// What each member says of an element of a vocabulary.
    fn words(&mut self, events: &Events<'_>, element: &str) -> Result<Rc<Words>, QuestionError> {
        if let Some(known) = self.known.get(element) {
            return Ok(Rc::clone(known));
        }
        let mut words = Words::new();
        let is_read = match self.reader.each(events, element, &mut |statement| {
            let (member, index) = (statement.signed.member, statement.signed.index);
            let is_last = words.get(&member).is_none_or(|(last, _)| *last < index);
            if let Some(point) = point_of(&statement.data.attributes).filter(|_| is_last) {
                words.insert(member, (index, point));
            }
        }) {
            // The gaps that need no place are told all the same.
            Err(error) if error.is_limit() => false,
            other => other?,
        };
        if !is_read && self.unread.len() < MAX_UNREAD_PLACES {
            self.unread.insert(element.into());
        }
        let words = Rc::new(words);
        self.known.insert(element.into(), Rc::clone(&words));
        Ok(words)
    }
}

/// The point that attributes tell: both coordinates, by their last words and in any case of letters.
fn point_of(attributes: &[Attribute]) -> Option<GeoLocation> {
    let degrees = |name: &str| {
        let mut named = attributes
            .iter()
            .filter(|attribute| last_word(&attribute.id).eq_ignore_ascii_case(name));
        match &named.next()?.value {
            AttributeValue::Text(text) => Decimal::from_xsd_decimal(text.trim()).ok(),
            AttributeValue::Number(number) => Some(*number),
            AttributeValue::None | AttributeValue::Object => None,
        }
    };
    GeoLocation::of_degrees(degrees("latitude")?, degrees("longitude")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(latitude: AttributeValue, longitude: AttributeValue) -> Option<(i64, i64)> {
        let attribute = |id: &str, value| Attribute {
            id: id.into(),
            value,
        };
        let found = point_of(&[
            attribute("urn:epcglobal:cbv:mda#Latitude", latitude),
            attribute("https://vocab.example/longitude", longitude),
        ]);
        found.map(|at| (at.latitude_microdegrees(), at.longitude_microdegrees()))
    }

    #[test]
    fn both_coordinates_have_to_be_numbers_on_the_earth() {
        let text = |text: &str| AttributeValue::Text(text.into());
        assert_eq!(
            point(text(" +52.3 "), AttributeValue::Number(Decimal::from(4))),
            Some((52_300_000, 4_000_000))
        );
        assert_eq!(point(text("52.3"), AttributeValue::None), None);
        assert_eq!(point(text("52.3 N"), text("4.9 E")), None);
        assert_eq!(point(text("90.1"), text("4.9")), None);
        assert_eq!(point(text("1e1"), text("4.9")), None);
    }
}
