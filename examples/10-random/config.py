from pymirage.config import console, random, unikernel

dice = unikernel("unikernel:main", console.default(), random.default())
