/* SPDX-License-Identifier: 0BSD
 *
 * debounce - search when the user has stopped typing: leat_debounce.
 *
 * A key comes every 100 ms, and a pause of a second after each word. The clock is fake, so that the program takes no
 * time.
 */
#include <leat.h>
#include <stdio.h>

static int type_a_key(void *arg, void *out)
{
	static const char *const typed[] = { "l", "le", "lea", "leat", "leat d", "leat de", "leat deb" };
	int *keys = arg;

	if (*keys == 7)
		return 0;
	leat_sleep(*keys == 4 ? LEAT_S(1) : LEAT_MS(100));
	*(const char **)out = typed[(*keys)++];
	return 1;
}

int main(void)
{
	int keys = 0, cause;
	leat_time begin;
	leat_rx texts;

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	begin = leat_now();
	texts = leat_debounce(LEAT_NIL, leat_repeat_fn(LEAT_NIL, const char *, type_a_key, &keys), LEAT_MS(300));
	for (const char *text; leat_recv(texts, &text) > 0;)
		printf("after %d ms: search for \"%s\"\n", (int)((leat_now() - begin) / LEAT_MS(1)), text);

	cause = leat_cause(texts);
	if (cause)
		fprintf(stderr, "debounce: %s\n", leat_strerror(cause));
	leat_drop(texts);
	return cause != 0;
}
