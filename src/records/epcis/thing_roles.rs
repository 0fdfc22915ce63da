//! How events speak of things: what the indices keep of that beside the entry.

/// How an event speaks of a thing. One event may speak of one thing in several roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ThingRole {
    /// It is what an object or transaction event is about, the transaction's parent included.
    Object,
    /// It is the container of an aggregation or association.
    Parent,
    /// It is a child of an aggregation or association.
    Child,
    /// A transformation uses it up.
    Input,
    /// A transformation makes it.
    Output,
    /// Beside another role: a single object is no more after this, decommissioned or used up; a container
    /// is empty.
    Last,
}

/// The bits of [`ThingRoles`] that no role has.
const DECLARATION: u8 = 0x80;
const SENSORS: u8 = 0x40;

/// The roles of a thing in an event, whether the event declares an earlier one wrong, and whether it has
/// sensor data. A place, a device and a transformation that joins events have no role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ThingRoles(u8);

impl ThingRoles {
    /// One role.
    pub const fn of(role: ThingRole) -> Self {
        Self(1 << role as u8)
    }

    /// With another role.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a role is among them.
    pub fn has(self, role: ThingRole) -> bool {
        self.has_any(Self::of(role))
    }

    /// Whether one of some roles is among them.
    pub fn has_any(self, roles: Self) -> bool {
        self.0 & roles.0 != 0
    }

    /// Whether a single object is no more after the event.
    pub fn is_end(self) -> bool {
        self.has(ThingRole::Last) && !self.has(ThingRole::Parent)
    }

    /// Whether a container is emptied by the event.
    pub fn is_emptying(self) -> bool {
        self.has(ThingRole::Last) && self.has(ThingRole::Parent)
    }

    /// The same, in an event that declares an earlier one wrong.
    #[must_use]
    pub fn in_declaration(self) -> Self {
        Self(self.0 | DECLARATION)
    }

    /// Whether the event declares an earlier one wrong, and so says nothing about the thing itself.
    pub fn is_in_declaration(self) -> bool {
        self.0 & DECLARATION != 0
    }

    /// The same, in an event with sensor data.
    #[must_use]
    pub fn with_sensors(self) -> Self {
        Self(self.0 | SENSORS)
    }

    /// Whether the event has sensor data, which are in its body alone.
    pub fn has_sensors(self) -> bool {
        self.0 & SENSORS != 0
    }

    /// The roles as a byte.
    pub fn to_byte(self) -> u8 {
        self.0
    }

    /// The roles of a byte.
    pub fn from_byte(byte: u8) -> Self {
        Self(byte)
    }
}
