"""How a program that used the Temporal SDK ends."""

import os
import sys


def leave(code: int) -> None:
    """Flush and end the process at once with this exit code; never returns.

    The SDK's own threads may still run when the interpreter takes itself apart, which now and then ends in
    `PyGILState_Release` and exit code 134 (measured with temporalio 1.35). Everything of ours is closed before.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
