//! The energy market: open orders, the closing of gates, trades and their settlement.
//!
//! Invariants:
//! - The contract in force at a block judges what happens in it: an order by the rules of its block, a
//!   clearing by those of the block that clears. Orders of an interval whose area is gone by then, or has
//!   another currency or other intervals, are void; so are those before the first order under such new rules.
//! - An interval has one book, from its first order on, and is cleared once: at the first block whose time
//!   is not before its gate, by the rules of that block and by those under which orders came. From the gate on,
//!   nothing is placed or withdrawn.
//! - A clearing is computed once. Its records wait in a queue until blocks have room for them, so that they
//!   are the same however many blocks they take.
//!
//! What can be proved is in [`Space::State`](crate::types::Space::State): the books, and what became of
//! each order id. The open orders themselves, and records that wait to be made, are work of the ledger's
//! own: they stand beside its agenda. For whoever asks later there are rows in the index.

mod areas;
mod book;
mod clear;
mod levels;
mod orders;
mod queue;
mod rows;
mod settle;

pub use areas::{Market, read_market};
pub use book::{
    Book, BookPhase, ClearedBook, MemberBook, OrderState, Tally, read_book, read_member_book,
    read_order,
};
pub use levels::{BookStep, LevelSum};
pub use rows::{ClearingRow, OpenOrder, ServedWh};

pub(in crate::contracts) use clear::close_gate;
pub(in crate::contracts) use orders::{place_order, withdraw_order};
pub(in crate::contracts) use settle::settle;

#[cfg(any(test, feature = "testing"))]
use crate::types::NamedDecoder;

/// The decoders of what it keeps, for tests.
#[cfg(any(test, feature = "testing"))]
pub(in crate::contracts) const STORED: &[NamedDecoder] = &[
    NamedDecoder::of::<Book>("Book"),
    NamedDecoder::of::<MemberBook>("MemberBook"),
    NamedDecoder::of::<OrderState>("OrderState"),
    NamedDecoder::of::<Tally>("Tally"),
    NamedDecoder::of::<BookStep>("BookStep"),
    NamedDecoder::of::<LevelSum>("LevelSum"),
    NamedDecoder::of::<ClearingRow>("ClearingRow"),
    NamedDecoder::of::<OpenOrder>("OpenOrder"),
    NamedDecoder::of::<ServedWh>("ServedWh"),
    NamedDecoder::of::<queue::Chunk>("Chunk"),
    NamedDecoder::of::<settle::Position>("Position"),
];

#[cfg(test)]
mod tests;
