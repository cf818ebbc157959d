"""Readers of the user's own tables, in CSV or XLSX, one file per kind of table."""

from forecasting.readers.corridor_table import read_corridors
from forecasting.readers.count_table import read_counts
from forecasting.readers.flow_table import read_flows
from forecasting.readers.lines import is_workbook, names_columns

__all__ = ["is_workbook", "names_columns", "read_corridors", "read_counts", "read_flows"]
