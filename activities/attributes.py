"""The search attributes that workflows are started with. They are stored in plain text: nothing secret is in them."""

from datetime import datetime

from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

TENANT = SearchAttributeKey.for_keyword("RenewalTenant")
SENDER = SearchAttributeKey.for_keyword("RenewalSender")
EXPIRY = SearchAttributeKey.for_datetime("RenewalExpiry")


def at_start(tenant: str, sender: str, expiry: datetime) -> TypedSearchAttributes:
    """What a renewal or a sender's entry is started with, so that lists find it from its first moment on."""
    return TypedSearchAttributes(
        [
            SearchAttributePair(TENANT, tenant),
            SearchAttributePair(SENDER, sender),
            SearchAttributePair(EXPIRY, expiry),
        ]
    )
