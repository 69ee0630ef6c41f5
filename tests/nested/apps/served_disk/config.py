"""A network and a disk: what a machine is given most often."""

from pymirage.config import block, stack, unikernel

served_disk = unikernel("unikernel:main", stack.generic(), block.default("storage"))
