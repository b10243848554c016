"""Stateful stand-ins of Google, Twilio and Vapi over HTTP, for the demo, the tests and the benchmarks.

One process, one event loop, memory with a JSON file behind it. Imports no app of the product and shares no code with it,
so that a misreading of a vendor's protocol is not made twice in the same words.
"""
