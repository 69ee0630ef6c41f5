from pymirage.config import console, info, unikernel

app_info = unikernel("unikernel:main", console.default(), info.default())
