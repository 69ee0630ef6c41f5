"""Figures about a running program, for Prometheus."""

from pymirage.web.metrics.handler import Metrics
from pymirage.web.metrics.sources import counted, program

__all__ = ["Metrics", "counted", "program"]
