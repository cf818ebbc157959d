"""``python -m scenarios.cli`` does what ``safepassage`` does."""

from scenarios.cli import main

main()
