"""Figures about a running program, for Prometheus."""

from pymirage.web.metrics.handler import Metrics
from pymirage.web.metrics.sources import program, stack

__all__ = ["Metrics", "program", "stack"]
