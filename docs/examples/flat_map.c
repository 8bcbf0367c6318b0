/* SPDX-License-Identifier: 0BSD
 *
 * flat_map - make several values, or a stream, of each value: leat_flat_map, leat_emit_all.
 *
 * The function sends what it makes with the calls of a stage. `letters` sends single values. `twice` makes a stream of
 * its own stages for each value, and has all of it sent.
 */
#include <leat.h>
#include <stdio.h>

static int letters(void *arg, const void *in, leat_stage *stage)
{
	const char *const *word = in;

	(void)arg;
	for (const char *at = *word; *at; at++)
		if (!leat_emit(stage, &(char){ *at }))
			return 0; /* nobody wants more */
	return 1;
}

static int twice(void *done, const void *in, leat_stage *stage)
{
	const char *letter = in;
	leat_rx endless = leat_repeat(*(leat_rx *)done, sizeof *letter, letter, 1);

	return leat_emit_all(stage, leat_take(*(leat_rx *)done, endless, 2));
}

int main(void)
{
	leat_chan done = leat_make_unit();
	leat_rx words = leat_generator(done.rx, LEAT_VALUES(const char *, "to", "", "be"));
	leat_rx single = leat_flat_map(done.rx, words, 1, char, letters, NULL);
	leat_rx doubled = leat_flat_map(done.rx, single, 1, char, twice, &done.rx);
	int cause;

	for (char letter; leat_recv(doubled, &letter) > 0;)
		printf("%c", letter);
	printf("\n");

	cause = leat_cause(doubled);
	if (cause)
		fprintf(stderr, "flat_map: %s\n", leat_strerror(cause));
	leat_drop(doubled);
	leat_drop(done);
	return cause != 0;
}
