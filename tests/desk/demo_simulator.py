"""The simulator program with its load balancer, for tests of senders: it can be ended and started again."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
from house import PASSWORD

from certificates.rehearsal import Issued, RehearsalAuthority
from desk.demo.sender.folder import SenderFolder
from desk.demo.sending_system import keep
from desk.demo.stage import USER, Stage
from desk.up.options import AUTO, LOAD_BALANCER_PORT, SIMULATOR_PORT, Profile
from desk.up.ports import Wanted, settle

NOW = datetime.now(UTC).replace(microsecond=0)


@dataclass
class Simulator:
    """A simulated tenant of a profile as a process; its state stays in `folder`, its ports are the same again."""

    folder: Path
    profile: Profile = Profile.NEO
    ports: tuple[int, ...] = field(
        default_factory=lambda: settle([Wanted("a", AUTO, SIMULATOR_PORT), Wanted("b", AUTO, LOAD_BALANCER_PORT)])
    )

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tenant.simulator", "--port", str(self.ports[0]), "--user", USER,
             "--load-balancer-port", str(self.ports[1]), "--profile", self.profile.value,
             "--state", str(self.folder / "tenant.db")],
            env={**os.environ, "CERTRELAY_SIMULATOR_PASSWORD": PASSWORD},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + 20
        while not self._answers():
            assert time.monotonic() < deadline, "the simulator does not answer"
            time.sleep(0.02)

    def _answers(self) -> bool:
        assert self.process.poll() is None, "the simulator ended"
        try:
            return httpx.get(f"{self.url}/simulator/health", trust_env=False).is_success
        except httpx.HTTPError:
            return False

    def end(self) -> None:
        """End it as `certrelay up` does."""
        self.process.terminate()
        self.process.wait()

    @property
    def url(self) -> str:
        """The address of its API."""
        return f"http://127.0.0.1:{self.ports[0]}"

    def stage(self) -> Stage:
        """What the demonstration sees of it."""
        return Stage.at(self.url, PASSWORD, self.profile)

    async def folder_of(self, name: str, certificates: Sequence[tuple[str, Issued]]) -> SenderFolder:
        """A sender's folder with these certificates, the first of them in use."""
        made = SenderFolder.made(self.folder / name)
        balancer = await self.stage().load_balancer()
        assert balancer is not None
        made.trust(balancer.authority)
        for known, certificate in certificates:
            keep(made, known, certificate)
        made.use(certificates[0][0])
        return made

    def address(self, path: str) -> str:
        """The URL of a path at the load balancer."""
        return f"https://127.0.0.1:{self.ports[1]}{path}"


@contextmanager
def simulator(folder: Path, profile: Profile = Profile.NEO) -> Iterator[Simulator]:
    """One that runs while the block does."""
    made = Simulator(folder, profile)
    made.start()
    try:
        yield made
    finally:
        made.end()


def authority(name: str = "Sender CA") -> RehearsalAuthority:
    """A CA that is valid now."""
    return RehearsalAuthority.create(name, now=NOW)
