"""Forecasts of scenarios as packages for every level of government, and what comes back."""
