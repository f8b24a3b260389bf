"""What the clock does for prevention; everything is already true without it."""
