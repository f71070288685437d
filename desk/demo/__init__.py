"""The demonstration: all the roles of four renewals, played against a fresh set of real processes.

It tells what it does as it goes, checks on the tenant that it is so, and ends with 1 where it is not.
"""
