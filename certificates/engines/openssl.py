"""OpenSSL's own verification in process, through pyOpenSSL; purposes, which it cannot set, are checked here.

OpenSSL names the certificate at fault by its depth and the fault by a number: both are kept as fields.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC
from functools import lru_cache

from OpenSSL import crypto

from certificates.chain import role_at
from certificates.engines.asking import Question, allows_client, may_issue, may_sign
from certificates.errors import Unjudgeable
from certificates.reading import LIBRARY_REFUSALS, Reading
from certificates.shapes import EngineOpinion

ENGINE = "OpenSSL"


def ask_openssl(question: Question) -> EngineOpinion:
    """Its opinion. Never raises: what it cannot read is an opinion too."""
    try:
        context = crypto.X509StoreContext(_store(question), _loaded(question.leaf), _chain(question.others))
        found = context.get_verified_chain()
    except crypto.X509StoreContextError as refused:
        return _refusal(refused)
    except (Unjudgeable, crypto.Error, *LIBRARY_REFUSALS):
        return EngineOpinion(ENGINE, False, "OpenSSL cannot read the certificates.", "leaf")
    path = (question.leaf.der, *(crypto.dump_certificate(crypto.FILETYPE_ASN1, above) for above in found[1:]))
    known = {reading.der: reading for reading in (question.leaf, *question.others, *question.anchors)}
    against = next(_purpose_faults([known.get(der) or Reading(der) for der in path], question), None)
    return against or EngineOpinion(ENGINE, True, "OpenSSL accepts the path.", path=path)


@lru_cache(maxsize=512)
def _loaded(reading: Reading) -> crypto.X509:
    return crypto.load_certificate(crypto.FILETYPE_ASN1, reading.der)


def _chain(readings: Sequence[Reading]) -> list[crypto.X509]:
    return list(_readable(readings))


def _readable(readings: Sequence[Reading]) -> Iterator[crypto.X509]:
    for reading in readings:
        try:
            yield _loaded(reading)
        except crypto.Error:
            continue


def _store(question: Question) -> crypto.X509Store:
    """Made anew for each question: the time is a property of the store."""
    store = crypto.X509Store()
    for anchor in _readable(question.anchors):
        store.add_cert(anchor)
    # The operator's list is what counts, also where it names a CA that is no root.
    store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)
    store.set_time(question.now.astimezone(UTC))  # it takes the fields as they are
    return store


def _refusal(refused: crypto.X509StoreContextError) -> EngineOpinion:
    number, depth, words = refused.errors
    role = role_at(depth)
    reason = f"OpenSSL refuses the path at {role}: {words} (error {number})."
    return EngineOpinion(ENGINE, False, reason, role, fault=number)


def _purpose_faults(path: Sequence[Reading], question: Question) -> Iterator[EngineOpinion]:
    """What `openssl verify -purpose sslclient` and its depth limit would say."""
    between = [reading for reading in path[1:-1] if not reading.self_issued]
    if len(between) > question.max_intermediates:
        yield _against("the path has more CA certificates than the limit", len(path) - 1)
    for depth, reading in enumerate(path):
        yield from _usage_faults(reading, depth)


def _usage_faults(reading: Reading, depth: int) -> Iterator[EngineOpinion]:
    try:
        if not allows_client(reading.usages):
            yield _against("the extended key usage lacks client authentication", depth)
        if not (may_issue if depth else may_sign)(reading.key_usage):
            yield _against("the key usage does not allow what the certificate is used for", depth)
    except Unjudgeable as unreadable:
        yield _against(f"an extension is malformed ({unreadable.what})", depth)


def _against(words: str, depth: int) -> EngineOpinion:
    return EngineOpinion(
        ENGINE, False, f"The rules of OpenSSL refuse the path at {role_at(depth)}: {words}.", role_at(depth)
    )
