"""Where people take part: the Desk (one object on Temporal) and the command line.

No tenant secret is here.
"""
