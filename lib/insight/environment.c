/* SPDX-License-Identifier: 0BSD
 *
 * environment.c - the variables by which a user asks for reports.
 */
#define _POSIX_C_SOURCE 200809L
#include "../registry.h"

#include <stdlib.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/auxv.h>
#endif

/* Whether the process may do what its user may not. Then its user must not have it write files, or show what it does. */
static bool has_more_rights(void)
{
#ifdef __linux__
	if (getauxval(AT_SECURE))
		return true;
#endif
	return getuid() != geteuid() || getgid() != getegid();
}

const char *leati_setting(const char *name)
{
	return has_more_rights() ? NULL : getenv(name);
}
