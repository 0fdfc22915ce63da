//! A line of blocks for a series of values.

/// From the lowest value to the highest.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The values as a line of at most so many blocks, with the least and the greatest beside it. Several values
/// that share a block show the greatest. None if there is nothing to draw.
pub(super) fn draw(values: &[&str], columns: usize) -> Option<String> {
    // A picture for people: floating point is exact enough.
    let numbers: Vec<f64> = values
        .iter()
        .map(|value| value.parse().ok())
        .collect::<Option<_>>()?;
    let least = numbers.iter().copied().min_by(f64::total_cmp)?;
    let most = numbers.iter().copied().max_by(f64::total_cmp)?;
    let columns = columns.clamp(1, numbers.len());
    let mut line = String::new();
    for column in 0..columns {
        let begin = column * numbers.len() / columns;
        let end = (column + 1) * numbers.len() / columns;
        let shown = numbers.get(begin..end)?.iter().copied();
        line.push(block(shown.max_by(f64::total_cmp)?, least, most));
    }
    let text = |number: f64| values.iter().find(|value| value.parse() == Ok(number));
    Some(format!("{line}  {} to {}", text(least)?, text(most)?))
}

fn block(value: f64, least: f64, most: f64) -> char {
    let mut height = 0;
    // How many eighths of the range lie below the value.
    for (eighths, _) in (1u8..).zip(BLOCKS).skip(1) {
        let bound = least + (most - least) * f64::from(eighths - 1) / 8.0;
        if most > least && value >= bound {
            height = usize::from(eighths - 1);
        }
    }
    BLOCKS.get(height).copied().unwrap_or('█')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_goes_up_and_peaks_are_kept() {
        let ramp = ["0", "1", "2", "3", "4", "5", "6", "7"];
        assert_eq!(draw(&ramp, 60).unwrap(), "▁▂▃▄▅▆▇█  0 to 7");
        assert_eq!(draw(&ramp, 4).unwrap(), "▂▄▆█  0 to 7");
        let mut values = vec!["4.0"; 99];
        values.push("-30.5");
        assert!(draw(&values, 10).unwrap().ends_with("  -30.5 to 4.0"));
        assert_eq!(draw(&["2", "2"], 9).unwrap(), "▁▁  2 to 2");
        assert_eq!(draw(&[], 9), None);
        assert_eq!(draw(&["x"], 9), None);
    }
}
