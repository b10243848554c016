"""`python -m sandbox --port N [--host H] [--state FILE]`: serves until it is interrupted or terminated."""

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from sandbox.serve import listen
from sandbox.world import Credentials, World


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Stand-ins of Google, Twilio and Vapi.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--state", type=Path, metavar="FILE", help="keep everything in this file")
    demo = Credentials()
    for name, variable, default in (
        ("google-client-id", "GOOGLE_CLIENT_ID", demo.google_client_id),
        ("google-client-secret", "GOOGLE_CLIENT_SECRET", demo.google_client_secret),
        ("twilio-token", "TWILIO_AUTH_TOKEN", demo.twilio_token),
        ("vapi-secret", "WEBHOOK_SECRET", demo.vapi_secret),
        ("vapi-assistant-id", "VAPI_ASSISTANT_ID", demo.vapi_assistant_id),
        ("vapi-phone-number-id", "VAPI_PHONE_NUMBER_ID", demo.vapi_phone_number_id),
    ):
        value = os.environ.get(variable, "").split(",")[0].strip()
        parser.add_argument(f"--{name}", default=value or default, help=f"default: {variable}, else the demo's")
    options = vars(parser.parse_args())
    host, port, state = options.pop("host"), options.pop("port"), options.pop("state")
    try:
        asyncio.run(_serve(World(state_file=state, credentials=Credentials(**options)), host, port))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return 1
    return 0


async def _serve(world: World, host: str, port: int) -> None:
    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    runner, bound = await listen(world, host, port)
    sys.stdout.write(f"sandbox: http://{host}:{bound}/\n")
    sys.stdout.flush()
    try:
        await stop.wait()
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    raise SystemExit(main())
