# SPDX-License-Identifier: MIT
"""Mount namespaces: no other process sees the mounts that a test makes in one, and they end with its last process.

As a program, runs a command in a new mount namespace: mounts.py COMMAND [ARGUMENT...]
"""

import ctypes
import os
import sys

CLONE_NEWNS = 0x00020000
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18

# Precedes a command that root is to run in a new mount namespace; `BY_ROOT` goes before it.
IN_MOUNT_NAMESPACE = [sys.executable, __file__]

libc = ctypes.CDLL(None, use_errno=True)


def check(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def enter_mount_namespace(more_namespaces=0, prepare=lambda: None):
    """Moves this process to a new mount namespace, none of whose mounts propagate. The root and the working directory stay the same.

    `more_namespaces` are further flags for unshare(2), and `prepare` is called after that.
    """
    check(libc.unshare(CLONE_NEWNS | more_namespaces))
    prepare()
    # In a chroot, "/" need not be a mount point, and only mount points can be made private. setns(2) goes to the root of the namespace, which is one.
    root, directory = os.open("/", os.O_PATH), os.open(".", os.O_PATH)
    namespace = os.open("/proc/self/ns/mnt", os.O_RDONLY)
    check(libc.setns(namespace, CLONE_NEWNS))
    check(libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None))
    os.fchdir(root)
    os.chroot(".")
    os.fchdir(directory)
    for descriptor in (root, directory, namespace):
        os.close(descriptor)


def bind(source, target):
    check(libc.mount(os.fsencode(source), os.fsencode(target), None, MS_BIND, None))


if __name__ == "__main__":
    enter_mount_namespace()
    os.execvp(sys.argv[1], sys.argv[1:])
