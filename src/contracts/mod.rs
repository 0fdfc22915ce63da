//! What records do to the state: the native effects of each family.
//!
//! An effect is a pure function of the state it reads, the record, and the block. It either
//! changes the state and accepts, or leaves it as it was and says why; it never panics. State goes
//! through [`StateWriter`], so that the floor above decides what becomes of the changes.
//!
//! Deliberately absent: the bodies of records (their families have reduced them already) and the
//! log (an effect learns the index that its record will have, nothing more).

mod context;
mod effects;
mod epcis;
mod membership;
mod state_keys;
mod validators;

pub use context::{EffectContext, EffectError, StateWriter};
pub use effects::execute;
pub use membership::{MemberCache, install_member, read_key_owner, read_member};
pub use state_keys::{MEMBER_PREFIX, StateKey};
pub use validators::{
    Liveness, SILENT_AFTER, install_validators, read_liveness, read_validators, write_liveness,
};
