"""The search attributes: what lists are made from, in the Temporal Web UI and on the command line.

They are stored in plain text, so nothing secret is in them.
"""

from collections.abc import Iterable
from datetime import datetime

from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

TENANT = SearchAttributeKey.for_keyword("RenewalTenant")
SENDER = SearchAttributeKey.for_keyword("RenewalSender")
STEP = SearchAttributeKey.for_keyword_list("RenewalStep")
WAITING_FOR = SearchAttributeKey.for_keyword_list("RenewalWaitingFor")
EXPIRY = SearchAttributeKey.for_datetime("RenewalExpiry")
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


def at_start(tenant: str, sender: str, expiry: datetime) -> TypedSearchAttributes:
    """The attributes that a renewal or a sender's entry is started with."""
    return TypedSearchAttributes(
        [
            SearchAttributePair(TENANT, tenant),
            SearchAttributePair(SENDER, sender),
            SearchAttributePair(EXPIRY, expiry),
        ]
    )


def words(values: Iterable[str]) -> list[str]:
    """A keyword list; an empty one is said with a word, so that a filter finds it."""
    return list(values) or ["nobody"]
