/* SPDX-License-Identifier: 0BSD
 *
 * type.c - ready-made element types that own something; whether a stream has the type that its reader expects.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"

#include <stdlib.h>
#include <string.h>

static int copy_rx(void *to, const void *from)
{
	*(leat_rx *)to = leat_dup(*(const leat_rx *)from);
	return 0;
}

static void release_rx(void *value)
{
	leat_drop(*(leat_rx *)value);
}

static int copy_tx(void *to, const void *from)
{
	*(leat_tx *)to = leat_dup(*(const leat_tx *)from);
	return 0;
}

static void release_tx(void *value)
{
	leat_drop(*(leat_tx *)value);
}

static int copy_string(void *to, const void *from)
{
	const char *string = *(char *const *)from;
	char *copy = string ? strdup(string) : NULL;

	if (string && !copy)
		return -ENOMEM;
	*(char **)to = copy;
	return 0;
}

static void release_string(void *value)
{
	free(*(char **)value);
}

const leat_type leat_rx_type = { "leat_rx", sizeof(leat_rx), copy_rx, release_rx };
const leat_type leat_tx_type = { "leat_tx", sizeof(leat_tx), copy_tx, release_tx };
const leat_type leat_string_type = { "char *", sizeof(char *), copy_string, release_string };

leat_rx leat_expect_of(leat_rx in, const leat_type *type)
{
	leat_type its = leat_type_of(in);

	if (type && in.ch && (leat_never_started(in) || leat_same_type(&its, type)))
		return in;
	leat_drop(in);
	return leat_ended(EINVAL);
}
