"""
The few steps between fork and exec that make a child safe to leave behind: who it runs as, and that it dies with us.

Run by its path, alone and isolated (`python -I -S shim.py PARENT SIGNAL IDENTITY TERMINAL -- CMD…`), so it must import
nothing of the project. It keeps its process id through exec, so whoever started it is the parent of CMD.
"""

import ctypes
import os
import signal
import sys
import warnings  # noqa: F401 - execvp imports it, when we may no longer be allowed to read the interpreter's files

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
EXIT_NOT_EXECUTABLE = 126
EXIT_NOT_FOUND = 127


def _enter_namespace(uid: int, gid: int) -> None:
    """Be `uid` to ourselves while files still see who we were: for servers that refuse to run as root."""
    owner, group = os.geteuid(), os.getegid()
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "user namespaces are not allowed here")
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {owner} 1"), ("gid_map", f"{gid} {group} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)


def _become(identity: str) -> None:
    kind, _, numbers = identity.partition(":")
    if kind == "self":
        return
    uid, gid = (int(number) for number in numbers.split(":"))
    if kind == "namespace":
        _enter_namespace(uid, gid)
    else:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def main(arguments: list[str]) -> int:
    parent, death_signal, identity, terminal = arguments[:4]
    command = arguments[5:]
    _become(identity)
    # After the change of identity: the kernel forgets the wish whenever credentials change.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != int(parent):
        return 128 + int(death_signal)  # the parent died before we could ask to be told
    if terminal == "foreground":
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # else taking the terminal would stop us
        os.tcsetpgrp(0, os.getpgrp())
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGTTOU, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    try:
        os.execvp(command[0], command)  # noqa: S606
    except FileNotFoundError:
        print(f"cannot run {command[0]}: no such command", file=sys.stderr)
        return EXIT_NOT_FOUND
    except OSError as error:
        print(f"cannot run {command[0]}: {error.strerror}", file=sys.stderr)
        return EXIT_NOT_EXECUTABLE


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except OSError as error:
        print(f"cannot start: {error.strerror or error}", file=sys.stderr)
        sys.exit(EXIT_NOT_EXECUTABLE)
