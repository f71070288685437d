"""What is changed: the HTTP client of a Cloud Integration tenant, flow bundles and user mappings.

The simulator in here answers the same requests; it is a program of its own.
"""
