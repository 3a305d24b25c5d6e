"""The episodes of the training: what an agent meets in them, what it does, and what a teacher would have done."""
