"""Displacement flows and their drivers: data, models, scores."""
