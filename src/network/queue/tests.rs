use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::network::Channel;
use crate::network::sequence::{ReceiveCursor, Session, Verdict};

fn limits() -> ChannelLimits {
    ChannelLimits {
        max_frame_bytes: 10,
        max_in_flight: 2,
        max_queued_frames: 4,
        max_queued_bytes: 20,
        retention: Duration::from_secs(5),
        ..ChannelLimits::standard(Channel::Status)
    }
}

fn bytes(length: usize) -> Bytes {
    Bytes::from(vec![1; length])
}

fn sequences(queue: &mut SendQueue, now: Instant) -> Vec<(u64, Attempt)> {
    std::iter::from_fn(|| queue.send_next(now))
        .map(|outgoing| (outgoing.sequence.0, outgoing.attempt))
        .collect()
}

#[test]
fn messages_and_bytes_are_bounded() {
    let now = Instant::now();
    let mut queue = SendQueue::new(limits());
    for _ in 0..4 {
        assert_eq!(queue.push(bytes(1), now), Ok(()));
    }
    assert_eq!(queue.push(bytes(1), now), Err(PushError::Full));
    let mut queue = SendQueue::new(limits());
    assert_eq!(queue.push(bytes(10), now), Ok(()));
    assert_eq!(queue.push(bytes(10), now), Ok(()));
    assert_eq!(queue.push(bytes(1), now), Err(PushError::Full));
    assert_eq!(queue.len(), 2);
}

#[test]
fn the_window_opens_with_acknowledgements() {
    let now = Instant::now();
    let mut queue = SendQueue::new(limits());
    for _ in 0..4 {
        queue.push(bytes(1), now).unwrap();
    }
    assert_eq!(
        sequences(&mut queue, now),
        [(0, Attempt::First), (1, Attempt::First)]
    );
    assert!(queue.acknowledge(Sequence(0)));
    assert_eq!(sequences(&mut queue, now), [(2, Attempt::First)]);
    assert!(queue.acknowledge(Sequence(0)), "repeated is harmless");
    assert!(queue.acknowledge(Sequence(2)));
    assert_eq!(sequences(&mut queue, now), [(3, Attempt::First)]);
}

#[test]
fn what_was_never_sent_cannot_be_acknowledged() {
    let now = Instant::now();
    let mut queue = SendQueue::new(limits());
    assert!(!queue.acknowledge(Sequence(0)));
    for _ in 0..3 {
        queue.push(bytes(1), now).unwrap();
    }
    assert_eq!(sequences(&mut queue, now).len(), 2);
    assert!(!queue.acknowledge(Sequence(2)), "queued, not sent");
    assert!(!queue.acknowledge(Sequence(3)), "not even queued");
}

#[test]
fn a_new_stream_repeats_what_was_not_delivered() {
    let now = Instant::now();
    let mut queue = SendQueue::new(limits());
    for _ in 0..3 {
        queue.push(bytes(1), now).unwrap();
    }
    assert_eq!(sequences(&mut queue, now).len(), 2);
    queue.resume(Sequence(1));
    assert_eq!(
        sequences(&mut queue, now),
        [(1, Attempt::Repeated), (2, Attempt::First)]
    );
}

#[test]
fn age_drops_what_is_not_in_flight() {
    let start = Instant::now();
    let late = start + Duration::from_secs(6);
    let mut queue = SendQueue::new(limits());
    for _ in 0..3 {
        queue.push(bytes(1), start).unwrap();
    }
    assert_eq!(queue.send_next(start).unwrap().sequence, Sequence(0));
    queue.push(bytes(1), late).unwrap();
    assert_eq!(queue.take_expired(), 2);
    assert_eq!(queue.len(), 2);
    assert_eq!(sequences(&mut queue, late), [(3, Attempt::First)]);
    assert!(queue.acknowledge(Sequence(3)));
    assert_eq!((queue.len(), queue.take_expired()), (0, 0));
}

#[derive(Debug, Clone)]
enum Step {
    Push,
    Send,
    Deliver,
    Acknowledge,
    Reconnect,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Push),
        3 => Just(Step::Send),
        3 => Just(Step::Deliver),
        2 => Just(Step::Acknowledge),
        1 => Just(Step::Reconnect),
    ]
}

proptest! {
    /// Queue and cursor together, over streams that break at any point: in order, once each, and
    /// all of it in the end.
    #[test]
    fn delivery_is_ordered_and_once(steps in proptest::collection::vec(step(), 0..200)) {
        let now = Instant::now();
        let session = Session(7);
        let mut queue = SendQueue::new(limits());
        let mut cursor = ReceiveCursor::default();
        let mut wire: VecDeque<Outgoing> = VecDeque::new();
        let mut delivered: Vec<u8> = Vec::new();
        let mut through: Option<Sequence> = None;
        let mut pushed = 0_u8;
        queue.resume(cursor.enter(session));
        let mut run = |step: Step, queue: &mut SendQueue, pushed: &mut u8| match step {
            Step::Push => {
                if queue.push(Bytes::copy_from_slice(&[*pushed]), now).is_ok() {
                    *pushed += 1;
                }
            }
            Step::Send => wire.extend(queue.send_next(now)),
            Step::Deliver => {
                if let Some(message) = wire.pop_front() {
                    if cursor.admit(session, message.sequence) == Verdict::Deliver {
                        delivered.extend(message.bytes.iter());
                    }
                    through = Some(message.sequence);
                }
            }
            Step::Acknowledge => {
                if let Some(sequence) = through {
                    assert!(queue.acknowledge(sequence));
                }
            }
            Step::Reconnect => {
                wire.clear();
                through = None;
                queue.resume(cursor.enter(session));
            }
        };
        for step in steps {
            run(step, &mut queue, &mut pushed);
        }
        run(Step::Reconnect, &mut queue, &mut pushed);
        while queue.len() > 0 {
            for step in [Step::Send, Step::Deliver, Step::Acknowledge] {
                run(step, &mut queue, &mut pushed);
            }
        }
        prop_assert_eq!(delivered, (0..pushed).collect::<Vec<_>>());
    }
}
