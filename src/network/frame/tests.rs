use futures::executor::block_on;
use futures::io::Cursor;
use proptest::prelude::*;

use super::*;

#[test]
fn headers_have_the_documented_bytes() {
    let header = FrameHeader::new(0x0102_0304, Sequence(0x05), usize::MAX).unwrap();
    assert_eq!(header.encode(), [1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 5]);
    let greeting = Greeting {
        session: Session(0x0102),
    };
    assert_eq!(greeting.encode(), [0, 0, 0, 0, 0, 0, 1, 2]);
}

#[test]
fn lengths_at_the_edges() {
    assert_eq!(check_length(0, 10), Err(FrameError::Empty));
    assert_eq!(check_at_most(0, 10), Ok(0));
    assert_eq!(check_length(1, 10), Ok(1));
    assert_eq!(check_length(10, 10), Ok(10));
    assert_eq!(
        check_length(11, 10),
        Err(FrameError::Oversize { bytes: 11 })
    );
    let longest = u32::MAX;
    assert_eq!(
        check_length(longest, 10),
        Err(FrameError::Oversize { bytes: longest })
    );
}

#[test]
fn an_array_is_whole_or_absent_or_an_error() {
    let read = |bytes: &'static [u8]| block_on(read_array::<4>(&mut Cursor::new(bytes)));
    assert_eq!(read(&[]).unwrap(), None);
    assert_eq!(read(&[1, 2, 3, 4, 5]).unwrap(), Some([1, 2, 3, 4]));
    assert!(read(&[1, 2, 3]).is_err());
}

#[test]
fn memory_grows_with_what_arrives_only() {
    let sent = vec![7; READ_STEP_BYTES * 3 + 5];
    let read = block_on(read_payload(&mut Cursor::new(&sent), sent.len())).unwrap();
    assert_eq!(read, sent);
    let announced = usize::try_from(u32::MAX).unwrap();
    assert!(block_on(read_payload(&mut Cursor::new(&sent), announced)).is_err());
}

proptest! {
    #[test]
    fn a_header_survives_the_wire(length: u32, sequence: u64, limit: u32) {
        let limit = usize::try_from(limit).unwrap();
        match FrameHeader::new(length, Sequence(sequence), limit) {
            Ok(header) => {
                prop_assert_eq!(FrameHeader::decode(header.encode(), limit), Ok(header));
                prop_assert!(length >= 1 && usize::try_from(length).unwrap() <= limit);
            }
            Err(FrameError::Empty) => prop_assert_eq!(length, 0),
            Err(FrameError::Oversize { bytes }) => {
                prop_assert_eq!(bytes, length);
                prop_assert!(usize::try_from(length).unwrap() > limit);
            }
        }
    }

    #[test]
    fn any_header_bytes_decode_canonically_or_fail(bytes: [u8; FRAME_HEADER_BYTES], limit: u32) {
        if let Ok(header) = FrameHeader::decode(bytes, usize::try_from(limit).unwrap()) {
            prop_assert_eq!(header.encode(), bytes);
        }
    }

    #[test]
    fn a_greeting_survives_the_wire(bytes: [u8; GREETING_BYTES]) {
        prop_assert_eq!(Greeting::decode(bytes).encode(), bytes);
    }

    #[test]
    fn a_stream_of_frames_is_read_back(
        payloads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..300), 0..8),
        cut: prop::sample::Index,
    ) {
        let mut wire = Vec::new();
        for (sequence, payload) in (0_u64..).zip(&payloads) {
            let length = u32::try_from(payload.len()).unwrap();
            wire.extend(FrameHeader::new(length, Sequence(sequence), 300).unwrap().encode());
            wire.extend(payload);
        }
        let read_all = |wire: &[u8]| block_on(async {
            let mut stream = Cursor::new(wire);
            let mut read = Vec::new();
            loop {
                match read_array(&mut stream).await {
                    Ok(Some(bytes)) => {
                        let header = FrameHeader::decode(bytes, 300).unwrap();
                        let length = usize::try_from(header.length()).unwrap();
                        match read_payload(&mut stream, length).await {
                            Ok(payload) => read.push(payload),
                            Err(_) => return (read, false),
                        }
                    }
                    Ok(None) => return (read, true),
                    Err(_) => return (read, false),
                }
            }
        });
        prop_assert_eq!(read_all(&wire), (payloads.clone(), true));
        // A torn stream gives whole frames from the front, never a wrong or a partial one.
        let torn = &wire[..cut.index(wire.len() + 1)];
        let (read, _) = read_all(torn);
        prop_assert_eq!(&read[..], &payloads[..read.len()]);
    }
}
