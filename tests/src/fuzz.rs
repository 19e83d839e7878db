//! What the fuzz targets do with their input. It is here, and not with them, so that the committed seeds run in every
//! test run: a crash whose input is a seed stays mended.

pub mod array;
pub mod arrow_tensor;
pub mod braces;
pub mod codegen;
pub mod npy;
pub mod npz;
pub mod reference;
pub mod sample;
pub mod tar;
