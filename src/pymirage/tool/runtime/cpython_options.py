"""Everything that the build of CPython is told, with the reason: modules, functions, flags."""

from __future__ import annotations

from collections.abc import Iterator

# Not -O3: 20 % larger and no faster (14 small benchmarks: 1.6 % between the means, 30 % between two runs).
OPTIMISATION = "-DNDEBUG -O2 -Wall"

CONFIGURE = (
    "--prefix=/nowhere",
    "--disable-shared",
    "--disable-ipv6",
    "--disable-test-modules",
    "--without-ensurepip",
    "--without-doc-strings",
    "--without-mimalloc",
    "--without-readline",
    "--without-c-locale-coercion",
    "--with-computed-gotos",
    "--with-system-libmpdec=no",
    "--with-pkg-config=no",
)

# C modules left out: they need a kernel, a second process or a library that an image does not have. The ones
# that the standard library imports all the same have a stand-in in runtime/python/overlay.
MODULES_OFF = (
    *("_socket", "select", "fcntl", "mmap", "termios", "resource", "syslog", "readline"),
    *("_posixsubprocess", "_posixshmem", "_multiprocessing", "grp", "pwd"),
    *("_interpchannels", "_interpqueues", "_interpreters"),
    *("_bz2", "_lzma", "zlib", "_ssl", "_hashlib", "_sqlite3", "_dbm", "_gdbm", "_uuid"),
    *("_ctypes", "_ctypes_test", "_curses", "_curses_panel", "_tkinter", "_scproxy"),
    *("_testbuffer", "_testcapi", "_testclinic", "_testclinic_limited", "_testexternalinspection"),
    *("_testimportmultiple", "_testinternalcapi", "_testlimitedcapi", "_testmultiphase"),
    *("_testsinglephase", "_xxtestfuzz", "xxlimited", "xxlimited_35", "xxsubtype"),
)

# Functions of the C library that configure would find and an image cannot do. CPython then leaves their
# wrappers out of `os`, `signal` and `time`, as on WASI and Windows: smaller, and `hasattr` tells the truth.
FUNCTIONS_OFF = (
    # processes
    *("fork", "fork1", "vfork", "forkpty", "execv", "fexecve", "posix_spawn", "posix_spawnp", "system"),
    *("wait", "wait3", "wait4", "waitid", "waitpid", "kill", "killpg", "nice", "acct", "chroot"),
    *("setns", "unshare", "getpriority", "setpriority", "getrusage", "times", "getloadavg"),
    *("process_vm_readv",),
    *("sched_get_priority_max", "sched_rr_get_interval", "sched_setaffinity", "sched_setparam"),
    *("sched_setscheduler",),
    # users and groups
    *("setuid", "seteuid", "setreuid", "setresuid", "setgid", "setegid", "setregid", "setresgid"),
    *("getresuid", "getresgid", "setgroups", "initgroups", "getgroups", "getgrouplist", "getlogin"),
    *("getpgid", "getpgrp", "getsid", "setsid", "setpgid", "setpgrp", "tcgetpgrp", "tcsetpgrp", "ctermid"),
    *("getpwent", "getpwnam_r", "getpwuid", "getpwuid_r", "getgrent", "getgrgid", "getgrgid_r", "getgrnam_r"),
    *("getspent", "getspnam", "sethostname", "gethostname"),
    # terminals, pipes, descriptors that wait, shared memory
    *("openpty", "login_tty", "posix_openpt", "ptsname", "ptsname_r", "grantpt", "unlockpt"),
    *("pipe", "pipe2", "dup3", "eventfd", "epoll_create", "epoll_create1", "timerfd_create", "memfd_create"),
    *("sem_getvalue", "sem_open", "sem_unlink", "shm_open", "shm_unlink"),
    *("accept", "accept4", "socket", "socketpair", "sendfile", "if_nameindex"),
    # files beyond reading and writing
    *("mkfifo", "mkfifoat", "mknod", "mknodat", "makedev", "splice", "copy_file_range", "lockf", "lchmod"),
    *("preadv", "preadv2", "pwritev", "pwritev2", "posix_fadvise", "posix_fallocate", "statvfs", "fstatvfs"),
    *("fdwalk", "closefrom", "getwd"),
    # signals
    *("sigaltstack", "siginterrupt", "sigtimedwait", "sigwait", "sigwaitinfo", "pthread_kill"),
    *("getitimer", "setitimer", "pthread_getcpuclockid"),
    # shared libraries, translations
    *("dlopen", "bind_textdomain_codeset"),
)

HEADERS_OFF = (
    *("sys_resource", "sys_xattr", "sys_epoll", "sys_eventfd", "sys_timerfd", "sys_memfd", "sys_sendfile"),
    *("spawn", "pty", "utmp", "termios", "shadow", "syslog", "libintl", "linux_random", "linux_limits"),
)


def facts() -> tuple[object, ...]:
    """All of the above, for the cache's key."""
    return (OPTIMISATION, CONFIGURE, MODULES_OFF, tuple(answers()))


def answers() -> Iterator[tuple[str, str]]:
    """What configure would find out by looking at this machine, as variables of a config.site."""
    yield "ac_cv_file__dev_ptmx", "no"
    yield "ac_cv_file__dev_ptc", "no"
    yield "ac_cv_buggy_getaddrinfo", "no"
    yield "ac_cv_working_tzset", "yes"
    yield "ac_cv_search_login_tty", "no"
    for function in FUNCTIONS_OFF:
        yield f"ac_cv_func_{function}", "no"
    for header in HEADERS_OFF:
        yield f"ac_cv_header_{header}_h", "no"
    for library in ("util", "bsd"):
        for function in ("openpty", "login_tty", "forkpty"):
            yield f"ac_cv_lib_{library}_{function}", "no"
