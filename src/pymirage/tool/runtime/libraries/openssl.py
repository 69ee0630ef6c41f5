"""OpenSSL: libcrypto and libssl, of the branch with long-term support, for `openssl_modules`.

Why this library and what it costs: DESIGN.md, "Security". What no image has a use for stays out at
configuration; what one image does not reach is left out by its linker.
"""

from __future__ import annotations

from pathlib import Path
from shutil import which

from pymirage.tool.runtime.base import jobs
from pymirage.tool.runtime.compiler import IMAGE_FLAGS
from pymirage.tool.runtime.cpython import apply
from pymirage.tool.runtime.cpython_edits import Edit
from pymirage.tool.runtime.error import RuntimeBuildError
from pymirage.tool.runtime.libraries.library import Library, Work
from pymirage.tool.runtime.progress import Step
from pymirage.tool.runtime.sources import OPENSSL as SOURCE
from pymirage.tool.runtime.unpack import copy_tree

# What a machine without files, processes, threads, shared libraries or sockets cannot have.
PLATFORM = (
    *("shared", "dso", "module", "engine", "static-engine", "dynamic-engine", "threads", "async", "sock"),
    *("dgram", "ktls", "afalgeng", "padlockeng", "capieng", "posix-io", "ui-console", "autoload-config"),
    *("secure-memory", "apps", "tests", "docs", "unit-test"),
    # Names of source files in errors: they cost room and say where it was built.
    "filenames",
)

# Broken, or of national or other circles of use, or protocols that nobody here speaks.
ALGORITHMS = (
    *("aria", "bf", "camellia", "cast", "dsa", "ec2m", "gost", "idea", "legacy", "md4", "mdc2", "ocb", "rc2"),
    *(
        "rc4",
        "argon2",
        "seed",
        "siphash",
        "siv",
        "sm2",
        "sm3",
        "sm4",
        "whirlpool",
        "ml-dsa",
        "slh-dsa",
        "multiblock",
    ),
)
PROTOCOLS = (
    *("cmp", "cms", "ct", "http", "ocsp", "quic", "rfc3779", "srp", "srtp", "ts", "dtls", "tls1", "tls1_1"),
    *("nextprotoneg", "psk", "ssl-trace", "integrity-only-ciphers", "comp", "zlib", "brotli", "zstd"),
)

CONFIGURE = (
    *("linux-x86_64", "--prefix=/nowhere", "--openssldir=/nowhere", "--libdir=lib"),
    # getrandom() ends in solo5_entropy(): no constant, no file, no time of day.
    "--with-rand-seed=getrandom",
    *(f"no-{name}" for name in (*PLATFORM, *ALGORITHMS, *PROTOCOLS, "deprecated")),
    # P-384 and P-521 with 128-bit products: several times as fast.
    "enable-ec_nistp_64_gcc_128",
)

EDITS = (
    # The command that compiled it names the cache, and with it the machine.
    Edit("util/mkbuildinf.pl", '$cflags = "compiler: $cflags";', '$cflags = "compiler: gcc";'),
    # AES-GCM once more for processors with AVX-512: 680 KiB for what is the fastest part in any case.
    Edit("crypto/modes/asm/aes-gcm-avx512.pl", "if ($avx512vaes>0) { #<<<", "if (0) { #<<<"),
    # XTS is for disks, and ours is CCM (storage/).
    Edit("crypto/aes/asm/aesni-xts-avx512.pl", "if ($avx512vaes) {", "if (0) {"),
    # Generators ask at each call whether their hour is over. The wall clock is an exit to the host on hvt,
    # and may be set back.
    Edit(
        "providers/implementations/rands/drbg.c",
        "#include <string.h>\n",
        """#include <string.h>
#include <time.h>

static time_t pymirage_time(void) {
    struct timespec now;
    return clock_gettime(CLOCK_MONOTONIC, &now) ? 0 : now.tv_sec;
}
#define time(unused) pymirage_time()
""",
    ),
    # An image that was initialised when it was built is a fork as often as it boots: random generators seed
    # themselves anew when this number changes. And the processor is another one.
    Edit(
        "crypto/threads_none.c",
        """int openssl_get_fork_id(void)
{
#if defined(OPENSSL_SYS_UNIX)
    return getpid();
#else
    return 0;
#endif
}
""",
        """static int starts;

static void start_again(void)
{
    starts++;
    OPENSSL_cpuid_setup();
}

__attribute__((section(".resume_array"), used)) static void (*const on_resume)(void) = start_again;

int openssl_get_fork_id(void)
{
    return starts;
}
""",
    ),
    Edit("crypto/cpuid.c", "    if (trigger)\n        return;\n\n    trigger = 1;\n", "    (void)trigger;\n"),
)

# Parts of the tarball that the build does not look at.
UNWANTED = (
    *(
        "doc/man3",
        "doc/man7",
        "doc/internal",
        "doc/designs",
        "doc/images",
        "test/recipes",
        "test/certs",
        "test/ssl-tests",
    ),
    *(
        "test/ocsp-tests",
        "test/smime",
        "test/quic-",
        "fuzz/corpora",
        "demos/",
        "oqs-provider",
        "pkcs11-provider",
    ),
    *("cloudflare-quiche", "krb5", "pyca-cryptography", "wycheproof", "tlsfuzzer", "python-ecdsa"),
)

# Compilations that make prints.
COMPILATIONS = 780


def make(work: Work) -> None:
    if which("perl") is None:
        raise RuntimeBuildError("perl is not installed, which configures OpenSSL: apt-get install perl")
    for edit in EDITS:
        apply(edit, work.tree)
    directory = work.tree.parent / "openssl"
    directory.mkdir()
    work.meter.begin("configure OpenSSL")
    compiler, *includes = work.cc[: work.cc.index("-std=gnu11")]
    flags = " ".join(("-O2", *IMAGE_FLAGS))
    # Relative paths: where this is built reaches no object.
    work.run.run(
        ("perl", f"../{work.tree.name}/Configure", *CONFIGURE),
        directory,
        CC=" ".join((compiler, *includes)),
        CFLAGS=flags,
    )
    work.meter.begin("compile OpenSSL")
    done = 0

    def line(text: str) -> None:
        nonlocal done
        if " -c " in text:
            done += 1
            work.meter.advance(done / COMPILATIONS)

    work.run.run(("make", f"-j{jobs()}", "build_generated", "libcrypto.a", "libssl.a"), directory, line)
    install(work, directory)


def install(work: Work, directory: Path) -> None:
    library = work.directory / "lib"
    library.mkdir()
    for name in ("libcrypto.a", "libssl.a"):
        work.run.run(
            ("objcopy", "--enable-deterministic-archives", directory / name, library / name), directory
        )
    headers = work.directory / "include" / "openssl"
    copy_tree(work.tree / "include" / "openssl", headers)
    copy_tree(directory / "include" / "openssl", headers)


OPENSSL = Library(
    name="openssl",
    source=SOURCE,
    steps=(Step("configure OpenSSL", 5), Step("compile OpenSSL", 55)),
    make=make,
    unwanted=UNWANTED,
    recipe=Path(__file__),
)
