"""Runs every measurement: `python -m bench`."""

from bench import tool_latency

if __name__ == "__main__":
    raise SystemExit(tool_latency.main())
