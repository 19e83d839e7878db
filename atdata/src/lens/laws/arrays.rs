//! Generated arrays, of a declared dtype and shape.

use atdata_schema::{ArrayType, Dtype};
use half::f16;
use proptest::collection::vec;
use proptest::num;
use proptest::prelude::{Just, any, prop_oneof};
use proptest::sample::select;
use proptest::strategy::{BoxedStrategy, Strategy};

use crate::array::write_header;
use crate::sample::Value;

/// Elements that repeat to fill an array: as many as tell places apart, and few enough to be shrunk.
const PATTERN: usize = 5;
/// Bytes of an array of which hundreds can be made.
const MAX_SIZE: usize = 16 << 20;

/// Arrays of the type, or why there are none.
pub(super) fn arrays(of: &ArrayType) -> Result<BoxedStrategy<Value>, String> {
    let fixed: Option<usize> = of
        .shape
        .unwrap_or_default()
        .iter()
        .try_fold(of.dtype.map_or(1, Dtype::size), |bytes, size| bytes.checked_mul(size.unwrap_or(1)));
    if fixed.is_none_or(|bytes| bytes > MAX_SIZE) {
        return Err(format!(
            "arrays of shape {:?} are too large to make hundreds of them",
            of.shape.unwrap_or_default()
        ));
    }
    let shapes = shapes(of);
    Ok(match of.dtype {
        Some(dtype) => filled(dtype, shapes),
        None => select(&Dtype::ALL).prop_flat_map(move |dtype| filled(dtype, shapes.clone())).boxed(),
    })
}

fn shapes(of: &ArrayType) -> BoxedStrategy<Vec<usize>> {
    let unknown = |ndim: usize| {
        // Sizes multiply.
        let most: usize = if ndim > 4 { 1 } else { 3 };
        vec(0..=most, ndim)
    };
    match (of.shape, of.ndim) {
        (Some(shape), _) => {
            let sizes = shape.iter().map(|size| size.map_or_else(|| (0..=3_usize).boxed(), |size| Just(size).boxed()));
            sizes.collect::<Vec<_>>().boxed()
        }
        (None, Some(ndim)) => unknown(ndim).boxed(),
        (None, None) => (0..=3_usize).prop_flat_map(unknown).boxed(),
    }
}

fn filled(dtype: Dtype, shapes: BoxedStrategy<Vec<usize>>) -> BoxedStrategy<Value> {
    let arrays = (shapes, vec(element(dtype), 1..=PATTERN)).prop_map(move |(shape, pattern)| {
        let mut bytes = Vec::new();
        write_header(dtype.typestr(), &shape, &mut bytes);
        let len = bytes.len() + shape.iter().product::<usize>() * dtype.size();
        let cycle: Vec<u8> = pattern.concat();
        bytes.extend(cycle.repeat((len - bytes.len()).div_ceil(cycle.len().max(1))));
        bytes.truncate(len);
        Value::from(bytes)
    });
    arrays.boxed()
}

/// One element, as its bytes.
fn element(dtype: Dtype) -> BoxedStrategy<Vec<u8>> {
    let singles = || prop_oneof![(-4_i8..=4).prop_map(f32::from), num::f32::ANY];
    match dtype {
        Dtype::Bool => any::<bool>().prop_map(|value| vec![value.into()]).boxed(),
        Dtype::Float16 => {
            let halves = prop_oneof![(-4_i8..=4).prop_map(|value| f16::from(value).to_bits()), any::<u16>()];
            halves.prop_map(|bits| bits.to_le_bytes().to_vec()).boxed()
        }
        Dtype::Float32 => singles().prop_map(|value| value.to_le_bytes().to_vec()).boxed(),
        Dtype::Float64 => floats().prop_map(|value| value.to_le_bytes().to_vec()).boxed(),
        Dtype::Complex64 => {
            (singles(), singles()).prop_map(|(re, im)| [re.to_le_bytes(), im.to_le_bytes()].concat()).boxed()
        }
        Dtype::Complex128 => {
            (floats(), floats()).prop_map(|(re, im)| [re.to_le_bytes(), im.to_le_bytes()].concat()).boxed()
        }
        integer => {
            let values = prop_oneof![0..=10_u64, any::<u64>()];
            values.prop_map(move |value| value.to_le_bytes().into_iter().take(integer.size()).collect()).boxed()
        }
    }
}

pub(super) fn floats() -> impl Strategy<Value = f64> + Clone {
    use proptest::num::f64::ANY;
    prop_oneof![2 => (-4_i8..=4).prop_map(|halves| f64::from(halves) / 2.0), 3 => ANY]
}
