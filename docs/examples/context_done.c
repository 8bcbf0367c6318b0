/* SPDX-License-Identifier: 0BSD
 *
 * context_done - the book's greeter before it has contexts: both parts know only done, which nobody closes.
 *
 * So after a minute both have what they want. The clock is fake and jumps, so the minute takes no time.
 * The book: P42, fig-greeter-with-done-chan.go
 */
#include <errno.h>
#include <leat.h>
#include <stdio.h>

struct greeter { leat_rx done; const char *word; char line[32]; };

/* Returns 0, or an errno value that says why not. */
static int locale(leat_rx done)
{
	leat_rx minute = leat_after(LEAT_S(60));
	leat_case on[] = { LEAT_READY(done), LEAT_WAIT(minute) };
	int chosen = leat_select_first(on, LEAT_NEVER);

	leat_drop(minute);
	return chosen == 0 ? ECANCELED : 0;
}

static void greet(void *of_greeter)
{
	struct greeter *self = of_greeter;
	int error = locale(self->done);

	if (error)
		snprintf(self->line, sizeof self->line, "%s", leat_strerror(error));
	else
		snprintf(self->line, sizeof self->line, "%s world!", self->word);
}

int main(void)
{
	leat_chan done = leat_make_unit();
	struct greeter hello = { done.rx, "hello", "" }, goodbye = { done.rx, "goodbye", "" };
	int failed = leat_cause(done) || leat_clock_fake() < 0 || leat_clock_run() < 0;

	failed |= leat_go(greet, &hello) < 0 || leat_go(greet, &goodbye) < 0;
	if (failed)
		fprintf(stderr, "context_done: %s\n", leat_strerror(errno));
	failed |= leat_wait_all(LEAT_NEVER) < 0;
	printf("%s\n%s\n", hello.line, goodbye.line);
	leat_drop(done);
	return failed;
}
