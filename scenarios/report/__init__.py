"""The report: results to one self-contained document."""
