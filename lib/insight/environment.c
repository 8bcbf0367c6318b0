/* SPDX-License-Identifier: 0BSD
 *
 * environment.c - the variables by which a user asks for reports, and for another capacity of all channels.
 */
#define _POSIX_C_SOURCE 200809L
#include "../registry.h"

#include <ctype.h>
#include <stdio.h>
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

/* --------------------------------------------------------------------------------------- the capacity -- */

/* What LEAT_CAPACITY asks for. Written before main, and so before another thread can read it. */
static struct { bool is_forced; size_t cap; } forced;

size_t leati_capacity(const leat_type *type, size_t asked)
{
	return forced.is_forced && type->size > 0 ? forced.cap : asked;
}

/* strtoull alone would take blanks and a sign, and a number that is too large. */
static bool read_size(const char *text, size_t *size)
{
	unsigned long long number;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 10);
	*size = (size_t)number;
	return isdigit((unsigned char)*text) && *end == '\0' && errno == 0 && number <= SIZE_MAX;
}

#ifdef __GNUC__
__attribute__((constructor)) static void read_capacity_before_main(void)
{
	const char *asked = leati_setting("LEAT_CAPACITY");

	if (!asked || !*asked)
		return;
	forced.is_forced = read_size(asked, &forced.cap);
	if (!forced.is_forced)
		(void)fprintf(stderr, "leat: LEAT_CAPACITY is \"%s\", which is no number of values; it changes nothing\n",
		              asked); /* nobody is left to tell if it fails */
}
#endif
