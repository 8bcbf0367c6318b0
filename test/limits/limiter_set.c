/* SPDX-License-Identifier: 0BSD
 *
 * limiter_set.c - limiters that must all agree. An event gets the first time at which all of them allow it, and each
 * limiter keeps its promise. If one limiter refuses, nothing is taken from the others. Also tested: sets of sets, sets
 * that share members, several threads that use them in any order, and that the caller's array stays as it was.
 */
#include "limiters.h"

static leat_token_bucket second, minute;
static leat_leaky_bucket leaky;
static leat_sliding_log slide;
static leat_fixed_window window;
static leat_limiter_set set, other;
static leat_limiter *const limiter = &set.limiter;
static const leat_rx nil;

static void begin_of(leat_limiter_set *one, size_t count, leat_limiter **members)
{
	check(leat_limiter_set_init(one, members, count) == 1);
}

static void begin_members(void)
{
	check(leat_token_bucket_init(&second, leat_per(2, LEAT_S(1)), 1) == 1);
	check(leat_token_bucket_init(&minute, leat_per(10, LEAT_S(60)), 10) == 1);
	check(leat_leaky_bucket_init(&leaky, 1, 100) == 1);
	check(leat_sliding_log_init(&slide, 10, LEAT_S(20)) == 1);
	check(leat_fixed_window_init(&window, 6, LEAT_S(10)) == 1);
}

static void end_all(void)
{
	leat_limiter_set_end(&set);
	leat_limiter_set_end(&other);
	leat_sliding_log_end(&slide);
	leat_limiter_end(&second.limiter);
	leat_limiter_end(&minute.limiter);
	leat_limiter_end(&leaky.limiter);
	leat_limiter_end(&window.limiter);
}

static void nonsense(void)
{
	leat_limiter *members[] = { &second.limiter, NULL };

	begin_members();
	check(leat_limiter_set_init(&set, members, 2) == -1 && errno == EINVAL);
	check(leat_limiter_set_init(&set, NULL, 2) == -1 && errno == EINVAL);
	begin_of(&set, 0, NULL); /* a set without members refuses nothing */
	check(leat_limiter_allow(limiter, 1000) && leat_limiter_rate(limiter) == (double)INFINITY);
	end_all();
}

/* Two events a second, and ten a minute. */
static void as_the_book_has_it(void)
{
	leat_limiter *members[] = { &second.limiter, &minute.limiter };

	begin_members();
	begin_of(&set, 2, members);
	check(members[0] == &second.limiter && members[1] == &minute.limiter);
	check(leat_limiter_rate(limiter) == leat_limiter_rate(&minute.limiter));
	for (int i = 0; i < 10; i++)
		check(reserved_after(limiter, 1) == LEAT_MS(500 * i));
	for (int i = 1; i <= 10; i++)
		check(reserved_after(limiter, 1) == LEAT_S(6 * i));
	check(is_refused(limiter, 2, EINVAL));
	end_all();
}

/* The other members still have the events that one member refused. */
static void a_refusal_costs_nothing(void)
{
	leat_limiter *members[] = { &second.limiter, &minute.limiter, &slide.limiter, &leaky.limiter };

	begin_members();
	begin_of(&set, 4, members);
	check(leat_limiter_allow(&minute.limiter, 10));
	for (int i = 0; i < 3; i++) {
		check(!leat_limiter_allow(limiter, 1) && is_refused(limiter, 2, EINVAL));
		check(leat_limiter_wait(limiter, 1, nil, leat_in(LEAT_S(6) - 1)) == -1 && errno == ETIMEDOUT);
	}
	check(leat_limiter_allow(&second.limiter, 1) && leat_limiter_allow(&slide.limiter, 10));
	check(leat_limiter_allow(&leaky.limiter, 1));
	end_all();
}

static void what_was_given_up_goes_back_to_all(void)
{
	leat_limiter *members[] = { &second.limiter, &minute.limiter };
	leat_time start = leat_now();
	leat_rx done = leat_after(LEAT_MS(100));

	begin_members();
	begin_of(&set, 2, members);
	check(leat_limiter_allow(limiter, 1));
	check(leat_limiter_wait(limiter, 1, done, LEAT_NEVER) == -1 && errno == ECANCELED);
	check(leat_now() == start + LEAT_MS(100) && reserved_after(limiter, 1) == LEAT_MS(400));
	leat_limiter_give_back(limiter, 1, start + LEAT_MS(500));
	check(reserved_after(&second.limiter, 1) == LEAT_MS(400) && leat_limiter_allow(&minute.limiter, 9));
	check(!leat_limiter_allow(&minute.limiter, 1));
	leat_drop(done);
	end_all();
}

/* The window would allow six events at once, but the bucket spreads them. */
static void what_comes_together_is_spread(void)
{
	leat_limiter *members[] = { &second.limiter, &window.limiter };

	begin_members();
	begin_of(&set, 2, members);
	for (int i = 0; i < 6; i++)
		check(reserved_after(limiter, 1) == LEAT_MS(500 * i));
	for (int i = 0; i < 6; i++)
		check(reserved_after(limiter, 1) == LEAT_S(10) + LEAT_MS(500 * i));
	end_all();
}

/* An event that waits for one member keeps its place in the others. An event that is given back is free at once. */
static void in_the_order_of_coming(void)
{
	leat_limiter *members[] = { &slide.limiter, &minute.limiter };
	leat_time start = leat_now();

	begin_members();
	begin_of(&set, 2, members);
	check(leat_limiter_allow(&minute.limiter, 10) && leat_limiter_allow(&slide.limiter, 1));
	check(reserved_after(limiter, 1) == LEAT_S(6) && reserved_after(&slide.limiter, 1) == LEAT_S(6));
	leat_limiter_give_back(&slide.limiter, 1, start + LEAT_S(6));
	leat_limiter_give_back(limiter, 1, start + LEAT_S(6));
	check(leat_limiter_allow(&slide.limiter, 1) && leat_limiter_allow(&slide.limiter, 8));
	check(!leat_limiter_allow(&slide.limiter, 1));
	end_all();
}

/* Three events happen later than the bucket demands. The bucket counts them at the time when they happen. */
static void a_late_one_is_counted_when_it_happens(void)
{
	leat_limiter *members[] = { &slide.limiter, &second.limiter };
	leat_time start = leat_now();

	check(leat_sliding_log_init(&slide, 3, LEAT_S(9)) == 1 && leat_token_bucket_init(&second, 1, 5) == 1);
	begin_of(&set, 2, members);
	check(leat_limiter_allow(&slide.limiter, 3) && leat_limiter_allow(&second.limiter, 5));
	check(reserved_after(&second.limiter, 5) == LEAT_S(5) && reserved_after(limiter, 3) == LEAT_S(9));
	leat_limiter_give_back(&second.limiter, 5, start + LEAT_S(5));
	check(reserved_after(&second.limiter, 2) == LEAT_S(9) && reserved_after(&second.limiter, 1) == LEAT_S(10));
	end_all();
}

/* Two events wait in the queue of the leaky bucket, and not more, although they wait for the other member. The leaky
 * bucket lies before that member in memory, or behind it. */
static void a_queue_holds_as_many_as_it_says(void)
{
	struct { leat_leaky_bucket before; leat_token_bucket strict; leat_leaky_bucket behind; } all;
	leat_leaky_bucket *const queues[] = { &all.before, &all.behind };

	for (int i = 0; i < 2; i++) {
		leat_limiter *const queue = &queues[i]->limiter;
		leat_time start = leat_now();

		check(leat_leaky_bucket_init(queues[i], 10, 2) == 1);
		check(leat_token_bucket_init(&all.strict, leat_per(1, LEAT_S(10)), 1) == 1);
		begin_of(&set, 2, (leat_limiter *[]){ queue, &all.strict.limiter });
		for (int n = 0; n < 3; n++)
			check(reserved_after(limiter, 1) == LEAT_S(10 * n));
		check(is_refused(limiter, 1, EAGAIN) && is_refused(queue, 1, EAGAIN));
		check(is_refused(limiter, 2, EINVAL));
		leat_limiter_give_back(limiter, 1, start + LEAT_S(20));
		check(reserved_after(queue, 1) == LEAT_MS(10100) && is_refused(limiter, 1, EAGAIN));
		check(leat_clock_advance(LEAT_S(20)) == 1 && reserved_after(queue, 1) == 0);
		leat_limiter_end(queue);
		leat_limiter_end(&all.strict.limiter);
		leat_limiter_set_end(&set);
	}
}

/* Two threads that wait for the other member have all places in the queue of the leaky bucket, too. */
static void a_queue_of_waiting_threads(void)
{
	leat_limiter *members[] = { &leaky.limiter, &minute.limiter };
	struct visitor visitors[4] = { { .n = 1 }, { .n = 1 }, { .n = 1 }, { .n = 1 } };
	leat_time start = leat_now();

	begin_members();
	check(leat_leaky_bucket_init(&leaky, 10, 2) == 1 && leat_token_bucket_init(&minute, 0.1, 1) == 1);
	begin_of(&set, 2, members);
	visit_all(visitors, 4, limiter);
	check(visitors[3].error == EAGAIN && visitors[3].when < start + 10);
	check(is_refused(&leaky.limiter, 1, EAGAIN) && leat_limiter_wait(&leaky.limiter, 2, nil, LEAT_NEVER) == -1);
	check(errno == EAGAIN && leat_wait_all(LEAT_NEVER) == 1);
	for (int i = 0; i < 3; i++)
		check(visitors[i].error == 0 && visitors[i].when == start + LEAT_S(10 * i));
	end_all();
}

/* Threads that wait for sets give up. Then the sets and their members are as if these threads had never come. */
static void who_gives_up_has_taken_nothing(void)
{
	leat_limiter *members[] = { &second.limiter, &minute.limiter, &leaky.limiter, &slide.limiter, &window.limiter };
	leat_time start = leat_now();
	leat_rx done = leat_after(LEAT_MS(900));
	struct visitor visitors[9];

	begin_members();
	check(leat_token_bucket_init(&second, 1, 1) == 1);
	begin_of(&set, 4, members);
	begin_of(&other, 4, members + 1);
	for (int i = 0; i < 9; i++)
		visitors[i] =
			(struct visitor){ .limiter = i % 3 ? &set.limiter : &other.limiter, .n = 1, .done = done };
	check(leat_limiter_allow(limiter, 1));
	visit_all(visitors, 9, NULL);
	check(leat_wait_all(LEAT_NEVER) == 1 && leat_now() == start + LEAT_MS(900));
	for (int i = 0; i < 9; i++)
		check(visitors[i].error == ECANCELED);
	check(reserved_after(limiter, 1) == LEAT_MS(100) && reserved_after(limiter, 1) == LEAT_MS(1100));
	leat_limiter_give_back(limiter, 1, start + LEAT_S(1));
	leat_limiter_give_back(limiter, 1, start + LEAT_S(2));
	for (int i = 0; i < 5; i++)
		check(reserved_after(members[i], 1) == (i == 0 || i == 2 ? LEAT_MS(100) : 0));
	leat_drop(done);
	end_all();
}

/* The first of each set stands in line at the member that both share. So the sets take turns, and threads that use the
 * member alone are not overtaken by those that come later. */
static void sets_take_turns(void)
{
	leat_limiter *members[] = { &leaky.limiter, &slide.limiter, &minute.limiter };
	struct visitor visitors[] = {
		{ .limiter = &set.limiter, .n = 1 }, { .limiter = &set.limiter, .n = 1 },
		{ .limiter = &other.limiter, .n = 1 }, { .limiter = &slide.limiter, .n = 1 },
		{ .limiter = &set.limiter, .n = 1 }, { .limiter = &other.limiter, .n = 1 },
	};
	leat_time start = leat_now(), after[] = { 1, 4, 2, 3, 6, 5 };

	begin_members();
	leat_sliding_log_end(&slide);
	check(leat_sliding_log_init(&slide, 1, LEAT_S(1)) == 1 && leat_leaky_bucket_init(&leaky, 1000, 10) == 1);
	begin_of(&set, 2, members);
	begin_of(&other, 2, members + 1);
	check(leat_limiter_allow(&slide.limiter, 1));
	visit_all(visitors, 6, NULL);
	check(!leat_limiter_allow(limiter, 1) && !leat_limiter_allow(&slide.limiter, 1));
	check(!leat_limiter_allow(&leaky.limiter, 1)); /* the first of the set stands in line here, too */
	check(leat_wait_all(LEAT_NEVER) == 1);
	for (int i = 0; i < 6; i++)
		check(visitors[i].error == 0 && visitors[i].when == start + LEAT_S(after[i]));
	end_all();
}

/* The member that puts the first off longest gets a new limit. */
static void a_new_limit_wakes_the_first(void)
{
	leat_limiter *members[] = { &second.limiter, &minute.limiter };
	struct visitor visitors[] = { { .n = 1 }, { .n = 1 } };
	leat_time start = leat_now();

	begin_members();
	begin_of(&set, 2, members);
	check(leat_limiter_allow(&minute.limiter, 10));
	visit_all(visitors, 2, limiter);
	check(leat_wait_by(nil, start + LEAT_S(1)) == -1);
	check(leat_token_bucket_set(&minute, 1000, 10) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(visitors[0].error == 0 && visitors[0].when >= start + LEAT_S(1) &&
	      visitors[0].when < start + LEAT_MS(1001));
	check(visitors[1].error == 0 && visitors[1].when < start + LEAT_MS(1501));
	end_all();
}

/* A thread waits for one member while it is the first of the set; then done comes. */
static void given_up_between_two_members(void)
{
	leat_limiter *members[] = { &second.limiter, &minute.limiter };
	leat_rx done = leat_after(LEAT_S(2));
	struct visitor visitors[] = {
		{ .limiter = &minute.limiter, .n = 1 }, { .limiter = &second.limiter, .n = 1 },
		{ .limiter = &set.limiter, .n = 1, .done = done }, { .limiter = &set.limiter, .n = 1 },
		{ .limiter = &minute.limiter, .n = 1 }, { .limiter = &second.limiter, .n = 1 },
	};
	leat_time start = leat_now();

	begin_members();
	check(leat_token_bucket_init(&second, 0.2, 1) == 1);
	begin_of(&set, 2, members);
	check(leat_limiter_allow(&minute.limiter, 10) && leat_limiter_allow(&second.limiter, 1));
	visit_all(visitors, 6, NULL);
	check(leat_wait_all(LEAT_NEVER) == 1 && visitors[2].error == ECANCELED);
	check(visitors[2].when == start + LEAT_S(2) && visitors[0].when == start + LEAT_S(6));
	check(visitors[1].when == start + LEAT_S(5));
	check(visitors[3].error == 0 && visitors[4].error == 0 && visitors[5].error == 0);
	leat_drop(done);
	end_all();
}

static void the_strictest_is_told(void)
{
	leat_limiter *members[] = { &second.limiter, &minute.limiter, &leaky.limiter };

	begin_members();
	begin_of(&set, 3, members);
	begin_of(&other, 0, NULL);
	check(leat_limiter_burst(limiter) == 1 && leat_limiter_burst(&minute.limiter) == 10);
	check(leat_limiter_burst(&leaky.limiter) == 101 && leat_limiter_burst(&window.limiter) == 6);
	check(leat_limiter_burst(&slide.limiter) == 10 && leat_limiter_burst(&other.limiter) == LONG_MAX);
	check(leat_limiter_wait(&other.limiter, LONG_MAX, nil, LEAT_NEVER) == 1);
	end_all();
}

/* A member that occurs twice is asked once. */
static void sets_of_sets(void)
{
	leat_limiter *inner[] = { &second.limiter, &leaky.limiter };
	leat_limiter *outer[] = { &set.limiter, &minute.limiter, &second.limiter, &set.limiter };

	begin_members();
	begin_of(&set, 2, inner);
	begin_of(&other, 4, outer);
	check(leat_limiter_rate(&set.limiter) == 1.0);
	check(leat_limiter_rate(&other.limiter) == leat_limiter_rate(&minute.limiter));
	for (int i = 0; i < 10; i++)
		check(reserved_after(&other.limiter, 1) == LEAT_S(i));
	check(reserved_after(&set.limiter, 1) == LEAT_S(10) && reserved_after(&other.limiter, 1) == LEAT_S(11));
	end_all();
}

static void whatever_is_asked(void)
{
	leat_limiter *members[] = { &second.limiter, &leaky.limiter, &slide.limiter, &minute.limiter, &window.limiter };

	for (int i = 0; i < 20; i++) {
		leat_time start = leat_now();

		begin_members();
		begin_of(&set, 2, &members[i % 4]);
		request_at_random(limiter, 1, LEAT_MS(1500));
		if (i % 4 == 0)
			must_keep_to(2, 1);
		if (i % 4 == 0 || i % 4 == 1)
			must_keep_to(1, 1);
		if (i % 4 == 1 || i % 4 == 2)
			must_fit_into_spans(10, LEAT_S(20));
		if (i % 4 == 2 || i % 4 == 3)
			must_keep_to(leat_per(10, LEAT_S(60)), 10);
		if (i % 4 == 3)
			must_fit_into_windows(6, LEAT_S(10), start);
		end_all();
	}
}

/* Limiters of all kinds. The threads ask them through sets that list them in either direction. */
static void share(void *of_set)
{
	for (int i = 0; i < 2000; i++) {
		leat_time when;

		if (leat_limiter_reserve(of_set, 1, &when) > 0)
			leat_limiter_give_back(of_set, 1, when);
		(void)leat_limiter_wait(of_set, 1, nil, leat_in(LEAT_MS(1)));
		(void)leat_limiter_allow(of_set, 1);
		(void)leat_limiter_rate(of_set);
	}
}

static void several_threads(void)
{
	leat_limiter *members[] = { &second.limiter, &minute.limiter, &leaky.limiter, &slide.limiter, &window.limiter };
	leat_limiter *backwards[] = { members[4], members[3], members[2], members[1], members[0] };
	background one, two;

	begin_members();
	begin_of(&set, 5, members);
	begin_of(&other, 5, backwards);
	begin(&one, share, &set.limiter);
	begin(&two, share, &other.limiter);
	share(&other.limiter);
	must_return(&one);
	must_return(&two);
	check(leat_token_bucket_set(&second, 1000, 1000) == 1);
	end_all();
	begin_members();
	check(leat_token_bucket_init(&second, 1, 1000) == 1 && leat_token_bucket_init(&minute, 1, 700) == 1);
	begin_of(&set, 2, members);
	check(allowed_by_several(limiter) == 700);
	end_all();
}

int main(int argc, char **argv)
{
	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	return RUN(nonsense, as_the_book_has_it, a_refusal_costs_nothing, what_was_given_up_goes_back_to_all,
	           what_comes_together_is_spread, in_the_order_of_coming,
	           a_late_one_is_counted_when_it_happens, a_queue_holds_as_many_as_it_says,
	           a_queue_of_waiting_threads, who_gives_up_has_taken_nothing, sets_take_turns,
	           a_new_limit_wakes_the_first, given_up_between_two_members, the_strictest_is_told, sets_of_sets,
	           whatever_is_asked, several_threads);
}
