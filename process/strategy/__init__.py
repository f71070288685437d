"""The strategy: from what is known of certificates, tenant and sender to the plan of one renewal.

Rules and shapes only. Whether a step is needed is `process.open`'s to say; the plan says why, what exactly changes
where, from which act on there is no way back, and what cannot be overlapped. Nothing here acts.
"""
