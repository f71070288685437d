"""Single faults in the decisions, each of which some test must find: `make mutants`."""
