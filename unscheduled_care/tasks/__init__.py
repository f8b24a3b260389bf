"""What the clock does for unscheduled care; everything is already true without it."""
