"""Orchestration: deterministic and thin. No rule of the process lives here, it asks `process`."""
