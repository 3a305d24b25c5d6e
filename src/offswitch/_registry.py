"""What Inspect finds when this package is installed: importing this registers it all."""
