from pymirage.config import console, unikernel

pypi = unikernel("unikernel:main", console.default(), packages=["h11==0.16.0"])
