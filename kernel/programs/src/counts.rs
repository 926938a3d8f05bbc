//! Numeric arguments of programs.

/// Returns the numbers among the words of the arguments, in order, and
/// `otherwise` for those that are missing.
#[must_use]
pub fn from_arguments<const COUNT: usize>(
    arguments: &str,
    otherwise: [u32; COUNT],
) -> [u32; COUNT] {
    let words = arguments.split_ascii_whitespace();
    let mut given = words.filter_map(|word| word.parse().ok());
    otherwise.map(|number| given.next().unwrap_or(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_numbers_are_the_given_ones() {
        assert_eq!(from_arguments("20 x 7", [1, 2, 3]), [20, 7, 3]);
        assert_eq!(from_arguments("", [1, 2]), [1, 2]);
    }
}
