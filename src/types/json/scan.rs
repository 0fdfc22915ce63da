//! Finding the end of a run of plain string bytes, eight bytes at a time.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// The position, at or after `at`, of the first quotation mark, backslash or control character, or the
/// length of `bytes` when there is none.
pub(super) fn end_of_plain_run(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let stops = stop_mask(u64::from_le_bytes(*chunk));
        if stops != 0 {
            return at + (stops.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|&byte| !is_stop(byte)) {
        at += 1;
    }
    at
}

fn is_stop(byte: u8) -> bool {
    byte == b'"' || byte == b'\\' || byte < 0x20
}

/// Sets the high bit of each byte of `word` that ends a plain run. Bytes above the lowest one set may be
/// set in error (the subtraction borrows), the lowest one never is: callers look at nothing else.
fn stop_mask(word: u64) -> u64 {
    let below = |limit: u64| word.wrapping_sub(ONES * limit) & !word;
    let equal = |byte: u8| {
        let difference = word ^ (ONES * u64::from(byte));
        difference.wrapping_sub(ONES) & !difference
    };
    (below(0x20) | equal(b'"') | equal(b'\\')) & HIGHS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_plain_loop_for_every_byte_at_every_place() {
        for length in 0..20 {
            for place in 0..length {
                for byte in 0..=u8::MAX {
                    let mut bytes = vec![b'x'; length];
                    bytes[place] = byte;
                    for start in 0..=length {
                        let plain = (start..length)
                            .find(|&at| is_stop(bytes[at]))
                            .unwrap_or(length);
                        assert_eq!(
                            end_of_plain_run(&bytes, start),
                            plain,
                            "{bytes:?} from {start}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn the_lowest_of_neighbouring_stops_is_found() {
        assert_eq!(end_of_plain_run(b"ab\x01\x02\"\\cd", 0), 2);
        assert_eq!(end_of_plain_run(b"\x80\xff !#[]\"", 0), 7);
    }
}
