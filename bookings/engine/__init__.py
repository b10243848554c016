"""Scheduling rules: pure functions over plain values, standard library only.

Instants are whole seconds since the epoch, so that nothing is compared in a local clock that jumps; local times enter
and leave through bookings.engine.clock.
"""
