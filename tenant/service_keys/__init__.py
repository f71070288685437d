"""Service keys of Process Integration Runtime (Cloud Foundry): which certificate may call with the roles of which
instance.

rules.py decides, over the protocol of shapes.py; cloud_foundry.py and service_manager.py speak to the two APIs that
give and take keys; credentials.py takes the certificate out of a key's credentials and drops the rest.
"""

from tenant.service_keys.open import open_session, service_keys
from tenant.service_keys.rules import ServiceKeys

__all__ = ["ServiceKeys", "open_session", "service_keys"]
