/* SPDX-License-Identifier: 0BSD
 *
 * context - a deadline in one part of a program cancels another part: leat_context.
 *
 * In the book's greeter, a greeting and a farewell each take a minute to learn the locale. The greeting allows itself
 * one second. When that has passed, it cancels the farewell too, because nobody wants a farewell alone.
 *
 * The clock is fake and jumps, so the second takes no time.
 * The book: P41, fig-greeter-with-context.go
 */
#include <errno.h>
#include <leat.h>
#include <stdio.h>

/* Returns 0, or an errno value that says why not. */
static int locale(leat_context *context)
{
	leat_rx minute = leat_after(LEAT_S(60));
	leat_case on[] = { LEAT_READY(leat_context_done(context)), LEAT_WAIT(minute) };
	int chosen = leat_select_first(on, LEAT_NEVER);

	leat_drop(minute);
	return chosen == 0 ? leat_context_err(context) : 0;
}

static int greeting(leat_context *parent)
{
	leat_context *context = leat_context_with_timeout(parent, LEAT_S(1));
	int error = locale(context);

	leat_context_drop(context);
	return error;
}

static void print_greeting(void *context)
{
	int error = greeting(context);

	if (!error) {
		printf("hello world!\n");
		return;
	}
	printf("cannot print greeting: context %s\n", leat_strerror(error));
	(void)leat_context_cancel(context); /* 0: the context was over already */
}

static void print_farewell(void *context)
{
	int error = locale(context);

	if (error)
		printf("cannot print farewell: context %s\n", leat_strerror(error));
	else
		printf("goodbye world!\n");
}

int main(void)
{
	leat_context *context;
	int failed;

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	context = leat_context_with_cancel(leat_context_background());
	failed = leat_go(print_greeting, context) < 0 || leat_go(print_farewell, context) < 0;
	if (failed)
		fprintf(stderr, "context: %s\n", leat_strerror(errno));
	failed |= leat_wait_all(LEAT_NEVER) < 0;
	leat_context_drop(context);
	return failed;
}
