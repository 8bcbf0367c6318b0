/* SPDX-License-Identifier: 0BSD
 *
 * gather.c - two parts of a request run at the same time, and a third one needs both results, all by a deadline. The
 * parts end in any order, fail, or are late. The answer is always the one that their times imply, it comes at its
 * time, and nothing hangs or is left.
 */
#include "../test.h"

enum { A, B, C, PARTS, FAILURES = 1 << PARTS };

struct part {
	leat_time takes;
	int error, result;
	leat_chan out;
};

/* How a request ends: when, and with an error or 0. */
struct end {
	leat_time after;
	int error;
};

static int work(leat_rx done, void *of_part)
{
	struct part *part = of_part;

	if (!leat_sleep_or(done, part->takes))
		return -ECANCELED;
	if (part->error)
		return -part->error;
	return leat_send_or(part->out.tx, &part->result, done) > 0 ? 0 : -ECANCELED;
}

/* Start c when a and b have sent their results, in any order. Returns the sum of all, or 0 if the group is over. */
static int sum_of(leat_errgroup *group, struct part *parts)
{
	enum { DONE = PARTS };
	int got[PARTS] = { 0 }, left = 2;
	leat_case on[] = { [A] = LEAT_RECV(parts[A].out.rx, &got[A]), [B] = LEAT_RECV(parts[B].out.rx, &got[B]),
	                   [C] = LEAT_RECV(parts[C].out.rx, &got[C]), [DONE] = LEAT_READY(leat_errgroup_done(group)) };

	check(leat_errgroup_go(group, work, &parts[A]) == 1 && leat_errgroup_go(group, work, &parts[B]) == 1);
	for (int chosen; (chosen = leat_select(on, LEAT_NEVER)) != C;) {
		if (chosen == DONE)
			return 0;
		if (--left == 0)
			check(leat_errgroup_go(group, work, &parts[C]) == 1);
	}
	return got[A] + got[B] + got[C];
}

static void sooner(struct end *end, leat_time after, int error)
{
	if (after < end->after)
		*end = (struct end){ after, error };
}

/* No two of these times are equal. */
static struct end end_of(const struct part *parts, leat_time patience)
{
	leat_time a = parts[A].takes, b = parts[B].takes, both = a > b ? a : b;
	struct end end = { both + parts[C].takes, parts[C].error };

	sooner(&end, parts[A].error ? a : LEAT_NEVER, parts[A].error);
	sooner(&end, parts[B].error ? b : LEAT_NEVER, parts[B].error);
	sooner(&end, patience, ETIMEDOUT);
	return end;
}

static void gather(struct part *parts, leat_time patience)
{
	struct end end = end_of(parts, patience);
	leat_rx done = leat_after(patience);
	leat_time begin = leat_now();
	leat_errgroup *group = leat_errgroup_make(done);
	int sum;

	for (int i = 0; i < PARTS; i++)
		parts[i].out = leat_make(int, capacity);
	sum = sum_of(group, parts);
	check(sum == (end.error ? 0 : 111));
	check(leat_errgroup_wait(group) == end.error);
	check(leat_now() - begin == end.after);
	for (int i = 0; i < PARTS; i++)
		leat_drop(parts[i].out);
	leat_drop(done);
}

static void in_any_order_with_any_failure(void)
{
	static const int errors[] = { EIO, EPIPE, ENOSPC }, results[] = { 1, 10, 100 };
	const leat_time takes_a[] = { LEAT_MS(10), LEAT_MS(30) };
	const leat_time patience[] = { LEAT_MS(5), LEAT_MS(15), LEAT_MS(25), LEAT_MS(35), LEAT_S(1) };

	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
	for (int run = 0; run < 2 * 5 * FAILURES; run++) {
		struct part parts[] = { { .takes = takes_a[run % 2] }, { .takes = LEAT_MS(20) }, { .takes = LEAT_MS(7) } };

		for (int i = 0; i < PARTS; i++) {
			parts[i].result = results[i];
			parts[i].error = (run / 10 & (1 << i)) != 0 ? errors[i] : 0;
		}
		gather(parts, patience[run / 2 % 5]);
	}
	leat_clock_real();
}

int main(int argc, char **argv)
{
	return RUN(in_any_order_with_any_failure);
}
