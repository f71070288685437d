"""A simulated tenant that answers SAP's requests: a program of its own (`python -m tenant.simulator`).

People rehearse with it, tests drive it through `app.create_app`. The client shares no code with it.
"""
