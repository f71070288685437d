"""The search attributes: what lists are made from, in the Temporal Web UI and on the command line.

They are stored in plain text, so nothing secret is in them.
"""

from collections.abc import Iterable

from temporalio.common import SearchAttributeKey

from activities.attributes import EXPIRY, SENDER, TENANT, at_start

__all__ = ["EXPIRY", "HEALTH", "SEARCH_ATTRIBUTES", "SENDER", "STEP", "TENANT", "WAITING_FOR", "at_start", "words"]

STEP = SearchAttributeKey.for_keyword_list("RenewalStep")
WAITING_FOR = SearchAttributeKey.for_keyword_list("RenewalWaitingFor")
HEALTH = SearchAttributeKey.for_keyword("RenewalHealth")

SEARCH_ATTRIBUTES: dict[str, str] = {
    TENANT.name: "Keyword",
    SENDER.name: "Keyword",
    STEP.name: "KeywordList",
    WAITING_FOR.name: "KeywordList",
    EXPIRY.name: "Datetime",
    HEALTH.name: "Keyword",
}
"""Name and type of each, to be registered with the server before the first start."""


def words(values: Iterable[str]) -> list[str]:
    """A keyword list; an empty one is said with a word, so that a filter finds it."""
    return list(values) or ["nobody"]
