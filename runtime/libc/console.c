/* SPDX-License-Identifier: ISC */
/* Standard output and error are the console; standard input is always at its end. */
#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

#include "shim.h"
#include "stage.h"

/* write: Python's sys.stdout and sys.stderr, and the interpreter's fatal errors. */
long console_write(long fd, const char *bytes, size_t size)
{
    if (fd != STDOUT_FILENO && fd != STDERR_FILENO)
        return -EBADF;
    /* Nothing may come from nowhere (NULL), and tenders look at addresses before they look at sizes. */
    if (size)
        stage_write(bytes, size);
    return (long)size;
}

/* writev: every flush of musl's stdio. */
long console_write_vector(long fd, const struct iovec *vector, int count)
{
    long total = 0;

    for (int i = 0; i < count; i++) {
        long written = console_write(fd, vector[i].iov_base, vector[i].iov_len);

        if (written < 0)
            return written;
        total += written;
    }
    return total;
}

/* read, readv: input(), sys.stdin. */
long console_read(long fd)
{
    return fd == STDIN_FILENO ? 0 : -EBADF;
}
