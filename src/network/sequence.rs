//! The numbering of messages, and the receiver's place in it.

/// Names one numbering: drawn at random when a network is made, so that a peer tells a restarted
/// sender from a reconnected one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Session(pub(crate) u64);

/// The place of a message among those of its session, peer and channel. Grows, with gaps where
/// messages were dropped before they were sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sequence(pub(crate) u64);

impl Sequence {
    /// The first one.
    pub(crate) const FIRST: Self = Self(0);

    /// The one after, if there is one.
    pub(crate) fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }
}

/// What a receiver does with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is new: deliver it. The cursor has moved past it.
    Deliver,
    /// It was delivered before, or its session has ended: acknowledge it and forget it.
    Duplicate,
}

/// How far one peer's messages on one channel were delivered. Outlives connections, so that what is
/// sent again after a reconnect is delivered once.
#[derive(Debug, Default)]
pub(crate) struct ReceiveCursor {
    place: Option<(Session, Sequence)>,
}

impl ReceiveCursor {
    /// A stream of `session` opens: the sequence to go on from.
    pub(crate) fn enter(&mut self, session: Session) -> Sequence {
        match self.place {
            Some((current, next)) if current == session => next,
            _ => {
                self.place = Some((session, Sequence::FIRST));
                Sequence::FIRST
            }
        }
    }

    /// A whole message arrived and there is room for it.
    pub(crate) fn admit(&mut self, session: Session, sequence: Sequence) -> Verdict {
        match (self.place, sequence.next()) {
            (Some((current, expected)), Some(next))
                if current == session && sequence >= expected =>
            {
                self.place = Some((session, next));
                Verdict::Deliver
            }
            _ => Verdict::Duplicate,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Session = Session(1);
    const B: Session = Session(2);

    #[test]
    fn a_session_resumes_where_it_was_and_a_new_one_starts_over() {
        let mut cursor = ReceiveCursor::default();
        assert_eq!(cursor.enter(A), Sequence(0));
        assert_eq!(cursor.admit(A, Sequence(0)), Verdict::Deliver);
        assert_eq!(cursor.admit(A, Sequence(1)), Verdict::Deliver);
        assert_eq!(cursor.enter(A), Sequence(2));
        assert_eq!(cursor.admit(A, Sequence(1)), Verdict::Duplicate);
        assert_eq!(cursor.enter(B), Sequence(0));
        assert_eq!(cursor.admit(B, Sequence(0)), Verdict::Deliver);
    }

    #[test]
    fn gaps_are_taken_and_never_filled_later() {
        let mut cursor = ReceiveCursor::default();
        cursor.enter(A);
        assert_eq!(cursor.admit(A, Sequence(5)), Verdict::Deliver);
        assert_eq!(cursor.admit(A, Sequence(4)), Verdict::Duplicate);
        assert_eq!(cursor.admit(A, Sequence(5)), Verdict::Duplicate);
        assert_eq!(cursor.admit(A, Sequence(6)), Verdict::Deliver);
    }

    #[test]
    fn an_ended_session_and_the_last_sequence_deliver_nothing() {
        let mut cursor = ReceiveCursor::default();
        assert_eq!(cursor.admit(A, Sequence(0)), Verdict::Duplicate);
        cursor.enter(A);
        cursor.enter(B);
        assert_eq!(cursor.admit(A, Sequence(9)), Verdict::Duplicate);
        assert_eq!(cursor.admit(B, Sequence(u64::MAX)), Verdict::Duplicate);
    }
}
