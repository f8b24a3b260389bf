from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class LightArgon2(Argon2PasswordHasher):
    """Production's algorithm at the least cost, since tests log in a hundred times."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1
