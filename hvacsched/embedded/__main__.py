"""
`python -m hvacsched.embedded -- CMD…`: the front process, which whoever started us sees, signals or kills.

It only passes signals on and waits. The work is done by a keeper below it, which survives the front long enough to
clean up when the front is killed outright; and should the keeper be killed, the front cleans up.
"""

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from hvacsched.embedded import processes
from hvacsched.embedded.launcher import ENDING, Keeper

USAGE = "usage: python -m hvacsched.embedded -- COMMAND [ARGUMENT…]"


def main(arguments: Sequence[str]) -> int:
    command = list(arguments[1:] if arguments[:1] == ["--"] else arguments)
    if not command or command[0] in {"-h", "--help"}:
        print(USAGE, file=sys.stderr)
        return 0 if command else 2
    processes.adopt_orphans()
    front, front_group = os.getpid(), os.getpgrp()
    # nohup's wish is kept; an ignored SIGINT is only what shells give to background jobs.
    heard = frozenset(number for number in ENDING if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN)
    passed_on = heard | {signal.SIGCONT}
    signal.pthread_sigmask(signal.SIG_BLOCK, passed_on)  # until both sides are ready for them
    keeper = os.fork()
    if keeper == 0:
        os.setpgid(0, 0)  # the terminal's signals come once, through the front
        processes.die_with(front, signal.SIGTERM)
        processes.adopt_orphans()
        work = Keeper(command, front=front, front_group=front_group, heard=heard)
        status = _run(work)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)

    def pass_on(number: int, _frame: FrameType | None) -> None:
        processes.send(keeper, signal.Signals(number))

    for number in passed_on:
        signal.signal(number, pass_on)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, passed_on)
    return _wait_for(keeper)


def _run(keeper: Keeper) -> int:
    try:
        return keeper.run()
    except BaseException:  # a forked child must not run on into its parent's code
        sys.excepthook(*sys.exc_info())
        return 1


def _wait_for(keeper: int) -> int:
    while True:
        pid, status = os.wait()
        if pid == keeper:
            break
    # Nothing is there unless the keeper was killed; the servers are then ending by themselves and need their time.
    processes.end_descendants(grace=10)
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
