"""Scripted calls: whole conversations as data, each with what must be answered and what must stand in the office afterwards.

The scripts are the files of sandbox/scenarios. Each is played at a shop of its own, made for it and removed after it.
"""
