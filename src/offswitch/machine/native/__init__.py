"""The native back end: Linux namespaces, an overlay, a small init and an event log, by the standard library alone.

`host` is what the rest of Offswitch sees. `zygote`, `starter`, `setup`, `network`, `seccomp`, `init`, `commands`,
`files`, `audit` and `calls` run in processes of their own, which import nothing but the standard library and each
other: a machine must cost little.
"""
