"""`certrelay flow`, which is `python -m tenant.flows`: flows in files shown, searched, edited and compared, offline.

Here alone in `tenant.flows` are files opened and written; no rule about flows is here.
"""
