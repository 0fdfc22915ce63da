//! `production.run`: what a machine has made, from when to when, under which conditions, at what cost.
//!
//! A run belongs to the member who submits it, and is named by that member: a second statement of it is a
//! correction, and names the entry that it corrects.
//!
//! Rules beyond the schema: a run ends after it starts, at most a year later; what is scrap is told in the unit of the output, and is no
//! more than it; a failure is not longer than the run; a parameter is listed once; identifiers have the structure
//! that GS1 gives them; numbers have at most nine decimal places.

mod run;

pub use run::{Run, check};

use super::measured;

/// Whether a text can name a machine.
pub fn is_machine_name(text: &str) -> bool {
    measured::is_name(text)
}
