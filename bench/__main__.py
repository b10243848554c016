"""Runs every measurement, each in a process of its own: `python -m bench`, or those that are named."""

import subprocess
import sys

ALL = ("tool_latency", "webhooks", "availability", "call_setup", "calendar_latency", "drain", "board")


def main(named: list[str]) -> int:
    unknown = set(named) - set(ALL)
    if unknown:
        print(f"usage: make bench ARGS=…, any of: {' '.join(ALL)}", file=sys.stderr)
        return 2
    done = [subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode for name in named or ALL]
    return max(done, key=abs)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
