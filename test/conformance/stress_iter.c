/* SPDX-License-Identifier: 0BSD
 *
 * stress_iter.c - a client sends requests and takes all answers that are there, without waiting. A server loops over
 * the requests until no client is left. crossbeam has the same test. A loop over leat_recv is its iter, and a loop over
 * leat_recv_by(..., LEAT_NOW) is its try_iter.
 */
#include "../test.h"

enum { COUNT = 2000 };

static leat_chan requests, answers;

static void serve(void *nothing)
{
	int answered = 0;

	(void)nothing;
	for (int n; leat_recv(requests.rx, &n) > 0; answered++)
		if (leat_send(answers.tx, &(int){ -n }) < 1)
			break;
	check(answered >= COUNT);
	leat_drop(answers.tx);
	leat_drop(requests.rx);
}

/* The answers come in the order of the requests. */
static int take_answers(int heard)
{
	for (int n; heard < COUNT && leat_recv_by(answers.rx, &n, LEAT_NOW) > 0;)
		check(n == -(++heard));
	return heard;
}

/* There may be more requests than received answers. The rest is released when both sides have left. */
static void ask_until_all_is_heard(void)
{
	background server;
	int asked = 0, heard = 0;

	requests = leat_make(int, capacity);
	answers = leat_make(int, capacity);
	begin(&server, serve, NULL);
	while ((heard = take_answers(heard)) < COUNT) {
		int next = asked + 1;

		if (leat_send_by(requests.tx, &next, LEAT_NOW) == 1)
			asked++;
		else
			sched_yield();
	}
	check(asked >= COUNT);
	leat_drop(answers.rx);
	leat_drop(requests.tx);
	must_return(&server);
}

int main(int argc, char **argv)
{
	return RUN(ask_until_all_is_heard);
}
