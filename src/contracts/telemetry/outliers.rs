//! Values that stand apart from the others of their series.
//!
//! The rule is the modified z-score of Iglewicz and Hoaglin (How to Detect and Handle Outliers, 1993): a value x is
//! flagged if 0.6745 × |x − m| > 3.5 × MAD, where m is the median of the series and MAD the median of the
//! distances |x − m|. A median of an even number of values is the mean of the two in the middle. It is computed in
//! integers, exactly: distances from the median are doubled, and the MAD is taken fourfold, so that no
//! mean is halved. A series of fewer than [`MIN_POINTS`] values, and one of which half the values are equal,
//! says nothing.

use std::collections::BTreeSet;

/// Fewest values of a series that the rule is applied to.
const MIN_POINTS: usize = 10;

/// Twice 0.6745, and 3.5, both times 10,000.
const NORMAL: i128 = 13_490;
const THRESHOLD: i128 = 35_000;

/// The places of the values that stand apart. Each is below 10^21 either way.
pub(super) fn stands_apart(values: &[i128]) -> BTreeSet<usize> {
    if values.len() < MIN_POINTS {
        return BTreeSet::new();
    }
    let median_twice = twice_the_median(values.iter().copied());
    let distances: Vec<i128> = values
        .iter()
        .map(|value| (2 * value - median_twice).abs())
        .collect();
    let mad_fourfold = twice_the_median(distances.iter().copied());
    if mad_fourfold == 0 {
        return BTreeSet::new();
    }
    let is_apart = |distance: i128| NORMAL * distance > THRESHOLD * mad_fourfold;
    distances
        .iter()
        .enumerate()
        .filter(|(_, distance)| is_apart(**distance))
        .map(|(place, _)| place)
        .collect()
}

/// The sum of the two values in the middle; of an odd number, the one in the middle twice.
fn twice_the_median(values: impl Iterator<Item = i128>) -> i128 {
    let mut sorted: Vec<i128> = values.collect();
    sorted.sort_unstable();
    let upper = sorted.len() / 2;
    let lower = sorted.len().saturating_sub(1) / 2;
    let at = |place: usize| sorted.get(place).copied().unwrap_or_default();
    at(lower) + at(upper)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_threshold_is_exact() {
        // The median is 0 and the MAD 2: a value is apart from 3.5 × 2 / 0.6745 = 10.3780578… on.
        let others = [-3, -2, -2, -1, 0, 0, 1, 2, 2, 3];
        for (value, is_apart) in [(10, false), (11, true), (-11, true)] {
            let scaled: Vec<i128> = others.iter().copied().chain([value]).collect();
            assert_eq!(stands_apart(&scaled).contains(&10), is_apart, "{value}");
        }
        let fine: Vec<i128> = others.iter().map(|value| value * 1_000_000).collect();
        for (value, is_apart) in [(10_378_057, false), (10_378_058, true)] {
            let scaled: Vec<i128> = fine.iter().copied().chain([value]).collect();
            assert_eq!(stands_apart(&scaled).contains(&10), is_apart, "{value}");
        }
    }

    #[test]
    fn short_and_flat_series_say_nothing() {
        assert!(stands_apart(&[0, 0, 0, 0, 0, 0, 0, 0, 9_999]).is_empty());
        assert!(stands_apart(&[5, 5, 5, 5, 5, 5, 5, 1, 2, 9_999]).is_empty());
        assert!(stands_apart(&[]).is_empty());
    }

    proptest! {
        /// What is apart does not depend on order, shift, or unit.
        #[test]
        fn order_shift_and_scale_do_not_matter(
            values in prop::collection::vec(-1_000_000_000_000_000_000_000i128..1_000_000_000_000_000_000_000, 0..60),
        ) {
            let chosen = |values: &[i128]| {
                let apart = stands_apart(values);
                let mut chosen: Vec<i128> = apart.iter().map(|place| values[*place]).collect();
                chosen.sort_unstable();
                chosen
            };
            let expected = chosen(&values);
            let mut reversed = values.clone();
            reversed.reverse();
            prop_assert_eq!(chosen(&reversed), expected.clone());
            let small: Vec<i128> = values.iter().map(|value| value / 1_000_000).collect();
            let moved: Vec<i128> = small.iter().map(|value| value * 7 + 1_000).collect();
            prop_assert_eq!(stands_apart(&small), stands_apart(&moved));
        }
    }
}
