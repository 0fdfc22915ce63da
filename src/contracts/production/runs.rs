//! Runs in the state and in the index.

use bytes::Bytes;

use super::machine::{Interval, LatestRuns, MAX_COMPARED_RUNS};
use crate::contracts::context::{EffectContext, EffectError, StateWriter};
use crate::contracts::index_keys::IndexKey;
use crate::contracts::state_keys::StateKey;
use crate::contracts::values;
use crate::crypto::Sha256Digest;
use crate::records::production::Run;
use crate::types::codec::Reader;
use crate::types::{
    Decode, DecodeError, Encode, Flag, LogIndex, MemberId, Outcome, Rejection, Space, StateReader,
};

/// How far ahead of block time a run may end, in milliseconds.
const MAX_AHEAD_MS: i64 = 60 * 60 * 1_000;

/// What is known of a run, beside its body in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunState {
    /// The entry that stated it first.
    pub first: LogIndex,
    /// The entry that stated it last.
    pub latest: LogIndex,
    /// SHA-256 of that body.
    pub digest: Sha256Digest,
    /// The machine that it was on.
    machine: RunGroup,
}

/// Runs that are found together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunGroup(u8, [u8; 16]);

impl RunGroup {
    /// All runs of the ledger.
    pub const ALL: Self = Self(0, [0; 16]);

    /// The runs at a site, by its canonical identifier.
    pub fn of_site(site: &str) -> Self {
        Self::of(1, &[site.as_bytes()])
    }

    /// The runs on machines of a name at a site, whoever tells them.
    pub fn of_machine(site: &str, machine: &str) -> Self {
        Self::of(2, &[site.as_bytes(), &[0], machine.as_bytes()])
    }

    /// The runs on one machine.
    fn of_members_machine(member: &MemberId, run: &Run) -> Self {
        let parts: [&[u8]; 5] = [
            member.as_str().as_bytes(),
            &[0],
            run.site.as_bytes(),
            &[0],
            run.machine.as_bytes(),
        ];
        Self::of(3, &parts)
    }

    fn of(kind: u8, parts: &[&[u8]]) -> Self {
        let digest = Sha256Digest::of_parts(parts);
        let mut id = [0; 16];
        id.iter_mut()
            .zip(digest.as_bytes())
            .for_each(|(own, byte)| *own = *byte);
        Self(kind, id)
    }

    /// The bytes, all of one length.
    pub fn to_bytes(self) -> [u8; 17] {
        let mut bytes = [self.0; 17];
        bytes
            .iter_mut()
            .skip(1)
            .zip(self.1)
            .for_each(|(own, byte)| *own = byte);
        bytes
    }
}

/// Reads what is known of a run.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_run(
    state: &(impl StateReader + ?Sized),
    member: &MemberId,
    run: &str,
) -> Result<Option<RunState>, EffectError> {
    values::read(state, StateKey::ProductionRun { member, run }, "run")
}

/// Takes a run, or the correction of one.
pub(in crate::contracts) fn record_run(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    run: &Run,
) -> Result<Outcome, EffectError> {
    let member = &context.submitter.id;
    let known = read_run(state, member, &run.run)?;
    if let Some(known) = known.as_ref().filter(|known| known.digest == run.digest) {
        return Ok(Outcome::Duplicate { of: known.latest });
    }
    if let Err(rejection) = check_place(context, run, known.as_ref()) {
        return Ok(Outcome::Rejected(rejection));
    }
    let machine = RunGroup::of_members_machine(member, run);
    if let Some(known) = &known {
        let mut before = read_latest(state, known.machine)?;
        before.remove(known.latest);
        write_latest(state, known.machine, &before);
        let place = IndexKey::RunCorrection(known.latest).to_bytes();
        state.put(Space::Index, &place, Bytes::from(context.index.to_bytes()));
    }
    let interval = Interval {
        start: run.start,
        end: run.end,
        index: context.index,
    };
    let mut latest = read_latest(state, machine)?;
    let flags = flags(&latest, &interval);
    latest.add(interval);
    write_latest(state, machine, &latest);
    let groups = [
        RunGroup::ALL,
        RunGroup::of_site(&run.site),
        RunGroup::of_machine(&run.site, &run.machine),
    ];
    for group in groups {
        let place = IndexKey::ProductionRun {
            group,
            start: run.start,
            index: context.index,
        };
        state.put(Space::Index, &place.to_bytes(), Bytes::new());
    }
    let after = RunState {
        first: known.map_or(context.index, |known| known.first),
        latest: context.index,
        digest: run.digest,
        machine,
    };
    let key = StateKey::ProductionRun {
        member,
        run: &run.run,
    };
    values::write(state, key, &after);
    Ok(Outcome::taken(flags))
}

/// Whether a statement has its place among those before it.
fn check_place(
    context: &EffectContext<'_>,
    run: &Run,
    known: Option<&RunState>,
) -> Result<(), Rejection> {
    if run.end.as_ms() > context.time.as_ms().saturating_add(MAX_AHEAD_MS) {
        return Err(Rejection::new(
            "ahead-of-time",
            format!(
                "the run ends at {}, more than an hour ahead of the block's time {}: a run is told \
                 when it is over",
                run.end, context.time
            ),
        ));
    }
    match (known, run.corrects) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(Rejection::new(
            "no-such-run",
            format!(
                "{} has told no run {} to correct",
                context.submitter.id, run.run
            ),
        )),
        (Some(known), None) => Err(Rejection::new(
            "run-exists",
            format!(
                "entry {} tells the run {} already; a correction says \"corrects\": {}",
                known.first, run.run, known.latest
            ),
        )),
        (Some(known), Some(corrects)) if corrects == known.latest => Ok(()),
        (Some(known), Some(corrects)) => Err(Rejection::new(
            "not-latest",
            format!(
                "entry {corrects} is not the latest about the run {}: entry {} is",
                run.run, known.latest
            ),
        )),
    }
}

fn flags(latest: &LatestRuns, interval: &Interval) -> Vec<Flag> {
    let mut flags = Vec::new();
    let overlapping = latest.overlapping(interval);
    if let Some(first) = overlapping.first() {
        let reason = format!(
            "the machine has {} other runs at that time; the first, entry {}, is from {} until {}",
            overlapping.len(),
            first.index,
            first.start,
            first.end
        );
        flags.push(Flag::new("overlap", reason));
    }
    if latest.is_out_of_sight(interval) {
        let reason = format!(
            "the run began before others had ended that are not among the {MAX_COMPARED_RUNS} latest of its \
             machine: it is not compared with those"
        );
        flags.push(Flag::new("late", reason));
    }
    flags
}

fn read_latest(
    state: &(impl StateReader + ?Sized),
    machine: RunGroup,
) -> Result<LatestRuns, EffectError> {
    let place = IndexKey::MachineRuns(machine).to_bytes();
    match state.get(Space::Index, &place)? {
        None => Ok(LatestRuns::default()),
        Some(bytes) => LatestRuns::from_bytes(&bytes).map_err(|error| EffectError::Corrupt {
            what: "list of a machine's runs",
            error,
        }),
    }
}

fn write_latest(state: &mut impl StateWriter, machine: RunGroup, latest: &LatestRuns) {
    let place = IndexKey::MachineRuns(machine).to_bytes();
    state.put(Space::Index, &place, Bytes::from(latest.to_bytes()));
}

impl Encode for RunState {
    fn encode(&self, out: &mut Vec<u8>) {
        self.first.encode(out);
        self.latest.encode(out);
        self.digest.encode(out);
        out.extend_from_slice(&self.machine.to_bytes());
    }
}

impl Decode for RunState {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            first: LogIndex::decode(reader)?,
            latest: LogIndex::decode(reader)?,
            digest: Sha256Digest::decode(reader)?,
            machine: RunGroup(reader.u8()?, reader.array()?),
        })
    }
}
