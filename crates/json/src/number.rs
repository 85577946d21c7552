//! Numbers as decimals of any size, so that no digit is lost in a comparison.

use std::cmp::Ordering;

/// A number, taken apart: `0.d₁d₂… × 10^point`, without zeros at either end of the digits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decimal<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    /// How many zeros lead the digits: `0 <= leading <= whole.len() + fraction.len()`
    leading: usize,
    /// How many digits count; none for zero.
    significant: usize,
    exponent: Exponent<'a>,
}

/// Where the point stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exponent<'a> {
    Point(i128),
    /// Too large for arithmetic: only the same spelling is the same number. With the digits of the exponent
    /// whatever their leading zeros, and the place of the first digit that counts.
    Huge {
        negative: bool,
        digits: &'a [u8],
        first: i128,
    },
}

impl<'a> Decimal<'a> {
    /// Takes apart the text of a number that has been checked.
    pub(crate) fn new(text: &'a [u8]) -> Self {
        let (negative, text) = match text {
            [b'-', rest @ ..] => (true, rest),
            _ => (false, text),
        };
        let (mantissa, exponent) = split_at_byte(text, |byte| matches!(byte, b'e' | b'E'));
        let (whole, fraction) = split_at_byte(mantissa, |byte| byte == b'.');
        let total = whole.len() + fraction.len();
        let leading = whole.iter().chain(fraction).take_while(|&&digit| digit == b'0').count();
        let trailing =
            fraction.iter().rev().chain(whole.iter().rev()).take_while(|&&digit| digit == b'0').count();
        let significant = total.saturating_sub(leading + trailing);
        let first = whole.len() as i128 - leading as i128;
        Self {
            // Minus zero is zero.
            negative: negative && significant > 0,
            whole,
            fraction,
            leading,
            significant,
            exponent: if significant == 0 { Exponent::Point(0) } else { Exponent::new(exponent, first) },
        }
    }

    /// The whole number; none if there is a fraction, or more than fits.
    pub(crate) fn to_i128(self) -> Option<i128> {
        let Exponent::Point(point) = self.exponent else { return None };
        let zeros = point.checked_sub(self.significant as i128)?;
        // 10^38 is the last power of ten that fits.
        if self.significant > 38 || !(0..=38).contains(&zeros) {
            return (self.significant == 0).then_some(0);
        }
        let digits = self.digits().fold(0_i128, |sum, digit| sum * 10 + i128::from(digit - b'0'));
        let magnitude = digits.checked_mul(10_i128.pow(zeros as u32))?;
        Some(if self.negative { -magnitude } else { magnitude })
    }

    /// The digits that count.
    fn digits(self) -> impl Iterator<Item = u8> + use<'a> {
        self.whole.iter().chain(self.fraction).copied().skip(self.leading).take(self.significant)
    }
}

impl PartialEq for Decimal<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.negative == other.negative
            && self.significant == other.significant
            && self.exponent == other.exponent
            && self.digits().cmp(other.digits()) == Ordering::Equal
    }
}

impl<'a> Exponent<'a> {
    /// `text` is what stands behind the `e`; `first` is where the point would be without it.
    fn new(text: &'a [u8], first: i128) -> Self {
        let (negative, digits) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, text),
        };
        let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
        let digits = &digits[zeros..];
        if digits.len() > 30 {
            return Self::Huge { negative, digits, first };
        }
        let magnitude = digits.iter().fold(0_i128, |sum, digit| sum * 10 + i128::from(digit - b'0'));
        Self::Point(first + if negative { -magnitude } else { magnitude })
    }
}

fn split_at_byte(text: &[u8], is_split: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    match text.iter().position(|&byte| is_split(byte)) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    #[test]
    fn spellings_of_one_number_are_equal() {
        let classes: &[&[&str]] = &[
            &["0", "-0", "0.0", "0e5", "-0.000e-9", "0E999999999999999999999999999999999999999999"],
            &["1", "1.0", "10e-1", "0.1e1", "1E+0", "100e-00002", "0.00001E5"],
            &["-1", "-1.0", "-10e-1"],
            &["10", "1e1", "10.00", "0.1e2"],
            &["1.5", "15e-1", "0.15E1", "1.50"],
            &["1e-7", "0.0000001"],
            &["123456789012345678901234567890", "1234567890123456789012345678.90e2"],
            &["123456789012345678901234567891"],
            &["9007199254740993"],
            &["9007199254740992"],
            &["1e99999999999999999999999999999999999999999", "1E+099999999999999999999999999999999999999999"],
            &["1e-99999999999999999999999999999999999999999"],
            &["2e99999999999999999999999999999999999999999"],
        ];
        let all = classes
            .iter()
            .enumerate()
            .flat_map(|(class, texts)| texts.iter().map(move |text| (class, *text)));
        for (left_class, left) in all.clone() {
            for (right_class, right) in all.clone() {
                let equal = Decimal::new(left.as_bytes()) == Decimal::new(right.as_bytes());
                assert_eq!(equal, left_class == right_class, "{left} and {right}");
            }
        }
    }

    #[test]
    fn whole_numbers() {
        for (text, want) in [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("0.0e99", Some(0)),
            ("42", Some(42)),
            ("-42.0", Some(-42)),
            ("4.2e1", Some(42)),
            ("4200e-2", Some(42)),
            ("4.25e1", None),
            ("0.1", None),
            ("18446744073709551615", Some(18_446_744_073_709_551_615)),
            ("1e38", Some(10_i128.pow(38))),
            ("1e39", None),
            ("99e37", None),
            ("1e999999999999999999999999999999999999999", None),
            ("340282366920938463463374607431768211456000", None),
        ] {
            assert_eq!(Decimal::new(text.as_bytes()).to_i128(), want, "{text}");
        }
    }
}
