//! What a plain scalar is: the YAML 1.2 core schema (§10.3.2), without departures.
//!
//! Editors and other validators read the same files by the same schema. A name that is written `007` or
//! `.inf` is a number to all of them, and a finding that says to quote it.

use super::tree::Kind;

/// The kind of a plain scalar with this text.
pub(super) fn kind_of(text: &str) -> Kind {
    match text.as_bytes() {
        [] | b"~" | b"null" | b"Null" | b"NULL" => Kind::Null,
        b"true" | b"True" | b"TRUE" | b"false" | b"False" | b"FALSE" => Kind::Bool,
        [b'0'..=b'9' | b'+' | b'-' | b'.', ..] => number_kind(text).unwrap_or(Kind::Text),
        _ => Kind::Text,
    }
}

fn number_kind(text: &str) -> Option<Kind> {
    if is_beyond_numbers(text) {
        return Some(Kind::Float);
    }
    if let Some((digits, radix)) = prefixed(text) {
        return (!digits.is_empty() && digits.chars().all(|c| c.is_digit(radix))).then_some(Kind::Int);
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let has_digits = !whole.is_empty() || fraction.is_some_and(|fraction| !fraction.is_empty());
    let is_number = has_digits
        && digits(whole)
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent));
    is_number.then_some(if fraction.is_none() && exponent.is_none() { Kind::Int } else { Kind::Float })
}

/// Infinity, and what is no number.
fn is_beyond_numbers(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN")
}

fn prefixed(text: &str) -> Option<(&str, u32)> {
    let octal = text.strip_prefix("0o").map(|digits| (digits, 8));
    octal.or_else(|| text.strip_prefix("0x").map(|digits| (digits, 16)))
}

/// The value of a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// A whole number, or one with a fraction of zero, that 128 bits hold.
    Int(i128),
    /// Any other; always finite.
    Float(f64),
}

/// Floats are exact up to here, so that a fraction of zero is one that was written.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Number {
    /// Reads a text that [`kind_of`] calls a number.
    pub(super) fn parse(text: &str) -> Self {
        let text = text.strip_prefix('+').unwrap_or(text);
        let whole = match prefixed(text) {
            Some((digits, radix)) => i128::from_str_radix(digits, radix).ok(),
            None => text.parse().ok(),
        };
        if let Some(whole) = whole {
            return Self::Int(whole);
        }
        // Digits beyond 128 bits in hexadecimal or octal do not parse here, nor does infinity. No field takes
        // a number as large as what stands for them.
        let float: f64 = text.parse().unwrap_or(if text.starts_with('-') { f64::MIN } else { f64::MAX });
        if float.fract() == 0.0 && float.abs() <= EXACT {
            return Self::Int(float as i128);
        }
        Self::Float(float.clamp(f64::MIN, f64::MAX))
    }

    /// The value as a float, rounded where it must be.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Int(whole) => whole as f64,
            Self::Float(float) => float,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Number, kind_of};

    #[test]
    fn plain_scalars_have_the_types_of_the_core_schema() {
        for text in ["", "~", "null", "NULL"] {
            assert_eq!(kind_of(text), Kind::Null, "{text}");
        }
        for text in ["true", "False"] {
            assert_eq!(kind_of(text), Kind::Bool, "{text}");
        }
        for text in ["0", "-12", "+3", "0x1F", "0o17", "0777", "-00", "99999999999999999999999999999999999999999"] {
            assert_eq!(kind_of(text), Kind::Int, "{text}");
        }
        for text in ["0.5", ".5", "5.", "-1e3", "1E+2", "00.5", ".inf", "-.INF", "+.Inf", ".nan", ".NaN"] {
            assert_eq!(kind_of(text), Kind::Float, "{text}");
        }
        let texts = ["yes", "no", "on", "tRue", "1_000", "1:30", "0x", "0o8", "-", "+", ".", "e3", "1e", "1.2.3"];
        for text in texts.into_iter().chain([".iNF", "-.nan", "2026-01-01", "12%", "-0x1", "nUll", "--1", "१"]) {
            assert_eq!(kind_of(text), Kind::Text, "{text}");
        }
    }

    #[test]
    fn numbers_have_their_value() {
        assert_eq!(Number::parse("+12"), Number::Int(12));
        assert_eq!(Number::parse("0x1F"), Number::Int(31));
        assert_eq!(Number::parse("017"), Number::Int(17));
        assert_eq!(Number::parse("-.inf"), Number::Float(f64::MIN));
        assert_eq!(Number::parse("1e2"), Number::Int(100));
        assert_eq!(Number::parse("-1.50"), Number::Float(-1.5));
        assert_eq!(Number::parse("1e999"), Number::Float(f64::MAX));
        assert_eq!(Number::parse("-1e999"), Number::Float(f64::MIN));
    }
}
