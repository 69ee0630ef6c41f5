/* SPDX-License-Identifier: ISC */
/* Giving up privileges: see tender.h. */
#include <asm/errno.h>
#include <linux/capability.h>
#include <linux/prctl.h>

#include "linux.h"
#include "message.h"
#include "tender.h"

enum { NOBODY = 65534 };

static void require(long result, const char *what)
{
    if (result < 0)
        fail("cannot give up ", what, ": ", error_name(result));
}

/*
 * In a user namespace where nobody is not mapped (unshare -r) the calls answer EINVAL. Root there has no
 * power outside it, and losing the capabilities below takes what it has inside.
 */
static void become_nobody(void)
{
    long result = linux_call3(__NR_setgroups, 0, 0, 0);
    if (result == -EPERM)
        result = 0; /* such a namespace forbids it */
    require(result, "groups");
    result = linux_call3(__NR_setresgid, NOBODY, NOBODY, NOBODY);
    require(result == -EINVAL ? 0 : result, "root's group");
    result = linux_call3(__NR_setresuid, NOBODY, NOBODY, NOBODY);
    require(result == -EINVAL ? 0 : result, "root");
}

void privileges_drop(void)
{
    if (linux_call3(__NR_geteuid, 0, 0, 0) == 0)
        become_nobody();
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};
    require(linux_call3(__NR_capset, (long)&header, (long)none, 0), "capabilities");
    require(linux_call6(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0), "privileges");
}
