"""Effects: each idempotent, each reading before it changes and reading back after. No rule of the process."""
