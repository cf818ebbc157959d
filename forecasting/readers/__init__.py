"""Readers of published and of the user's own tables, one file per format."""

from forecasting.readers.corridor_table import read_corridors_csv
from forecasting.readers.flow_table import read_flows_csv

__all__ = ["read_corridors_csv", "read_flows_csv"]
