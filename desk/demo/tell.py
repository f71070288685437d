"""Telling the story: each line with its time, each claim checked."""

import time
from dataclasses import dataclass, field

import click

from desk.up.options import Profile


class NotAsToldError(Exception):
    """Something is not as the story says."""


class NotStartedError(Exception):
    """The processes do not start; nothing was played."""


@dataclass
class Teller:
    """Prints the story; `began` is when it did, in seconds of a clock that only rises."""

    began: float = field(default_factory=time.monotonic)
    profile: Profile = Profile.NEO

    @property
    def mapping(self) -> str:
        """What makes a certificate known on the tenant of which is told."""
        return "user mapping" if self.profile is Profile.NEO else "service key"

    def begin(self, profile: Profile) -> None:
        """A new set of processes, with a tenant of this profile."""
        self.profile = profile
        click.echo()
        click.secho(f"On {profile.words}", bold=True)
        self.say("Starting Temporal, a simulated tenant and the worker, in a folder of their own.")

    def scene(self, letter: str, title: str) -> None:
        """A new scene."""
        click.echo()
        click.secho(f"({letter}) {title}", bold=True)

    def say(self, text: str) -> None:
        """A line of the story."""
        click.echo(f"{time.monotonic() - self.began:6.1f} s  {text}")

    def does(self, who: str, command: str) -> None:
        """What a person does, with the command that does it."""
        self.say(f"{who}: {click.style(command, fg='cyan')}")

    def check(self, is_so: bool, claim: str) -> None:
        """A claim that must hold. Raises `NotAsToldError`."""
        if not is_so:
            raise NotAsToldError(claim)
        self.say(f"{click.style('checked', fg='green')}: {claim}")
