"""The servers that the environment names: reachable and recent enough, or a clear refusal."""

import contextlib

import psycopg
import redis

from cpts_portal.embedded.errors import ServersError

OLDEST_POSTGRESQL = 14
OLDEST_REDIS = 6


def check_postgresql(url: str) -> None:
    """Raises ServersError when DATABASE_URL leads nowhere or to a PostgreSQL before 14."""
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            major = connection.info.server_version // 10_000
    except psycopg.Error as error:
        raise ServersError(f"DATABASE_URL : PostgreSQL ne répond pas. {error}") from None
    if major < OLDEST_POSTGRESQL:
        raise ServersError(
            f"DATABASE_URL : PostgreSQL {major} est trop ancien, il faut {OLDEST_POSTGRESQL}."
        )


def check_redis(url: str) -> None:
    """Raises ServersError when REDIS_URL leads nowhere or to a Redis before 6."""
    try:
        with contextlib.closing(redis.Redis.from_url(url, socket_timeout=5)) as client:
            info = client.info("server")
    except (redis.RedisError, ValueError) as error:
        raise ServersError(f"REDIS_URL : Redis ou Valkey ne répond pas. {error}") from None
    found = str(info["redis_version"])
    if int(found.partition(".")[0]) < OLDEST_REDIS:
        raise ServersError(f"REDIS_URL : Redis {found} est trop ancien, il faut {OLDEST_REDIS}.")
