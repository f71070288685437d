"""The sender program: a sending system for rehearsals, a process of its own that knows nothing of certrelay.

It sends messages over TLS at an even pace with whichever certificate it has, and counts what becomes of them.
"""
