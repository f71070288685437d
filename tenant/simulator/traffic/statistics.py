"""What came of the messages: one row each, and the sums for each certificate. Rows beyond KEPT are forgotten."""

from dataclasses import asdict, dataclass

from tenant.simulator.state import Row, State
from tenant.simulator.traffic.gates import Gate

KEPT = 50_000


@dataclass(frozen=True)
class Passage:
    """One message, or one handshake that failed (`status` 0, no node). `at` is epoch milliseconds.

    `fingerprint` is the SHA-256 of the certificate that was presented, also of one that was not passed on; empty
    where there was none. `words` say why a `gate` refused.
    """

    at: int
    fingerprint: str
    status: int
    gate: Gate = Gate.NONE
    words: str = ""
    node: str = ""
    method: str = ""
    path: str = ""
    flow_id: str = ""


def record_passage(state: State, passage: Passage) -> None:
    """Remember it; call it inside a transaction."""
    state.insert("traffic", **asdict(passage))
    state.change("DELETE FROM traffic WHERE id <= (SELECT MAX(id) FROM traffic) - ?", KEPT)


def summary(state: State, since: int) -> dict[str, object]:
    """For each certificate, what was accepted and refused after the row `since`; `last` is the newest row at all."""
    rows = state.rows("SELECT * FROM traffic WHERE id > ? ORDER BY id", since)
    by_certificate: dict[str, list[Row]] = {}
    for row in rows:
        by_certificate.setdefault(row["fingerprint"], []).append(row)
    newest = state.row("SELECT MAX(id) AS id FROM traffic")
    return {
        "certificates": [_sums(fingerprint, found) for fingerprint, found in by_certificate.items()],
        "last": newest["id"] or 0 if newest else 0,
    }


def forget(state: State) -> None:
    """Forget every row; numbers go on, so that a `since` stays right."""
    state.change("DELETE FROM traffic")


def _sums(fingerprint: str, rows: list[Row]) -> dict[str, object]:
    refused: dict[str, int] = {}
    for row in rows:
        if row["gate"]:
            refused[row["gate"]] = refused.get(row["gate"], 0) + 1
    last = {**dict(rows[-1])}
    del last["fingerprint"]
    return {
        "sha256": fingerprint,
        "accepted": len(rows) - sum(refused.values()),
        "refused": refused,
        "last": last,
    }
