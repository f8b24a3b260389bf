"""A fuse for a server that is away: asked again after a pause, not at each request."""

from __future__ import annotations

import time


class Breaker:
    """Closed while the server answers; after `trip()`, open for `pause` seconds (this process)."""

    def __init__(self, pause: float) -> None:
        self.pause = pause
        self._closed_from = 0.0

    @property
    def is_open(self) -> bool:
        return time.monotonic() < self._closed_from

    def trip(self) -> None:
        self._closed_from = time.monotonic() + self.pause

    def reset(self) -> None:
        self._closed_from = 0.0
