"""`certrelay tenant check` for people: what is fine, what is wrong, and whom to ask for what."""

from collections.abc import Iterator, Sequence

from tenant.inventory.check import Outcome, TenantCheck, Tried
from tenant.inventory.program.texts import columns, counted, folded


def check_lines(check: TenantCheck) -> Iterator[str]:
    """The whole check."""
    yield f"Tenant {check.tenant} at {check.url}"
    yield ""
    yield from columns(_basics(check))
    if not check.refused:
        yield ""
        yield "Rights of the technical user"
        yield from columns(
            (tried.what, _word(tried)) for tried in check.rights if tried.outcome is not Outcome.NOT_TRIED
        )
        yield from _wanting("Missing", [tried for tried in check.rights if tried.outcome is Outcome.MISSING])
        title = "Not tried, for it would change the tenant"
        yield from _wanting(title, [tried for tried in check.rights if tried.outcome is Outcome.NOT_TRIED])
    yield ""
    yield _last(check)


def _basics(check: TenantCheck) -> Iterator[tuple[str, str]]:
    yield "connection", "fine"
    yield "sign-in", f"REFUSED: {check.refused}" if check.refused else "fine"
    if not check.refused:
        yield "clock", _clock(check)
        yield "environment", _environment(check)


def _clock(check: TenantCheck) -> str:
    if check.skew_seconds is None:
        return "not known: the tenant does not tell its time"
    seconds = abs(check.skew_seconds)
    skew = f"{seconds:.0f} s {'ahead of' if check.skew_seconds > 0 else 'behind'} ours"
    if check.clock_is_right:
        return f"fine: {skew}" if seconds >= 1 else "fine: as ours"
    return f"WRONG: the tenant's is {skew}; the operator must set the clock of this machine (NTP)"


def _environment(check: TenantCheck) -> str:
    if check.seen is None:
        return f"not known: the settings say {check.environment}, and the tenant could not be asked"
    if check.environment_matches:
        return f"fine: {check.seen}, as the settings say"
    return (
        f"WRONG: the settings say {check.environment}, the tenant is on {check.seen}; the operator must correct "
        "the key environment in tenants.toml"
    )


_WORDS = {
    Outcome.FINE: "fine",
    Outcome.MISSING: "MISSING",
    Outcome.FAILED: "FAILED",
    Outcome.ABSENT: "not there on this tenant",
    Outcome.NOTHING: "not tried",
    Outcome.NOT_TRIED: "not tried",
}


def _word(tried: Tried) -> str:
    told = tried.said if tried.outcome in (Outcome.FAILED, Outcome.NOTHING) else ""
    return f"{_WORDS[tried.outcome]}{': ' if told else ''}{told}"


def _wanting(title: str, rights: Sequence[Tried]) -> Iterator[str]:
    """Rights with what stops without them and the roles to ask for."""
    if not rights:
        return
    yield ""
    yield title
    for tried in rights:
        yield f"  {tried.what}"
        yield from folded(f"without it {tried.stops}", 6)
        yield from folded(f"needs {', '.join(tried.roles)}" if tried.roles else "no role is known for it", 6)


def _last(check: TenantCheck) -> str:
    if check.is_fine:
        return "Nothing that could be tried is wrong."
    wrong = sum(tried.outcome.is_wrong for tried in check.rights)
    wrong += sum((bool(check.refused), check.clock_is_right is False, check.environment_matches is False))
    missing = any(tried.outcome is Outcome.MISSING for tried in check.rights)
    act = " The tenant administrator must give the missing roles; they count after up to an hour." if missing else ""
    return f"{counted(wrong, 'thing is', 'things are')} wrong.{act}"
