//! The command line, `waybill`: the top floor, which turns what a person or a script wants into
//! calls of the floors below, and their errors into what happened, why, and the way out.
//!
//! Invariants:
//! - Every command teaches: its `--help` ends with examples, its result with the command that makes
//!   sense next. `--json` leaves exactly one JSON document on standard output; progress, warnings
//!   and hints go to standard error.
//! - What members wrote and nodes say is shown to people in its line, and no terminal obeys it: `terminal_text`.
//! - Every end has one of the documented exit codes of [`Exit`].
//! - Nothing is overwritten, and nothing stopped or removed that this program did not start or make.
//! - One HTTP client, in [`client`], with limits on time and size.
//!
//! `src/docs/cli.md` is the reference, made from `--help`; a test compares them.

pub mod client;

mod arguments;
mod bench;
mod causes;
mod commands;
mod exit;
mod failure;
mod files;
mod hints;
mod json_text;
mod member_arguments;
mod misbehaviour;
mod output;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod printed_commands;
mod program;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod rejections;
mod setting_flags;
mod submitting;
mod terminal_text;
mod testnet;
mod whole_number;
mod xml_text;

pub use arguments::Arguments;
pub use bench::Workload;
pub use exit::Exit;
pub use failure::Failure;
pub use program::main;
