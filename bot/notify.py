"""Telling systemd that we are ready, alive, or stopping (sd_notify(3)); silent where nobody listens."""

from __future__ import annotations

import socket


def notify(notify_socket: str, state: str) -> None:
    """Send one state line such as READY=1 to the service manager's socket; "" means there is none."""
    if not notify_socket:
        return
    address = "\0" + notify_socket[1:] if notify_socket.startswith("@") else notify_socket
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        channel.setblocking(False)
        try:
            channel.sendto(state.encode(), address)
        except OSError:
            # The manager went away or its queue is full: a lost heartbeat is its to judge, not ours to die of.
            return
