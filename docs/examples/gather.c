/* SPDX-License-Identifier: 0BSD
 *
 * gather - ask two services at once, and then a third one with both answers, all within 50 ms.
 *
 * Four cases: in time; a third service that fails, or is slow; a caller that has only 30 ms left; and two services
 * that both fail.
 *
 * Each channel has room for everything that may be sent into it. So a thread with an answer leaves it there and goes,
 * even if nobody waits for it any more. The clock is fake and jumps.
 */
#include <errno.h>
#include <leat.h>
#include <stdio.h>

typedef struct { leat_time takes; int answer, error; leat_context *context; leat_chan in, out, errors; } service;

static const char *reason(int error)
{
	return error == EIO ? "broken" : leat_strerror(error);
}

/* Send the answer to the input, or the error, unless it is too late. */
static void serve(void *of_service)
{
	service *self = of_service;
	leat_rx done = leat_context_done(self->context);
	int n;

	if (leat_recv_or(self->in.rx, &n, done) <= 0 || !leat_sleep_or(done, self->takes))
		return;
	n += self->answer;
	if (self->error)
		(void)leat_send(self->errors.tx, &self->error); /* there is room, for the answers too */
	else
		(void)leat_send(self->out.tx, &n);
}

/* Wait for the answers of two services, or of one (b is NULL), in any order. Returns 0 and their sum, or an error. */
static int wait_for(service *a, service *b, int *sum)
{
	enum { A, B, ERROR, DONE };
	int answers[2] = { 0 }, error = 0;
	leat_case on[] = { [A] = LEAT_RECV(a->out.rx, &answers[0]), [ERROR] = LEAT_RECV(a->errors.rx, &error),
	                   [DONE] = LEAT_READY(leat_context_done(a->context)) };

	if (b)
		on[B] = LEAT_RECV(b->out.rx, &answers[1]);
	for (int left = b ? 2 : 1; left > 0; left--) {
		int chosen = leat_select(on, LEAT_NEVER);

		if (chosen == ERROR || chosen == DONE)
			return chosen == ERROR ? error : leat_context_err(a->context);
	}
	*sum = answers[0] + answers[1];
	return 0;
}

/* a and b get their input at once, c when both have answered. */
static int process(service *services, int input, int *result)
{
	service *a = &services[0], *b = &services[1], *c = &services[2];
	int error, both;

	for (int i = 0; i < 3; i++)
		if (leat_go(serve, &services[i]) < 0)
			return errno;
	if (leat_send(a->in.tx, &input) <= 0 || leat_send(b->in.tx, &input) <= 0)
		return leat_cause(a->in) ? leat_cause(a->in) : leat_cause(b->in);
	error = wait_for(a, b, &both);
	if (!error && leat_send(c->in.tx, &both) <= 0)
		error = leat_cause(c->in);
	return error ? error : wait_for(c, NULL, result);
}

static int gather_and_process(leat_context *parent, service *services, int input, int *result)
{
	leat_context *context = leat_context_with_timeout(parent, LEAT_MS(50));
	leat_chan errors = leat_make(int, 2);
	int error;

	for (int i = 0; i < 3; i++) {
		services[i].context = context;
		services[i].in = leat_make(int, 1);
		services[i].out = leat_make(int, 1);
		services[i].errors = errors;
	}
	error = process(services, input, result);
	(void)leat_context_cancel(context);  /* 0: the context was over already */
	(void)leat_wait_all(LEAT_NEVER);     /* a service that still works uses things that are dropped now */
	for (int i = 0; i < 3; i++) {
		leat_drop(services[i].in);
		leat_drop(services[i].out);
	}
	leat_drop(errors);
	leat_context_drop(context);
	return error;
}

/* Show the result for a caller that itself has this much time. */
static void show(leat_time patience, service a, service b, service c)
{
	leat_time begin = leat_now();
	leat_context *caller = leat_context_with_timeout(leat_context_background(), patience);
	int result, error = gather_and_process(caller, (service[]){ a, b, c }, 1, &result);

	printf("after %d ms: ", (int)((leat_now() - begin) / LEAT_MS(1)));
	if (error)
		printf("%s\n", reason(error));
	else
		printf("%d\n", result);
	leat_context_drop(caller);
}

int main(void)
{
	service a = { .takes = LEAT_MS(20), .answer = 10 }, b = { .takes = LEAT_MS(10), .answer = 20 };
	service c = { .takes = LEAT_MS(20), .answer = 100 }, slow = { .takes = LEAT_MS(40), .answer = 100 };
	service broken = { .takes = LEAT_MS(15), .error = EIO };

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	show(LEAT_S(1), a, b, c);
	show(LEAT_S(1), a, b, broken);
	show(LEAT_S(1), a, b, slow);
	show(LEAT_MS(30), a, b, c);
	show(LEAT_S(1), broken, broken, c);
	return 0;
}
