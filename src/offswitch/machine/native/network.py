"""A machine's network: a loopback device and nothing else, on which every private address is the machine's own."""

from __future__ import annotations

import fcntl
import socket
import struct

_SIOCSIFFLAGS = 0x8914
_IFF_UP_RUNNING = 0x41
_RTM_NEWROUTE = 24
_REQUEST_CREATE_ACK = 0x405
_LOCAL_TABLE, _STATIC, _HOST_SCOPE, _LOCAL_ROUTE = 255, 4, 254, 2
_RTA_DST, _RTA_OIF = 1, 4
_LOOPBACK = 1
_PRIVATE = (("10.0.0.0", 8), ("172.16.0.0", 12), ("192.168.0.0", 16))


def bring_up() -> None:
    """Brings the loopback device up and routes the private ranges to it.

    A listener can then be bound to any private address later on, when no privilege is left to add one.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", _IFF_UP_RUNNING))
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        for address, length in _PRIVATE:
            body = struct.pack("8BI", socket.AF_INET, length, 0, 0, _LOCAL_TABLE, _STATIC, _HOST_SCOPE, _LOCAL_ROUTE, 0)
            body += struct.pack("HH4s", 8, _RTA_DST, socket.inet_aton(address))
            body += struct.pack("HHi", 8, _RTA_OIF, _LOOPBACK)
            netlink.send(struct.pack("IHHII", 16 + len(body), _RTM_NEWROUTE, _REQUEST_CREATE_ACK, 1, 0) + body)
            error = struct.unpack_from("i", netlink.recv(4096), 16)[0]
            if error:
                raise OSError(-error, "local route", address)
