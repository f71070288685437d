"""`certrelay up`: supervises the programs of one installation as separate processes.

Here: which programs, on which ports, started, watched, started again, stopped. Not here: what any of
them does, and no rule of the process.
"""

from desk.up.options import UpOptions

__all__ = ["UpOptions", "run"]


def run(options: UpOptions) -> int:
    """Run all programs until SIGINT, SIGTERM or SIGHUP; main thread only. 0 after a clean stop, else 3."""
    from desk.up import launch  # Temporal's client takes its time to load; `--help` shall not wait for it

    return launch.run(options)
