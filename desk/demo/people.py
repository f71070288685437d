"""The people of the demonstration: each act through the Desk, told with the command that would do it."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from temporalio.service import RPCError

from certificates.rehearsal import Issued
from desk.demo.tell import NotAsToldError, Teller
from desk.desk import Desk
from desk.refusals import ActRefused, NotReachable, UnknownRenewal
from desk.up.options import Profile
from process.acts import ACTS
from process.case import Case
from process.steps import BY_ID, Role
from process.words import short
from workflows.messages import MESSAGES, Answer

NAMES = {
    Role.SENDER_ADMINISTRATOR: "Sam",
    Role.TENANT_ADMINISTRATOR: "Tina",
    Role.INTEGRATION_DEVELOPER: "Dan",
}

PATIENCE = 60.0
"""Seconds after which something that was to happen counts as not happening."""


@dataclass(frozen=True)
class People:
    """Everybody who takes part in one renewal."""

    desk: Desk
    teller: Teller
    renewal: str
    sender: str
    profile: Profile = Profile.NEO

    async def act(self, act: str, **content: Any) -> Answer:
        """The act by the person who has its role. Raises `NotAsToldError` where it is refused."""
        try:
            return await self._act(act, **content)
        except ActRefused as refused:
            raise NotAsToldError(f"the act {act} is accepted; it was not: {refused.sentence}") from None

    async def _act(self, act: str, **content: Any) -> Answer:
        role = ACTS[act].roles[0]
        message = MESSAGES[act](request_id=str(uuid.uuid4()), by=NAMES[role], role=role, **content)
        return await self.desk.act(self.renewal, act, message)

    async def submit(self, certificate: Issued, file: str) -> Case:
        """Sam hands over the certificate; it is judged and the tenant is read."""
        self._tell(Role.SENDER_ADMINISTRATOR, f"submit {self.sender} {file}")
        await self.act("sender_submits_certificate", certificate=certificate.bundle_pem)
        return await self.until(lambda case: case.is_done("2"), "the certificate is accepted and the tenant is read")

    async def order(self, step: str) -> None:
        """The person who has the step does it."""
        act, content = self._ordered(step)
        await self.act(act, **content)

    async def refusal(self, step: str) -> str:
        """What is said to the person who orders the step where it may not be. Raises `NotAsToldError` if it may."""
        act, content = self._ordered(step)
        try:
            await self._act(act, **content)
        except ActRefused as refused:
            return refused.sentence
        raise NotAsToldError(f"step {step} is refused")

    def _ordered(self, step: str) -> tuple[str, dict[str, str]]:
        """The act of a step with what is vouched for, told."""
        known = BY_ID[step]
        content, option = self._vouched(step)
        self._tell(known.role, f"confirm {step} {self.sender}{option}")
        assert known.act is not None, "a step that can be ordered"
        return known.act, content

    def _vouched(self, step: str) -> tuple[dict[str, str], str]:
        """What a person vouches for in a step because no program can look it up, and the option that says it."""
        if step in ("3", "6"):
            return {"root_confirmed": "found on the list of SAP Note 2801396"}, " --root-confirmed '…'"
        if step in ("4b", "9b") and self.profile is Profile.CLOUD_FOUNDRY:
            return {"pinned": "pinned"}, " --pinned"
        return {}, ""

    async def steps(self, *steps: str) -> None:
        """All of them, each when the one before is ordered; then until the last work has ended."""
        for step in steps:
            await self.order(step)
        await self.until(
            lambda case: case.closed or all(case.is_done(step) for step in steps), f"step {', '.join(steps)} is done"
        )

    def _tell(self, role: Role, command: str) -> None:
        name = NAMES[role]
        self.teller.does(f"{name} ({role.words})", f"certrelay {command} --as {short(role)}:{name}")

    async def until(self, wanted: Callable[[Case], bool], claim: str) -> Case:
        """The case as soon as it is as wanted, crashes of worker and server in between included."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    case = await self._seen(wanted)
                    if case is not None:
                        return case
        except TimeoutError:
            raise NotAsToldError(claim) from None

    async def _seen(self, wanted: Callable[[Case], bool]) -> Case | None:
        try:
            async for case in self.desk.moves(self.renewal):
                if wanted(case):
                    return case
        except (NotReachable, UnknownRenewal, RPCError):
            await asyncio.sleep(0.1)  # server or worker is away, or the renewal is to come: nobody announces it
        return None
