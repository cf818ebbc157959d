"""The same simulation as a compiled event calendar: same draws, same records, bit for bit."""
