//! The values of a list in a predicate, sorted: however many there are, one is found in few steps.

use super::literal::{Found, Literal, whole};

/// What a field may be equal to one of.
#[derive(Debug, Default)]
pub(super) struct OneOf {
    texts: Vec<Box<str>>,
    /// All that are whole, of which each compares as the integer that it is.
    ints: Vec<i128>,
    /// The other numbers, but NaN, which nothing is equal to.
    floats: Vec<f64>,
    any_true: bool,
    any_false: bool,
}

impl OneOf {
    pub(super) fn of(literals: &[Literal]) -> Self {
        let mut listed = Self::default();
        for literal in literals {
            match literal {
                Literal::Text(text) => listed.texts.push(text.clone()),
                Literal::Int(int) => listed.ints.push(*int),
                Literal::Float(float) => match whole(*float) {
                    Some(int) => listed.ints.push(int),
                    None if float.is_nan() => {}
                    None => listed.floats.push(*float),
                },
                Literal::Bool(true) => listed.any_true = true,
                Literal::Bool(false) => listed.any_false = true,
            }
        }
        listed.texts.sort_unstable();
        listed.ints.sort_unstable();
        listed.floats.sort_unstable_by(f64::total_cmp);
        listed
    }

    /// Whether a value is equal to one of them.
    pub(super) fn holds(&self, found: &Found<'_>) -> bool {
        match found {
            Found::Bool(true) => self.any_true,
            Found::Bool(false) => self.any_false,
            Found::Text(text) => self.texts.binary_search_by(|listed| (**listed).cmp(text)).is_ok(),
            Found::Int(int) => self.ints.binary_search(int).is_ok(),
            Found::Float(float) => match whole(*float) {
                Some(int) => self.ints.binary_search(&int).is_ok(),
                None => self.floats.binary_search_by(|listed| listed.total_cmp(float)).is_ok(),
            },
            Found::Missing(_) | Found::Null | Found::List(_) | Found::Other => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each with each: sorted they are equal to what they are equal to one by one.
    #[test]
    fn what_is_listed_is_what_is_equal_to_one() {
        let literals = [
            Literal::Int(0),
            Literal::Int(1 << 53),
            Literal::Int((1 << 53) + 1),
            Literal::Int(i128::MAX),
            Literal::Int(i128::MIN),
            Literal::Float(-0.0),
            Literal::Float(2.5),
            Literal::Float(9_007_199_254_740_992.0),
            Literal::Float(1e300),
            Literal::Float(-170_141_183_460_469_231_731_687_303_715_884_105_728.0),
            Literal::Float(f64::NEG_INFINITY),
            Literal::Float(f64::NAN),
            Literal::Text("a".into()),
            Literal::Text("".into()),
            Literal::Bool(true),
        ];
        let found = |literal: &Literal| match literal {
            Literal::Int(int) => Found::Int(*int),
            Literal::Float(float) => Found::Float(*float),
            Literal::Bool(value) => Found::Bool(*value),
            Literal::Text(_) => Found::Text("a"),
        };
        let others = [Found::Text("b"), Found::Text(""), Found::Bool(false), Found::Null, Found::Other, Found::MISSING];
        for value in literals.iter().map(found).chain(others) {
            for pair in literals.windows(2) {
                let expected = pair.iter().any(|literal| value.equals(literal));
                assert_eq!(OneOf::of(pair).holds(&value), expected, "{value:?} {pair:?}");
            }
            let expected = literals.iter().any(|literal| value.equals(literal));
            assert_eq!(OneOf::of(&literals).holds(&value), expected, "{value:?}");
        }
    }
}
