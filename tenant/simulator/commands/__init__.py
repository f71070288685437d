"""The command line that talks to a running simulated tenant: faults, happenings, the log, loading."""
