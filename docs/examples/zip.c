/* SPDX-License-Identifier: 0BSD
 *
 * zip - put the values of several streams side by side: leat_zip.
 *
 * The streams may have different types. The first one that is over ends the rows: here it is that of the names. So the
 * stream of numbers need not end.
 */
#include <leat.h>
#include <stdio.h>

struct line { int number; const char *name; double price; };

static int count(void *last, void *out)
{
	*(int *)out = ++*(int *)last;
	return 1;
}

static int side_by_side(void *arg, const void *const *in, void *out)
{
	struct line *line = out;

	(void)arg;
	line->number = *(const int *)in[0];
	line->name = *(const char *const *)in[1];
	line->price = *(const double *)in[2];
	return 1;
}

int main(void)
{
	leat_chan done = leat_make_unit();
	int last = 0, cause;
	leat_rx numbers = leat_repeat_fn(done.rx, int, count, &last);
	leat_rx names = leat_generator(done.rx, LEAT_VALUES(const char *, "apple", "bread"));
	leat_rx prices = leat_generator(done.rx, LEAT_VALUES(double, 0.5, 3.25, 7));
	leat_rx lines = leat_zip(done.rx, struct line, LEAT_RXS(numbers, names, prices), side_by_side, NULL);

	for (struct line line; leat_recv(lines, &line) > 0;)
		printf("%d. %s %.2f\n", line.number, line.name, line.price);

	cause = leat_cause(lines);
	if (cause)
		fprintf(stderr, "zip: %s\n", leat_strerror(cause));
	leat_drop(lines);
	leat_drop(done.rx);
	leat_wait_gone(done.tx, LEAT_NEVER); /* the source of the numbers may still use `last` until then */
	leat_drop(done.tx);
	return cause != 0;
}
