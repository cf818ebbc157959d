"""Rescue, reception and health services as discrete-event simulations."""
