"""What a tenant holds, all of it, and what could not be looked at: scanned, remembered, checked, searched.

Programs: `python -m tenant.inventory` (check, scan) and `python -m tenant.inventory.program.where_used`.
"""
