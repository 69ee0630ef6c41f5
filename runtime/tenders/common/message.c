/* SPDX-License-Identifier: ISC */
/* One-line errors: see message.h. */
#include "message.h"

#include <asm/errno.h>
#include <stdarg.h>

#include "linux.h"

const char *message_program = "pymirage";

/* A name from the outside may hold anything; the message stays one line that a terminal shows as it is. */
static void make_printable(struct text *text)
{
    for (size_t i = 0; i < text->length; i++)
        if ((unsigned char)text->bytes[i] < ' ' || text->bytes[i] == 127)
            text->bytes[i] = '?';
}

_Noreturn void message_fail(const char *first, ...)
{
    struct text text = {0};
    text_add(&text, message_program);
    text_add(&text, ": ");
    va_list more;
    va_start(more, first);
    for (const char *part = first; part; part = va_arg(more, const char *))
        text_add_bounded(&text, part, 600);
    va_end(more);
    make_printable(&text);
    linux_write(2, text.bytes, text.length);
    linux_write(2, "\n", 1);
    linux_exit(1);
}

/* clang-format off */
const char *error_name(long result)
{
    switch (-result) {
    case EPERM: return "operation not permitted";
    case ENOENT: return "no such file";
    case EIO: return "input/output error";
    case ENXIO:
    case ENODEV: return "no such device";
    case EAGAIN: return "try again later";
    case ENOMEM: return "out of memory";
    case EACCES: return "permission denied";
    case EBUSY: return "busy";
    case EEXIST: return "address range in use";
    case ENOTDIR: return "not a folder";
    case EISDIR: return "is a folder";
    case EINVAL: return "invalid argument";
    case EMFILE:
    case ENFILE: return "too many open files";
    case ETXTBSY: return "in use";
    case ENAMETOOLONG: return "name too long";
    case ELOOP: return "too many symbolic links";
    case EROFS: return "read-only file system";
    case ENOSYS: return "not supported by this kernel";
    default: return number((uint64_t)-result);
    }
}
/* clang-format on */

const char *number(uint64_t value)
{
    static char buffers[8][24];
    static unsigned next;
    char *at = buffers[next++ % 8] + sizeof buffers[0] - 1;
    *at = 0;
    do
        *--at = (char)('0' + value % 10);
    while (value /= 10);
    return at;
}
