/* SPDX-License-Identifier: 0BSD
 *
 * distinct - leave out values that came lately: leat_distinct.
 *
 * The number says how many keys the stage remembers. With 1 it compares a value with the one before it, as uniq does.
 * With SIZE_MAX it remembers all of them, and its memory grows.
 */
#include <leat.h>
#include <stdio.h>
#include <string.h>

static int by_text(void *arg, const void *in, leat_key *key)
{
	const char *text = *(const char *const *)in;

	(void)arg;
	*key = (leat_key){ text, strlen(text) };
	return 0;
}

static int show(size_t n)
{
	leat_rx words = leat_generator(LEAT_NIL, LEAT_VALUES(const char *, "up", "up", "down", "up", "down", "down"));
	leat_rx distinct = leat_distinct(LEAT_NIL, words, n, by_text, NULL);
	int cause;

	for (const char *word; leat_recv(distinct, &word) > 0;)
		printf("%s ", word);
	cause = leat_cause(distinct);
	printf("%s\n", cause ? leat_strerror(cause) : "");
	leat_drop(distinct);
	return cause;
}

int main(void)
{
	return show(1) || show(SIZE_MAX);
}
