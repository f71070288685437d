"""`certrelay up` for tests: the real Temporal server, with small programs in place of simulator and worker.

Run as a program: `python up_harness.py VAR READY_FILE [ATTRIBUTES_AS_JSON]`, on free ports.
Imported: `Up` starts that program, waits for it and ends it.
"""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

STUB = "import signal; print('worker ready', flush=True); signal.pause()"
WAIT = 60.0


def main() -> int:
    """Run the supervisor."""
    from desk.up import launch, programs
    from desk.up.options import UpOptions
    from desk.up.process import Says

    def listed(place):
        def stub(program):
            return replace(program, argv=(sys.executable, "-c", STUB), ready=Says("worker ready"))

        return [stub(program) if program.name != "temporal" else program for program in programs.installation(place)]

    var, ready_file = Path(sys.argv[1]), Path(sys.argv[2])
    attributes = json.loads(sys.argv[3]) if len(sys.argv) > 3 else {}
    port = int(os.environ.get("HARNESS_PORT", "0"))
    free = {"ui_port": 0, "simulator_port": 0, "load_balancer_port": 0}
    options = UpOptions(attributes, var=var, temporal_port=port, **free, ready_file=ready_file)
    return launch.run(options, listed)


@dataclass
class Up:
    """One run of the harness on the folder `var`; `env` is added to the environment."""

    var: Path
    attributes: dict = field(default_factory=dict)
    env: dict = field(default_factory=dict)

    def __post_init__(self):
        """Start the program; `facts` waits for it."""
        self.ready_file = self.var.with_name(self.var.name + ".ready.json")
        command = [sys.executable, __file__, str(self.var), str(self.ready_file), json.dumps(self.attributes)]
        self.process = subprocess.Popen(
            command, env={**os.environ, **self.env}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def facts(self) -> dict:
        """The ready file's content once it is there."""
        return self.facts_when(lambda facts: True)

    def facts_when(self, wanted) -> dict:
        """The ready file's content once it is of this run and `wanted` holds for it."""
        deadline = time.monotonic() + WAIT
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"it ended: {self.process.communicate()}")
            facts = self._read()
            if facts["supervisor"] == self.process.pid and wanted(facts):
                return facts
            time.sleep(0.02)
        raise AssertionError("not ready in time")

    def _read(self) -> dict:
        """The ready file as it is; a killed run leaves its own behind."""
        try:
            return json.loads(self.ready_file.read_text())
        except FileNotFoundError:
            return {"supervisor": None}

    def pids(self) -> dict[str, int]:
        """Name of each program to its process id."""
        return {name: each["pid"] for name, each in self.facts()["programs"].items()}

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """Send a signal and wait: exit code, stdout, stderr."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> tuple[int, str, str]:
        """Wait for the end: exit code, stdout, stderr."""
        out, err = self.process.communicate(timeout=WAIT)
        return self.process.returncode, out, err


def alive(pid: int) -> bool:
    """True while the process runs (a zombie does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def until(condition, seconds: float = 10.0) -> bool:
    """Poll a condition for which the system has no event; False when time is up."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


if __name__ == "__main__":
    from workflows.leaving import leave

    leave(main())  # as `certrelay` itself ends
