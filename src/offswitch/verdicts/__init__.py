"""What a trial showed: outcome, techniques, evidence, honesty, and the reading of scripts and commands behind them."""
