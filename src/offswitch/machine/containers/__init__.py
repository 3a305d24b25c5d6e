"""Machines made by container programs: Docker, runc, gVisor's runsc. Slower than the native back end, and less is seen.

`machine` is what they share: every act is a command of a client program. No event log is kept. At a time limit a
command's descendants are found by parentage and by a mark in their environment: one that dropped both lives on.
"""
