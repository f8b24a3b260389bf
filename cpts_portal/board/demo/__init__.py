"""The demonstration: real territories, invented people, the same at every loading but for dates."""
