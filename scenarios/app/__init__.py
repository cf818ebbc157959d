"""The planner's page: change capacities in a browser, run, compare."""
