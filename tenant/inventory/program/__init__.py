"""The programs on an inventory: `certrelay tenant` (check, scan) and `certrelay where-used`.

`running` finds the tenant, runs and ends; each command's text for people is in `…_lines`.
"""
