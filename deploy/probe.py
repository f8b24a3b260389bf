"""Exit 0 when an address of the portal answers 200: the containers' health check.

    python deploy/probe.py URL [CHECK]

With CHECK, one entry of /readyz decides alone (its status is 503 as soon as any other is red).
The request bears the first of ALLOWED_HOSTS, for the portal answers to no other name.
"""

import json
import os
import sys
import urllib.error
import urllib.request


def is_well(url: str, check: str | None = None) -> bool:
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0]
    request = urllib.request.Request(url, headers={"Host": host})  # noqa: S310 - our own address
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        answer = direct.open(request, timeout=4)
    except urllib.error.HTTPError as error:
        answer = error
    except OSError:
        return False
    with answer:
        if check is None:
            return bool(answer.status == 200)
        return bool(json.load(answer)["checks"][check]["ok"])


if __name__ == "__main__":
    sys.exit(0 if is_well(*sys.argv[1:]) else 1)
