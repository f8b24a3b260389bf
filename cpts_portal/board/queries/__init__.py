"""What the pages of the roof show: figures, and what waits for one person."""
