//! Values of defaults as expressions.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use serde_json::{Number, Value};

use crate::config::Config;
use crate::emit::types;
use crate::model::{FieldDef, Ty};
use crate::names;

/// The value of a field's default, null apart: `None` where there is no expression for it.
pub(super) fn of_field(field: &FieldDef, value: &Value, config: &Config) -> Option<TokenStream> {
    let value = Writer { field, config }.value(&field.ty, value)?;
    Some(if field.optional { quote!(::core::option::Option::Some(#value)) } else { value })
}

struct Writer<'a> {
    field: &'a FieldDef,
    config: &'a Config,
}

impl Writer<'_> {
    fn value(&self, ty: &Ty, value: &Value) -> Option<TokenStream> {
        Some(match (ty, value) {
            (Ty::Text, Value::String(text)) => quote!(::std::string::String::from(#text)),
            (Ty::Truth, Value::Bool(value)) => quote!(#value),
            (Ty::Int, Value::Number(number)) => whole(number)?,
            (Ty::Float, Value::Number(number)) => float(number.as_f64()?),
            (Ty::Float, Value::String(text)) => float(text.parse().ok()?),
            (Ty::Enum(_), Value::String(text)) => {
                let of = self.field.enumeration.as_ref()?;
                let (variant, _) = of.variants.iter().find(|(_, value)| value == text)?;
                let (ident, variant) = (names::ident(&of.ident), names::ident(variant));
                quote!(#ident::#variant)
            }
            (Ty::Nullable(_), Value::Null) => quote!(::core::option::Option::None),
            (Ty::Nullable(inner), _) => {
                let value = self.value(inner, value)?;
                quote!(::core::option::Option::Some(#value))
            }
            (Ty::List(element), Value::Array(items)) => self.list(element, items)?,
            (Ty::Map(of), Value::Object(members)) => {
                let entries: Vec<_> = members
                    .iter()
                    .map(|(key, value)| {
                        let value = self.value(of, value)?;
                        Some(quote!((::std::string::String::from(#key), #value)))
                    })
                    .collect::<Option<_>>()?;
                let map = types::map(self.field);
                quote!(#map::from([#(#entries),*]))
            }
            (Ty::Anything, _) => self.anything(value)?,
            _ => return None,
        })
    }

    fn list(&self, element: &Ty, items: &[Value]) -> Option<TokenStream> {
        let items: Vec<_> = items.iter().map(|item| self.value(element, item)).collect::<Option<_>>()?;
        Some(quote!(::std::vec::Vec::from([#(#items),*])))
    }

    fn anything(&self, value: &Value) -> Option<TokenStream> {
        let krate = &self.config.crate_path;
        Some(match value {
            Value::Null => quote!(#krate::Value::Nil),
            Value::Bool(value) => quote!(#krate::Value::Bool(#value)),
            Value::Number(number) if number.is_i64() => {
                let number = whole(number)?;
                quote!(#krate::Value::Int(#number))
            }
            Value::Number(number) => match number.as_u64() {
                Some(number) => {
                    let number = Literal::u64_unsuffixed(number);
                    quote!(#krate::Value::UInt(#number))
                }
                None => {
                    let number = float(number.as_f64()?);
                    quote!(#krate::Value::Float(#number))
                }
            },
            Value::String(text) => quote!(#krate::Value::Str(::std::string::String::from(#text))),
            Value::Array(items) => {
                let items = self.list(&Ty::Anything, items)?;
                quote!(#krate::Value::List(#items))
            }
            Value::Object(members) => {
                let entries: Vec<_> = members
                    .iter()
                    .map(|(key, value)| {
                        let value = self.anything(value)?;
                        Some(quote!((::std::string::String::from(#key), #value)))
                    })
                    .collect::<Option<_>>()?;
                quote!(#krate::Value::Map(::std::vec::Vec::from([#(#entries),*])))
            }
        })
    }
}

fn whole(number: &Number) -> Option<TokenStream> {
    let number = number.as_i64()?;
    let digits = grouped(&number.unsigned_abs().to_string());
    Some(signed(number.is_negative(), digits.parse().ok()?))
}

/// In the shortest form that is read back as the same number.
fn float(number: f64) -> TokenStream {
    if number.is_nan() {
        return quote!(f64::NAN);
    }
    let digits = if number.is_infinite() {
        quote!(f64::INFINITY)
    } else {
        let text = format!("{:?}", number.abs());
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let point = if text.contains('.') { "." } else { "" };
        let whole = if text.contains('e') { whole.to_owned() } else { grouped(whole) };
        format!("{whole}{point}{fraction}").parse().unwrap_or_default()
    };
    signed(number.is_sign_negative(), digits)
}

fn signed(is_negative: bool, number: TokenStream) -> TokenStream {
    if is_negative { quote!(-#number) } else { number }
}

/// `1_000_000`, as clippy asks for.
fn grouped(digits: &str) -> String {
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && digits.len() > 4 && (digits.len() - index).is_multiple_of(3) {
            out.push('_');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_back_as_they_were() {
        for (number, text) in [(0.5, "0.5"), (-1.0, "- 1.0"), (1_234_567.25, "1_234_567.25"), (1e300, "1e300")] {
            let tokens = float(number);
            assert_eq!(tokens.to_string(), text);
            assert_eq!(text.replace(['_', ' '], "").parse::<f64>().unwrap().to_bits(), number.to_bits());
        }
        assert_eq!(whole(&Number::from(i64::MIN)).unwrap().to_string(), "- 9_223_372_036_854_775_808");
        assert_eq!(grouped("12345"), "12_345");
    }
}
