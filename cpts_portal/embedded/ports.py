import socket


def free_port(preferred: int = 0) -> int:
    """`preferred` when nothing listens there on the local host, else any free port."""
    if preferred and _is_free("127.0.0.1", preferred) and _is_free("::1", preferred):
        return preferred
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) != 0
