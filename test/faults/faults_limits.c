/* SPDX-License-Identifier: 0BSD
 *
 * faults_limits.c - allocations and thread starts fail in limiters and in their stage. A limiter whose init failed can
 * be ended.
 */
#include "faults.h"

static const leat_rx nil;

static int run_sliding_log(void)
{
	leat_sliding_log events;
	int cause = leat_sliding_log_init(&events, 10, LEAT_S(1)) < 0 ? errno : 0;

	if (!cause)
		check(leat_limiter_allow(&events.limiter, 10) && !leat_limiter_allow(&events.limiter, 1));
	leat_sliding_log_end(&events);
	return cause;
}

static int run_limiter_set(void)
{
	leat_token_bucket one, other;
	leat_limiter *members[] = { &one.limiter, &other.limiter };
	leat_limiter_set set;
	int cause;

	check(leat_token_bucket_init(&one, 1, 3) == 1 && leat_token_bucket_init(&other, 1, 2) == 1);
	cause = leat_limiter_set_init(&set, members, 2) < 0 ? errno : 0;
	if (!cause)
		check(leat_limiter_allow(&set.limiter, 2) && !leat_limiter_allow(&set.limiter, 1));
	leat_limiter_set_end(&set);
	return cause;
}

/* A reservation is written into all members, or into none. Without reservations they have no memory. */
static int run_reserve(void)
{
	leat_token_bucket bucket;
	leat_fixed_window window;
	leat_limiter_set set;
	leat_time when = 7;
	int cause;

	check(leat_token_bucket_init(&bucket, 1, 1) == 1 && leat_fixed_window_init(&window, 9, LEAT_S(9)) == 1);
	if (leat_limiter_set_init(&set, (leat_limiter *[]){ &bucket.limiter, &window.limiter }, 2) < 0)
		return errno;
	check(leat_limiter_allow(&set.limiter, 1));
	cause = leat_limiter_reserve_at(&set.limiter, 1, LEAT_NOW, LEAT_NEVER, &when) < 0 ? errno : 0;
	check(cause == 0 || (when == 7 && leat_limiter_allow(&window.limiter, 8)));
	check(cause == 0 || (!bucket.limiter.reserved_ && !window.limiter.reserved_));
	leat_limiter_set_end(&set);
	leat_limiter_end(&bucket.limiter);
	leat_limiter_end(&window.limiter);
	return cause;
}

/* The source has no end. So no thread ends before the others have started, and none is reused. */
static int run_limit(void)
{
	static leat_token_bucket bucket; /* static, because a stage may outlive this call by a little */
	leat_rx out;
	int cause, count = 0;

	check(leat_token_bucket_init(&bucket, 1e5, 1) == 1);
	out = leat_limit(nil, leat_buffer(leat_repeat(nil, LEAT_VALUES(int, 0, 1)), capacity), &bucket.limiter);
	out = leat_take(nil, out, 4);
	for (int n; leat_recv(out, &n) > 0; count++)
		check(n == count % 2);
	cause = leat_cause(out);
	check(count == (cause ? 0 : 4));
	leat_drop(out);
	return cause;
}

static void without_memory(void)
{
	check(fail_each(&allocations, ENOMEM, run_sliding_log) == 1);
	check(fail_each(&allocations, ENOMEM, run_limiter_set) == 1);
	check(fail_each(&allocations, ENOMEM, run_reserve) == 3);
	check(fail_each(&allocations, ENOMEM, run_limit) >= 6);
}

static void without_threads(void)
{
	check(fail_each(&starts, EAGAIN, run_limit) >= 3);
}

int main(int argc, char **argv)
{
	return RUN(without_memory, without_threads);
}
