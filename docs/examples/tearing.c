/* SPDX-License-Identifier: 0BSD
 *
 * tearing - replace a value of two words as a whole: the book's ice cream makers, with leat_snapshot.
 *
 * An interface is two words: its functions and its object. If another thread reads while they are written, it may see
 * Ben's greeting with Jerry's name. So both words lie in one object, and a pointer to it is published in a snapshot. A
 * reader sees one object or the other.
 */
#include <leat.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

struct ice_cream_maker {
	int (*hello)(const char *name); /* returns 1 if the name is its own */
	const char *name;
};

static int ben_hello(const char *name) { return strcmp(name, "Ben") == 0; }
static int jerry_hello(const char *name) { return strcmp(name, "Jerry") == 0; }

static struct ice_cream_maker ben = { ben_hello, "Ben" }, jerry = { jerry_hello, "Jerry" };
static atomic_int greetings, mixed_up;

/* Ben and Jerry take turns. */
static void publish(void *snapshot)
{
	for (int i = 0; i < 10000; i++)
		leat_snapshot_publish(snapshot, i % 2 ? &jerry : &ben);
}

static void greet(void *snapshot)
{
	for (int i = 0; i < 10000; i++) {
		leat_reading reading;
		const struct ice_cream_maker *maker = leat_snapshot_read(snapshot, &reading);

		atomic_fetch_add(&greetings, 1);
		if (!maker->hello(maker->name))
			atomic_fetch_add(&mixed_up, 1);
		leat_snapshot_let_go(&reading);
	}
}

int main(void)
{
	leat_snapshot *maker = leat_snapshot_make(&ben, NULL); /* they are never freed */

	if (!maker || leat_go(publish, maker) < 0 || leat_go(greet, maker) < 0 || leat_go(greet, maker) < 0) {
		perror("tearing");
		return 1;
	}
	if (leat_wait_all(LEAT_NEVER) < 0)
		return 1;
	printf("%d greetings, %d by one with the name of the other\n", atomic_load(&greetings), atomic_load(&mixed_up));
	leat_snapshot_drop(maker);
	return 0;
}
