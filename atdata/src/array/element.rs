//! The fourteen Rust types that array elements can have.

use std::fmt;
use std::fs::File;
use std::io;

use atdata_schema::Dtype;
use half::f16;
use ndarray::{ArrayRef, Axis, Dimension};
use num_complex::Complex;

use crate::raw;

/// Byte order of the elements of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    Little,
    Big,
}

impl Order {
    pub(crate) const NATIVE: Self = if cfg!(target_endian = "little") { Self::Little } else { Self::Big };

    pub(crate) fn sign(self) -> char {
        match self {
            Self::Little => '<',
            Self::Big => '>',
        }
    }
}

/// Element type of a typed array: `bool`, the integers of 8 to 64 bits, [`half::f16`], `f32`, `f64`, and
/// [`num_complex::Complex`] of `f32` and `f64`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an array element type",
    label = "not an array element type",
    note = "arrays hold bool, i8 to i64, u8 to u64, half::f16, f32, f64, Complex<f32> or Complex<f64>"
)]
pub trait Element: Sealed + Copy + std::fmt::Debug + PartialEq + Send + Sync + 'static {
    /// The dtype in schemas and on the wire.
    const DTYPE: Dtype;
}

/// What is done with the Rust type of a dtype, or where there is none.
macro_rules! with_element {
    (@arms $dtype:expr, $T:ident => $do:expr, $other:pat => $else:expr; $($name:ident: $type:ty),+) => {
        match $dtype {
            $(atdata_schema::Dtype::$name => {
                type $T = $type;
                $do
            })+
            $other => $else,
        }
    };
    ($dtype:expr, $T:ident => $do:expr, $other:pat => $else:expr) => {
        with_element!(@arms $dtype, $T => $do, $other => $else;
            Bool: bool, Int8: i8, Int16: i16, Int32: i32, Int64: i64, UInt8: u8, UInt16: u16, UInt32: u32, UInt64: u64,
            Float16: half::f16, Float32: f32, Float64: f64,
            Complex64: num_complex::Complex<f32>, Complex128: num_complex::Complex<f64>)
    };
}
pub(crate) use with_element;

/// What the codec needs of an element; the set of dtypes is the format's, so nobody adds to it.
pub trait Sealed: Sized + Default {
    /// Appends the elements whose bytes, in `order`, are `bytes`.
    fn extend_from_wire(out: &mut Vec<Self>, bytes: &[u8], order: Order);

    /// Turns the byte order of the elements from `start` on.
    fn swap_from(out: &mut [Self], start: usize);

    /// Whether an element is what its bytes are, but for their order.
    const IS_PLAIN: bool;

    /// Appends `count` elements whose bytes, in `order`, are in `file` from `at` on, straight to their place; how many
    /// bytes there were. Of elements that are not plain none.
    fn extend_from_file(out: &mut Vec<Self>, file: &File, at: u64, count: usize, order: Order) -> io::Result<usize>;

    /// Appends the bytes of `values`, little-endian.
    fn extend_wire(values: &[Self], out: &mut Vec<u8>);

    /// The value as this type: rounded where a float is narrower, truncated from float to integer, `None` where an
    /// integer cannot hold it or an imaginary part would be lost.
    fn from_wide(value: Wide) -> Option<Self>;

    fn to_wide(self) -> Wide;
}

/// Elements that are turned to their wire form at a time where they do not lie as they are written.
const PART: usize = 4096;

/// Appends the bytes of all elements in C order, little-endian. Those of an array that lies otherwise are copied once
/// as well: they go through a small buffer, not through a whole array.
pub(crate) fn extend_array<T: Element, D: Dimension>(array: &ArrayRef<T, D>, out: &mut Vec<u8>) {
    if let Some(values) = array.as_slice() {
        return T::extend_wire(values, out);
    }
    out.reserve(array.len() * T::DTYPE.size());
    let mut part = Vec::with_capacity(PART.min(array.len()));
    for row in array.rows() {
        for piece in row.axis_chunks_iter(Axis(0), PART) {
            if part.len() + piece.len() > PART {
                T::extend_wire(&part, out);
                part.clear();
            }
            part.extend(piece.iter().copied());
        }
    }
    T::extend_wire(&part, out);
}

/// A value of any dtype, in the widest type of its kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Wide {
    /// Apart, for processors convert many of these at a time.
    Small(i32),
    Int(i64),
    UInt(u64),
    Float(f64),
    Complex(Complex<f64>),
}

impl fmt::Display for Wide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Small(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::UInt(value) => write!(f, "{value}"),
            // Shortest, and with a point: 1e300 and not 300 digits.
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Complex(value) => write!(f, "{value:?}"),
        }
    }
}

macro_rules! numbers {
    ($($t:ty = $dtype:ident, $wide:ident as $widest:ty, |$b:ident| $swap:expr;)+) => { $(
        impl Element for $t {
            const DTYPE: Dtype = Dtype::$dtype;
        }

        impl Sealed for $t {
            fn swap_from(out: &mut [Self], start: usize) {
                for value in out.iter_mut().skip(start) {
                    *value = {
                        let $b = *value;
                        $swap
                    };
                }
            }

            #[inline]
            fn extend_from_wire(out: &mut Vec<Self>, bytes: &[u8], order: Order) {
                let start = out.len();
                raw::extend_plain(out, bytes);
                if order != Order::NATIVE {
                    Self::swap_from(out, start);
                }
            }

            const IS_PLAIN: bool = true;

            fn extend_from_file(
                out: &mut Vec<Self>,
                file: &File,
                at: u64,
                count: usize,
                order: Order,
            ) -> io::Result<usize> {
                let start = out.len();
                let outcome = raw::read_plain(file, at, out, count);
                if order != Order::NATIVE {
                    Self::swap_from(out, start);
                }
                outcome
            }

            #[inline]
            fn extend_wire(values: &[Self], out: &mut Vec<u8>) {
                if Order::NATIVE == Order::Little {
                    out.extend_from_slice(raw::plain_bytes(values));
                } else {
                    for &$b in values {
                        out.extend_from_slice(raw::plain_bytes(&[$swap]));
                    }
                }
            }

            #[inline]
            fn from_wide(value: Wide) -> Option<Self> {
                <$t as FromWide>::convert(value)
            }

            #[allow(clippy::cast_lossless, clippy::unnecessary_cast)]
            #[inline]
            fn to_wide(self) -> Wide {
                let $b = self;
                Wide::$wide(<$widest>::from($b))
            }
        }
    )+ };
}
numbers! {
    i8 = Int8, Small as i32, |v| v;
    i16 = Int16, Small as i32, |v| v.swap_bytes();
    i32 = Int32, Small as i32, |v| v.swap_bytes();
    i64 = Int64, Int as i64, |v| v.swap_bytes();
    u8 = UInt8, Small as i32, |v| v;
    u16 = UInt16, Small as i32, |v| v.swap_bytes();
    u32 = UInt32, UInt as u64, |v| v.swap_bytes();
    u64 = UInt64, UInt as u64, |v| v.swap_bytes();
    f16 = Float16, Float as f64, |v| f16::from_bits(v.to_bits().swap_bytes());
    f32 = Float32, Float as f64, |v| f32::from_bits(v.to_bits().swap_bytes());
    f64 = Float64, Float as f64, |v| f64::from_bits(v.to_bits().swap_bytes());
    Complex<f32> = Complex64, Complex as WideComplex, |v| Complex::new(swap32(v.re), swap32(v.im));
    Complex<f64> = Complex128, Complex as WideComplex, |v| Complex::new(swap64(v.re), swap64(v.im));
}

fn swap32(value: f32) -> f32 {
    f32::from_bits(value.to_bits().swap_bytes())
}

fn swap64(value: f64) -> f64 {
    f64::from_bits(value.to_bits().swap_bytes())
}

/// `Complex<f64>: From<Complex<f32>>` does not exist; this is where the macro's `from` finds it.
struct WideComplex;

impl WideComplex {
    #[allow(clippy::new_ret_no_self)]
    fn from<T: Into<f64>>(value: Complex<T>) -> Complex<f64> {
        Complex::new(value.re.into(), value.im.into())
    }
}

/// numpy's booleans: one byte each, and any that is not zero is true.
impl Element for bool {
    const DTYPE: Dtype = Dtype::Bool;
}

impl Sealed for bool {
    fn swap_from(_: &mut [Self], _: usize) {}

    const IS_PLAIN: bool = false;

    fn extend_from_file(_: &mut Vec<Self>, _: &File, _: u64, _: usize, _: Order) -> io::Result<usize> {
        Ok(0)
    }

    fn extend_from_wire(out: &mut Vec<Self>, bytes: &[u8], _: Order) {
        out.extend(bytes.iter().map(|&byte| byte != 0));
    }

    fn extend_wire(values: &[Self], out: &mut Vec<u8>) {
        out.extend(values.iter().map(|&value| u8::from(value)));
    }

    #[inline]
    fn from_wide(value: Wide) -> Option<Self> {
        Some(match value {
            Wide::Small(value) => value != 0,
            Wide::Int(value) => value != 0,
            Wide::UInt(value) => value != 0,
            Wide::Float(value) => value != 0.0,
            Wide::Complex(_) => return None,
        })
    }

    #[inline]
    fn to_wide(self) -> Wide {
        Wide::Small(self.into())
    }
}

/// The conversions behind [`Sealed::from_wide`], by kind of number.
trait FromWide: Sized {
    fn convert(value: Wide) -> Option<Self>;
}

macro_rules! real_from_wide {
    ($($t:ty),+) => { $(
        impl FromWide for $t {
            #[inline]
            fn convert(value: Wide) -> Option<Self> {
                match value {
                    Wide::Small(value) => num_traits::cast(value),
                    Wide::Int(value) => num_traits::cast(value),
                    Wide::UInt(value) => num_traits::cast(value),
                    Wide::Float(value) => num_traits::cast(value),
                    Wide::Complex(_) => None,
                }
            }
        }
    )+ };
}
real_from_wide!(i8, i16, i32, i64, u8, u16, u32, u64, f32, f64);

impl FromWide for f16 {
    #[inline]
    fn convert(value: Wide) -> Option<Self> {
        f64::convert(value).map(to_half)
    }
}

/// The half float that is nearest. `f16::from_f64` goes by way of a single where the processor has only that conversion,
/// and rounds twice; one that is rounded to odd keeps, in a bit that the half does not have, that something was cut off.
#[expect(
    clippy::cast_possible_truncation,
    clippy::float_cmp,
    reason = "rounding, and whether it was exact, is the matter"
)]
pub(crate) fn to_half(value: f64) -> f16 {
    let single = value as f32;
    let back = f64::from(single);
    // Infinities and NaN are the same in all widths.
    if back == value || !single.is_finite() {
        return f16::from_f32(single);
    }
    // Bits count away from zero.
    let cut = if back.abs() > value.abs() { single.to_bits() - 1 } else { single.to_bits() };
    f16::from_f32(f32::from_bits(cut | 1))
}

impl FromWide for Complex<f64> {
    #[inline]
    fn convert(value: Wide) -> Option<Self> {
        match value {
            Wide::Complex(value) => Some(value),
            real => f64::convert(real).map(Self::from),
        }
    }
}

impl FromWide for Complex<f32> {
    #[expect(clippy::cast_possible_truncation, reason = "rounding to single is what the cast asks for")]
    #[inline]
    fn convert(value: Wide) -> Option<Self> {
        match value {
            Wide::Complex(value) => Some(Self::new(value.re as f32, value.im as f32)),
            // Not by way of a double, which would round twice.
            real => f32::convert(real).map(Self::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_rounded_once() {
        let tie = 1.0 + 2f64.powi(-11);
        let above_one = 1.0 + 2f64.powi(-10);
        for (value, half) in [
            (tie, 1.0),
            (tie + 2f64.powi(-30), above_one),
            (tie + 2f64.powi(-52), above_one),
            (tie - 2f64.powi(-52), 1.0),
            (-tie - 2f64.powi(-40), -above_one),
            (65504.0, 65504.0),
            (65_519.999_999_999, 65504.0),
            (65520.0, f64::INFINITY),
            (1e300, f64::INFINITY),
            (-1e300, f64::NEG_INFINITY),
            (2f64.powi(-25), 0.0),
            (2f64.powi(-25) + 2f64.powi(-60), 2f64.powi(-24)),
            (1e-300, 0.0),
            (f64::INFINITY, f64::INFINITY),
        ] {
            assert_eq!(to_half(value).to_f64().to_bits(), half.to_bits(), "{value:e}");
        }
        assert!(to_half(f64::NAN).is_nan());
        assert!(to_half(-1e-300).is_sign_negative());
    }

    #[test]
    fn elements_are_written_in_their_order_however_they_lie() {
        let in_order: Vec<i64> = (0..3 * 2 * 5000).collect();
        let cube = ndarray::Array::from_shape_vec((3, 2, 5000), in_order).unwrap_or_default();
        let mut long = cube.clone();
        long.swap_axes(0, 2);
        let flat = ndarray::Array::from_iter(0..30_000_i64);
        let mut backwards = flat.clone();
        backwards.invert_axis(Axis(0));
        let every_other = flat.clone().slice_move(ndarray::s![..;2]);
        let few = every_other.clone().slice_move(ndarray::s![3..7]);
        for array in [
            cube.into_dyn(),
            long.into_dyn(),
            flat.into_dyn(),
            backwards.into_dyn(),
            every_other.into_dyn(),
            few.into_dyn(),
        ] {
            let mut out = vec![7];
            extend_array(&array, &mut out);
            let expected: Vec<u8> = array.iter().flat_map(|value| value.to_le_bytes()).collect();
            assert_eq!(out.get(1..), Some(expected.as_slice()), "{:?}", array.strides());
        }
    }

    #[test]
    fn integers_are_rounded_once_in_complex_numbers() {
        let value = 9_007_199_791_611_905_i64;
        assert_eq!(Complex::<f32>::from_wide(Wide::Int(value)).map(|c| c.re), f32::from_wide(Wide::Int(value)));
        assert_eq!(Complex::<f32>::from_wide(Wide::Float(0.1)), Some(Complex::new(0.1, 0.0)));
    }
}
