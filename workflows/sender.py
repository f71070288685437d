"""The register: one long-lived workflow per sender, with the certificate in use and the people of each role."""

from dataclasses import dataclass, replace

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.shapes import Ended
    from process.expiry import Entry, PastRenewal, Registered
    from process.words import minute
    from workflows import attributes

MOST_PAST = 200
"""Past renewals kept in short: at 47-day certificates that is 17 years, and 40 KB."""


@dataclass(frozen=True)
class Registration:
    """What an operator registers; it replaces what was registered before."""

    registered: Registered
    by: str


@workflow.defn(name="Sender")
class Sender:
    """A sender's entry. It never ends by itself; it continues as new when its history grows long."""

    @workflow.init
    def __init__(self, entry: Entry) -> None:
        """The entry as it was handed over."""
        self._entry = entry
        self._dirty = True

    @workflow.run
    async def run(self, entry: Entry) -> None:
        """Take messages, for years."""
        while True:
            self._publish()
            self._dirty = False
            await workflow.wait_condition(lambda: self._dirty)
            if workflow.info().is_continue_as_new_suggested():
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(self._entry)

    @workflow.query(name="entry", description="The sender's entry in the register")
    def entry(self) -> Entry:
        """The entry as it stands."""
        return self._entry

    @workflow.update(name="register", description="Replaces what is registered of this sender")
    def register(self, registration: Registration) -> Entry:
        """Take the new registration; past renewals stay."""
        self._change(replace(self._entry, registered=registration.registered))
        return self._entry

    @workflow.signal(name="renewal_ended", description="A renewal of this sender has ended (sent by certrelay)")
    def renewal_ended(self, ended: Ended) -> None:
        """Remember the renewal once; a completed one brings the certificate that is now in use."""
        if any(past.renewal == ended.renewal and past.at == ended.at for past in self._entry.past):
            return
        new = ended.new.fingerprint if ended.new else ""
        past = PastRenewal(ended.renewal, ended.outcome, ended.at, ended.old.fingerprint, new)
        registered = self._entry.registered
        if ended.outcome == "completed" and ended.new is not None:
            registered = replace(registered, certificate=ended.new)
        self._change(Entry(registered, (*self._entry.past, past)[-MOST_PAST:]))

    def _change(self, entry: Entry) -> None:
        self._entry = entry
        self._dirty = True

    def _publish(self) -> None:
        registered = self._entry.registered
        workflow.set_current_details(_details(self._entry))
        workflow.upsert_search_attributes([attributes.EXPIRY.value_set(registered.certificate.not_after)])


def _details(entry: Entry) -> str:
    certificate = entry.registered.certificate
    people = (f"| {role.words} | {', '.join(names)} |" for role, names in entry.registered.people.items())
    rows = (
        "| In use | |",
        "|---|---|",
        f"| Certificate | `{certificate.fingerprint[:16]}` until {minute(certificate.not_after)} |",
        f"| Subject | `{certificate.names.subject}` |",
        f"| Issuer | `{certificate.names.issuer}` |",
        *people,
        *(f"| {past.outcome} at {minute(past.at)} | `{past.renewal}` |" for past in entry.past[-10:]),
    )
    return "\n".join(rows) + "\n"
