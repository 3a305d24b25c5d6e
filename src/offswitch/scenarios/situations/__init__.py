"""What a trial is made of: its work, files, hosts and words, as data, and the stage that opens and closes it."""
