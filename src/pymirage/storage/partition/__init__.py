"""Partition tables: GPT (UEFI) and MBR, with extended partitions."""

from pymirage.storage.partition.partition import Partition
from pymirage.storage.partition.table import connect, partitions

__all__ = ["Partition", "connect", "partitions"]
