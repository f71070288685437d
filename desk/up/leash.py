"""Run as a program: ties the program it becomes to the life of the supervisor, then becomes it.

`python leash.py SUPERVISOR_PID PROGRAM ARGUMENT...`. On Linux the kernel kills the program when the
supervisor dies in any way; elsewhere the program is only started. Standard library only, no import of ours:
it runs isolated, before anything else.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # prctl(2); the setting survives execve


def main() -> None:
    """Become the program named on the command line."""
    supervisor, program = int(sys.argv[1]), sys.argv[2]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != supervisor:  # it died before the call above could take effect
            sys.exit(1)
    os.execv(program, sys.argv[2:])  # noqa: S606 - a shell would only stand in the way of signals


if __name__ == "__main__":
    main()
