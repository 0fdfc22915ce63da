//! The records of energy trade. Energy is whole watt-hours, money whole minor units.

pub mod market;
