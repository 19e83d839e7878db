"""Reads shards by references that Rust wrote: columns.py REFERENCES SAMPLES.

The values are those of tests/interop/columns.rs.
"""

import sys

import fsspec
import numpy as np
import xarray as xr
import zarr


def temperature(n):
    rows, columns = np.mgrid[0:50, 0:60]
    return (n * 10000 + rows * 100 + columns).astype("<f4")


def main(references, samples):
    casts = xr.open_dataset(references, engine="kerchunk")
    assert dict(casts.sizes) == {"sample": samples, "depth": 50, "time": 60, "grid_0": 7}, casts.sizes
    expected = np.stack([temperature(n) for n in range(samples)])
    assert casts.temperature.dims == ("sample", "depth", "time")
    assert casts.temperature.dtype == np.dtype("<f4")
    np.testing.assert_array_equal(casts.temperature.values, expected)
    np.testing.assert_array_equal(casts.temperature[3:9:2, 10, ::7].values, expected[3:9:2, 10, ::7])
    np.testing.assert_array_equal(casts.temperature.mean("sample").values, expected.mean(0))
    grid = np.arange(7) * 1000 + np.arange(samples)[:, None]
    assert casts.grid.dtype == np.dtype("<i8")
    np.testing.assert_array_equal(casts.grid.values, grid)
    np.testing.assert_array_equal(casts.station.values, np.arange(samples) * 1_000_000 - 5)
    assert casts.station.dtype == np.dtype("<i8")
    np.testing.assert_array_equal(casts.depth.values, np.arange(samples) / 7.0)
    np.testing.assert_array_equal(casts.is_deep.values, np.arange(samples) % 3 == 0)
    assert casts.is_deep.dtype == np.dtype(bool)

    files = fsspec.filesystem("reference", fo=references, asynchronous=True, remote_options={"asynchronous": True})
    group = zarr.open_group(zarr.storage.FsspecStore(files, path="", read_only=True), mode="r")
    np.testing.assert_array_equal(group["temperature"][samples - 1], expected[-1])


main(sys.argv[1], int(sys.argv[2]))
