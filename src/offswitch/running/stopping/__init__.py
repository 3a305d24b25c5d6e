"""What keeps a trial from beginning: the run's budget, or that the trial can teach nothing any more."""
