"""Measurements: each as a ratio against a floor of the same run, so that a slow machine changes both.

`make bench` prints them; nothing here fails on a number. The floor is the least that the same tools can do.
"""
