"""What the clock does for the association; everything is already true without it."""
