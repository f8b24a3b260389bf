"""Structured logs: one JSON object a line."""

import structlog


def formatter() -> structlog.stdlib.ProcessorFormatter:
    return structlog.stdlib.ProcessorFormatter(processor=structlog.processors.JSONRenderer())
