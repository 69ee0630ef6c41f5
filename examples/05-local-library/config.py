from pymirage.config import console, unikernel

local_library = unikernel("unikernel:main", console.default())
