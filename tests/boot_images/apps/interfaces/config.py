from pymirage.config import net, unikernel

interfaces = unikernel("unikernel:main", net.default("one"), net.default("other"))
