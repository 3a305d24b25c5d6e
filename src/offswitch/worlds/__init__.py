"""What a machine is connected to: worlds live on the host's side, out of the agent's reach."""
