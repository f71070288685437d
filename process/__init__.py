"""What is decided: the steps, the record of a case, what is open and what is due.

Pure: standard library only; no clock, no network, no Temporal. Time and facts come in as arguments.
"""
