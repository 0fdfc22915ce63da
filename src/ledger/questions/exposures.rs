//! The sources of sensor data that concern a thing, each with the time in which it does.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::QuestionError;
use super::cold_chain::SubjectKind;
use super::excursions::Window;
use super::history::{BEGINNING, History, Moment};
use super::journey::earlier;
use super::readings::ReportsOf;
use crate::records::epcis::{Action, EventType, ThingId, ThingRole, ThingRoles};
use crate::types::LogIndex;

/// A source of sensor data that concerns a thing for a time.
#[derive(Clone, Debug)]
pub(super) struct Exposure {
    /// What is measured.
    pub(super) subject: Box<str>,
    pub(super) kind: SubjectKind,
    pub(super) window: Window,
    /// The events with the data.
    pub(super) events: Rc<[Moment]>,
    /// The devices that were ever attached to the subject, with their events, unless this is one of them.
    pub(super) devices: Vec<(Box<str>, Rc<[Moment]>)>,
    /// The device that was attached, if the data are what it measured.
    device: Option<Box<str>>,
    /// Events that tell of something nearer as well, and count there.
    known: Vec<Rc<BTreeSet<LogIndex>>>,
}

impl Exposure {
    /// Whose reports of its events count.
    pub(super) fn reports(&self) -> ReportsOf<'_> {
        match (&self.device, self.kind) {
            (Some(device), _) => ReportsOf::Device(device),
            (None, SubjectKind::Place) => ReportsOf::Everything,
            (None, _) => ReportsOf::Thing(&self.subject),
        }
    }

    /// Whether what an event reports counts for something nearer already.
    pub(super) fn knows(&self, index: LogIndex) -> bool {
        self.known.iter().any(|known| known.contains(&index))
    }
}

impl History<'_, '_> {
    /// What concerns a thing: itself, what carried it, and the places where it was, with the devices attached to
    /// each. Data that an event gives of the thing itself count as its own, and not once more as its
    /// container's. What a container or place was like before the thing came may hold on; what a device measured before
    /// it was attached was something else.
    pub(super) fn exposures(&mut self, thing: &str) -> Result<Vec<Exposure>, QuestionError> {
        let mut exposures = Vec::new();
        let mut own = Rc::default();
        for carrier in self.carriers(thing)? {
            let events = self.sensor_events(&carrier.id)?;
            let (kind, known) = match carrier.depth {
                0 => (SubjectKind::Thing, Vec::new()),
                _ => (SubjectKind::Container, vec![Rc::clone(&own)]),
            };
            if kind == SubjectKind::Thing {
                own = indices(&events);
            }
            let subject = (&*carrier.id, kind);
            let time = (carrier.from, carrier.until);
            self.expose(subject, time, (events, known), &own, &mut exposures)?;
        }
        for visit in self.visits(thing)? {
            let mut events = Vec::new();
            let of_place = ThingId::of_place(&visit.place);
            for mention in self.mentions(of_place, &visit.place)?.iter() {
                if !mention.roles.has_sensors() {
                    continue;
                }
                // What is measured on other things there says nothing about this one.
                let event = self.event(mention.index)?;
                let names_none =
                    event.objects.is_empty() && event.outputs.is_empty() && event.parent.is_none();
                if names_none {
                    events.push(mention.moment());
                }
            }
            let subject = (&*visit.place, SubjectKind::Place);
            let time = (visit.arrival, visit.departure);
            let events = (events.into(), Vec::new());
            self.expose(subject, time, events, &own, &mut exposures)?;
        }
        Ok(exposures)
    }

    /// The events with sensor data that speak of a thing or device, whenever they were captured: a logger is
    /// often read when the journey is over.
    fn sensor_events(&mut self, thing: &str) -> Result<Rc<[Moment]>, QuestionError> {
        let with_data = self.mentions_as(thing, ThingRoles::default().with_sensors())?;
        Ok(with_data.iter().map(|mention| mention.moment()).collect())
    }

    /// Takes a subject in, and the devices that association events attach to it, in the part of its time in which
    /// they were. Each counts its events once more: a device may have been attached often.
    fn expose(
        &mut self,
        (subject, kind): (&str, SubjectKind),
        (from, until): (Moment, Option<Moment>),
        (events, known): (Rc<[Moment]>, Vec<Rc<BTreeSet<LogIndex>>>),
        own: &Rc<BTreeSet<LogIndex>>,
        exposures: &mut Vec<Exposure>,
    ) -> Result<(), QuestionError> {
        self.count(events.len())?;
        let mut of_subject = Exposure {
            subject: subject.into(),
            kind,
            window: window((from, until), BEGINNING),
            events,
            devices: Vec::new(),
            device: None,
            known,
        };
        let mut attached = Vec::new();
        let devices = self.devices_of(subject)?;
        let known = match devices.is_empty() {
            true => Vec::new(),
            false => vec![Rc::clone(own), indices(&of_subject.events)],
        };
        for device in devices {
            let events = self.sensor_events(&device)?;
            let is_known = |moment: &Moment| known.iter().any(|some| some.contains(&moment.1));
            if events.iter().all(is_known) {
                continue;
            }
            let devices = &mut of_subject.devices;
            devices.push((device.clone(), Rc::clone(&events)));
            for stay in self.stays(&device)?.iter() {
                let begin = stay.from.max(from);
                let end = earlier(stay.until, until);
                if *stay.container != *subject || end.is_some_and(|end| end <= begin) {
                    continue;
                }
                self.count(events.len())?;
                attached.push(Exposure {
                    subject: subject.into(),
                    kind,
                    window: window((begin, end), stay.from),
                    events: Rc::clone(&events),
                    devices: Vec::new(),
                    device: Some(device.clone()),
                    known: known.clone(),
                });
            }
        }
        exposures.push(of_subject);
        exposures.append(&mut attached);
        Ok(())
    }

    /// The devices that association events ever attached to a subject.
    fn devices_of(&mut self, subject: &str) -> Result<BTreeSet<Box<str>>, QuestionError> {
        let mut devices = BTreeSet::new();
        let holds = ThingRoles::of(ThingRole::Parent);
        for mention in self.mentions_as(subject, holds)?.iter() {
            let event = self.event(mention.index)?;
            if event.event_type == EventType::Association && event.action != Some(Action::Delete) {
                devices.extend(event.objects.iter().map(|object| object.id.clone()));
            }
        }
        Ok(devices)
    }
}

fn indices(events: &[Moment]) -> Rc<BTreeSet<LogIndex>> {
    Rc::new(events.iter().map(|moment| moment.1).collect())
}

fn window((from, until): (Moment, Option<Moment>), measured_from: Moment) -> Window {
    Window {
        from: from.0,
        until: until.map(|(time, _)| time),
        measured_from: measured_from.0,
    }
}
