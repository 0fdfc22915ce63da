//! Trades that wait for blocks with room.

use super::book::Tally;
use super::rows::{MarketKey, Work};
use crate::contracts::context::{EffectError, StateWriter};
use crate::contracts::derive::{DeriveContext, Derived};
use crate::contracts::task::Task;
use crate::records::energy::market::Trade;
use crate::types::codec::{Reader, put_sequence};
use crate::types::{Decode, DecodeError, Encode, LogIndex, Record};

/// Trades in one value of the store: a block reads few values, and none is long.
const CHUNK: u32 = 128;

/// Some of the trades that wait.
pub(super) struct Chunk(Vec<Trade>);

/// Puts trades in the queue, to be made records of by [`record`].
pub(super) fn enqueue(state: &mut impl StateWriter, key: MarketKey<'_>, trades: &[Trade]) -> Tally {
    for (number, chunk) in (0u32..).zip(trades.chunks(CHUNK as usize)) {
        Work::Trades(number).write(state, key, &Chunk(chunk.to_vec()));
    }
    Tally {
        // An interval has far fewer.
        total: u32::try_from(trades.len()).unwrap_or(u32::MAX),
        recorded: 0,
    }
}

/// Makes records of what waits, as many as the block has room for. `make` gives the record of a trade and
/// writes what the index learns of it.
pub(super) fn record<S: StateWriter>(
    state: &mut S,
    key: MarketKey<'_>,
    tally: &mut Tally,
    (context, derived, cause): (&DeriveContext<'_>, &mut Derived, &Task),
    make: impl Fn(&mut S, LogIndex, &Trade) -> Record,
) -> Result<(), EffectError> {
    while tally.recorded < tally.total && derived.room() > 0 {
        let work = Work::Trades(tally.recorded / CHUNK);
        let chunk: Chunk = work.read(state, key)?;
        let done = (tally.recorded % CHUNK) as usize;
        for trade in chunk.0.iter().skip(done).take(derived.room()) {
            let record = make(state, derived.next_index(), trade);
            derived.push(context, cause, record);
            tally.recorded += 1;
        }
        let is_over = tally.recorded.is_multiple_of(CHUNK) || tally.recorded == tally.total;
        if is_over {
            work.remove(state, key);
        } else if chunk.0.len() <= done {
            return Err(EffectError::Corrupt {
                what: "work of the market",
                error: DecodeError::invalid("queue", "a chunk is too short"),
            });
        }
    }
    Ok(())
}

impl Encode for Chunk {
    fn encode(&self, out: &mut Vec<u8>) {
        put_sequence(out, &self.0);
    }
}

impl Decode for Chunk {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader
            .sequence("trades that wait", CHUNK as usize)
            .map(Self)
    }
}
