"""What every remedy shares: plan, training folder, guards around TRL's trainers, and what is left at the end."""
