from pymirage.config import console, unikernel

echo = unikernel("unikernel:main", console.default())
