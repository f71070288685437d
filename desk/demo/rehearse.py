"""`certrelay rehearse`: a sender to play a renewal with by hand, on the simulated tenant of `certrelay up`."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from desk.ending import json_option
from desk.output import Output
from desk.running import command

if TYPE_CHECKING:
    from certificates.rehearsal import Issued

TENANT = "simulator"
FOLDER = click.Path(file_okay=False, path_type=Path)
ELSEWHERE = "say where it is with --url and --var"


@click.command()
@click.argument("sender", default="erp")
@click.option("--folder", type=FOLDER, default=Path("rehearsal"), show_default=True, help="For the certificates.")
@click.option("--url", default="http://127.0.0.1:8234", show_default=True, help="The simulated tenant.")
@click.option("--var", type=FOLDER, default=Path("var"), show_default=True, envvar="CERTRELAY_VAR",
              help="The folder of certrelay up, where the simulated tenant's password is.")  # fmt: skip
@json_option
@command
async def rehearse(sender: str, folder: Path, url: str, var: Path, output: Output) -> None:
    """Put a SENDER on the simulated tenant (a flow that lists its names, a user mapping), and make its certificates.

    Then print the commands with which you play all the roles of its renewal. No certificate is a real one; their
    keys are thrown away.
    """
    old, new = _certificates(sender)
    await _staged(sender, old, url, _password(var))
    files = _written(folder, sender, old, new)
    output.data({"sender": sender, "old": files[0], "new": files[1]}, _commands(sender, *files))


def _certificates(sender: str) -> tuple["Issued", "Issued"]:
    """The certificate in use, near its end, and its successor from another CA."""
    from certificates.rehearsal import RehearsalAuthority
    from desk.demo.scenes import now

    at = now()
    before, after = (RehearsalAuthority.create(name, now=at) for name in ("Old Rehearsal CA", "New Rehearsal CA"))
    old = before.issue(f"CN={sender}, O=Rehearsal, C=DE", at - timedelta(days=335), at + timedelta(days=30))
    return old, after.issue(f"CN={sender}-new, O=Rehearsal, C=DE", at - timedelta(days=1), at + timedelta(days=365))


def _password(var: Path) -> str:
    from desk.refusals import NotReachable

    try:
        return (var / "simulator-password").read_text().strip()
    except OSError as error:
        raise NotReachable("The simulated tenant", f"no password in {var}", ELSEWHERE) from error


async def _staged(sender: str, old: "Issued", url: str, password: str) -> None:
    import httpx

    from desk.demo.stage import Stage
    from desk.refusals import AlreadyStaged, NotReachable

    stage = Stage.at(url, password)
    async with stage.http:
        try:
            await stage.flow(f"{sender}_orders", old.facts)
            await stage.mapping(sender.upper(), old.facts)
        except httpx.HTTPStatusError as error:
            if error.response.status_code == httpx.codes.CONFLICT:
                raise AlreadyStaged(sender) from None
            raise NotReachable(
                f"The simulated tenant at {url}", f"status {error.response.status_code}", ELSEWHERE
            ) from None
        except httpx.HTTPError as error:
            raise NotReachable(f"The simulated tenant at {url}", type(error).__name__, ELSEWHERE) from None


def _written(folder: Path, sender: str, old: "Issued", new: "Issued") -> tuple[str, str]:
    folder.mkdir(parents=True, exist_ok=True)
    files = folder / f"{sender}-old.pem", folder / f"{sender}-new-with-chain.pem"
    files[0].write_text(old.bundle_pem)
    files[1].write_text(new.bundle_pem)
    return str(files[0]), str(files[1])


def _commands(sender: str, old: str, new: str) -> Iterator[str]:
    yield f"certrelay sender add {sender} --tenant {TENANT} --certificate {old}"
    yield f"certrelay start {sender} --as operator:otto"
    yield f"certrelay submit {sender} {new} --as sender:sam"
    yield f"certrelay confirm 3 {sender} --as tenant:tina --root-confirmed 'a rehearsal'"
    yield f"certrelay confirm 4a {sender} --as developer:dan"
    yield f"certrelay confirm 4b {sender} --as tenant:tina"
    yield f"certrelay confirm 5 {sender} --as developer:dan"
    yield f"certrelay confirm 6 {sender} --as tenant:tina"
    yield f"certrelay confirm 7 {sender} --as sender:sam"
    yield f"certrelay confirm 8 {sender} --as sender:sam"
    yield f"certrelay confirm 9a {sender} --as tenant:tina"
    yield f"certrelay confirm 9b {sender} --as tenant:tina"
    yield f"certrelay confirm 10 {sender} --as developer:dan"
