"""Small invented forecasts and packages for the tests of sharing."""

import json

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.hierarchy import Hierarchy
from forecasting.sharing import About
from forecasting.sharing.checksums import CHECKSUMS, SIGNATURE, checksums_bytes, sha256
from forecasting.sharing.strict_json import json_bytes

ABOUT = About(issuer="Office of Land", purpose="contingency planning")
SALT = bytes(range(32))
CAUSES = ("flood", "conflict")


def invented_tree(regions=(2, 1, 3)):
    rows = [("XA", "Land", 0, "")]
    for number, districts in enumerate(regions, start=1):
        rows.append((f"XA{number}", f"Région {number}", 1, "XA"))
        rows += [
            (f"XA{number}:D{one}", f"Place {number}, {one}", 2, f"XA{number}")
            for one in range(districts)
        ]
    rows.sort(key=lambda row: row[2])
    return Hierarchy(*map(tuple, zip(*rows, strict=True)))


def invented_forecast(tree=None, *, samples=8, months=3, causes=CAUSES, seed=1, scale=200.0):
    tree = tree or invented_tree()
    places = list(tree.bottom)
    shape = (samples, months, len(places), *([len(causes)] if causes else []))
    generator = np.random.default_rng(seed)
    values = np.rint(generator.gamma(0.6, scale, shape))
    coords = {
        "sample": np.arange(samples),
        "time": pd.date_range("2026-11-01", periods=months, freq="MS").to_numpy(),
        **tree.coords(tree.bottom_positions),
        "reference_date": np.datetime64("2026-11-01", "ns"),
    }
    dims = ["sample", "time", "location"]
    if causes:
        coords["cause"] = list(causes)
        dims.append("cause")
    return xr.DataArray(
        values,
        dims=dims,
        coords=coords,
        name="internal_displacements",
        attrs={
            "units": "persons",
            "period": "month",
            "long_name": "persons newly displaced",
            "credit": "Invented publisher, 2026",
            "kind": "forecast",
            "model": "seasonal climatology",
            "seed": seed,
        },
    )


def files_in(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def sealed(files):
    """Make sizes and checksums fit again wherever they stand, as an attacker would."""
    files = dict(files)
    for name, listed in (("datapackage.json", "resources"), ("ro-crate-metadata.json", "@graph")):
        try:
            described = json.loads(files[name])
        except (KeyError, ValueError):
            continue
        for block in described[listed]:
            part = files.get(block.get("path", block.get("@id")))
            if part is None or not {"hash", "sha256"} & set(block):
                continue
            digest, size = sha256(part), len(part)
            block |= (
                {"bytes": size, "hash": f"sha256:{digest}"}
                if "hash" in block
                else {"contentSize": str(size), "sha256": digest}
            )
        files[name] = json_bytes(described)
    rest = {name: part for name, part in files.items() if name not in (CHECKSUMS, SIGNATURE)}
    return {**files, CHECKSUMS: checksums_bytes(rest)}


def put(folder, files, *, seal=True):
    """Write files below a folder."""
    for name, content in (sealed(files) if seal else files).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder
