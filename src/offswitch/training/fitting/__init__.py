"""What every remedy shares: the plan, the training folder, guards around TRL's trainers, and what is left at the end."""
