"""What oracles read: a record made ready, the traces in it, and the verdict they make."""
