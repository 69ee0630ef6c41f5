from pymirage.config import block, console, unikernel

disk = unikernel("unikernel:main", console.default(), block.default("disk"))
