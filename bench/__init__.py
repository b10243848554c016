"""Measurements, as ratios taken in one run: machines are noisy, so nothing here is compared with a stored figure."""
