"""Two engines judge a path: cryptography's client verifier, and OpenSSL in process. Neither uses a network.

What a combination of their opinions means is decided in `certificates.trust`.
"""

from certificates.engines.asking import Question
from certificates.engines.openssl import ask_openssl
from certificates.engines.pyca import ask_cryptography

__all__ = ["Question", "ask_cryptography", "ask_openssl"]
