/* SPDX-License-Identifier: 0BSD
 *
 * orders.c - the atomic operations of the instrumented sources, each with its memory order.
 *
 *     WEAKEN='FILE FUNCTION OPERATION OBJECT: ORDER'     give this operation a weaker order
 *     LIST=1                                             print all operations, and end
 *
 * These are environment variables, so that every program of this folder has them. A program that is told to weaken an
 * operation that it does not have ends with 2.
 */
#define _POSIX_C_SOURCE 200809L
#include "orders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern order_entry *const __start_order_entries[], *const __stop_order_entries[]; /* the linker's names */

static const char *const names[] = { "relaxed", "consume", "acquire", "release", "acq_rel", "seq_cst" };

int orders_of(const order_entry *entry)
{
	return entry->order;
}

static void name(char *text, size_t size, const order_entry *of)
{
	snprintf(text, size, "%s %s %s %s", of->file, of->function, of->operation, of->object);
}

/* An inline function has an entry in each file that includes it. */
static void list(void)
{
	char text[200];

	for (order_entry *const *each = __start_order_entries; each < __stop_order_entries; each++) {
		name(text, sizeof text, *each);
		printf("%s: %s\n", text, names[(*each)->order]);
	}
	exit(0);
}

static int order_named(const char *text)
{
	for (int i = 0; i < (int)(sizeof names / sizeof *names); i++)
		if (strcmp(names[i], text) == 0)
			return i;
	fprintf(stderr, "no such order: %s\n", text);
	exit(2);
}

static void weaken(const char *wanted)
{
	const char *colon = strstr(wanted, ": ");
	int order = order_named(colon ? colon + 2 : wanted), found = 0;
	char text[200];

	for (order_entry *const *each = __start_order_entries; each < __stop_order_entries; each++) {
		name(text, sizeof text, *each);
		if (strlen(text) == (size_t)(colon - wanted) && strncmp(text, wanted, strlen(text)) == 0) {
			(*each)->order = order;
			found++;
		}
	}
	if (!found) {
		fprintf(stderr, "no such operation: %s\n", wanted);
		exit(2);
	}
}

__attribute__((constructor)) static void obey(void)
{
	if (getenv("LIST"))
		list();
	if (getenv("WEAKEN"))
		weaken(getenv("WEAKEN"));
}
