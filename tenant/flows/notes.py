"""What a person should know about a channel although no renewal edits it, in full sentences."""

from collections.abc import Iterator

from tenant.flows.adapters import BY_CERTIFICATE, NEVER_BY_CERTIFICATE, TABLE_KEY
from tenant.flows.content import CLIENT_CERTIFICATE, Channel
from tenant.flows.parameters import parameters_in
from tenant.flows.scan import Element


def channel_notes(channel: Channel, element: Element) -> Iterator[str]:
    """What is unknown or worth a look about one sender channel."""
    title = f"Sender channel {channel.name!r}"
    known = channel.adapter in BY_CERTIFICATE or channel.adapter in NEVER_BY_CERTIFICATE
    if not known:
        adapter = f"the adapter {channel.adapter!r}" if channel.adapter else "no adapter that is named"
        yield f"{title} uses {adapter}, which is not known here: look in its settings whether it lists certificates."
    if channel.authorization != CLIENT_CERTIFICATE:
        yield from _inactive_notes(title, channel, element)
    elif element.find(TABLE_KEY) is None:
        yield f"{title} authorises by certificate, but where it lists DNs is not known: look at it in the web UI."
    if channel.table_from is not None:
        yield (
            f"{title} takes its whole certificate table from the parameter {channel.table_from!r}: "
            "it can be shown here, but only be changed under Configure in the web UI."
        )
    missing = [name for row in channel.rows for text in (row.subject, row.issuer) for name in parameters_in(text)]
    for name in dict.fromkeys(missing):
        yield f"{title} lists the parameter {name!r}, which has no value in parameters.prop."


def _inactive_notes(title: str, channel: Channel, element: Element) -> Iterator[str]:
    if parameters_in(channel.authorization):
        yield f"{title} takes its authorisation from a parameter without a value: {channel.authorization}."
    elif not channel.authorization and channel.adapter in BY_CERTIFICATE:
        yield f"{title} does not state how it authorises: look at it in the web UI."
    table = element.find(TABLE_KEY)
    if channel.rows:
        yield f"{title} lists {len(channel.rows)} DN row(s) without using them: it does not authorise by certificate."
    elif table is not None and table.value and channel.table_from is None and "<cell" not in table.value:
        yield f"{title} has a certificate table of an unknown form, which is not in use."
