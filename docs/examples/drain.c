/* SPDX-License-Identifier: 0BSD
 *
 * drain - the end of a pipeline whose values nobody wants: leat_drain discards them, and says why the stream ended.
 */
#include <leat.h>
#include <stdio.h>

/* The purpose of the pipeline. */
static int greet(void *arg, const void *in, void *out)
{
	(void)arg;
	(void)out; /* the output has no bytes */
	return printf("good morning, %s\n", *(const char *const *)in) < 0 ? -errno : 1;
}

int main(void)
{
	leat_type nothing = { "nothing", 0, NULL, NULL };
	leat_chan done = leat_make_unit();
	leat_rx names = leat_generator(done.rx, LEAT_VALUES(const char *, "Ada", "Tony", "Rob"));
	leat_rx greeted = leat_map_of(done.rx, names, &nothing, greet, NULL);
	int cause = leat_drain(greeted);

	if (cause)
		fprintf(stderr, "drain: %s\n", leat_strerror(cause));
	leat_drop(done);
	return cause != 0;
}
