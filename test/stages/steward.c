/* SPDX-License-Identifier: 0BSD
 *
 * steward.c - leat_steward leaves a ward alone while it pulses. It restarts a ward that is silent, or that ends,
 * without spinning. The new ward starts when the old one has ended, or when the grace time is over. Restarts are
 * limited in number, and come at growing intervals. The ward ends with its steward. A steward pulses too, so it can
 * have a steward.
 *
 * All tests run on a fake clock that runs by itself.
 */
#include "../test.h"

#include <limits.h>

static const leat_rx nil;

static void pass_time(leat_time duration)
{
	check(leat_wait_by(nil, leat_in(duration)) == -1 && errno == ETIMEDOUT);
}

/* Wards and stewards point to variables of the test, so none of them may be left. */
static void end(leat_rx pulses)
{
	leat_drop(pulses);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

/* ------------------------------------------------------------------------------------------------ a ward -- */

/* A ward pulses `pulses` times, and then is silent or ends. When it is told to end, it takes `lingers` to do so. */
struct ward {
	long pulses;            /* negative: for ever */
	int silent;             /* after the last pulse it is silent; else it ends */
	leat_time lingers;
	leat_time interval;     /* the interval with which it was started */
	leat_time began[50];    /* when each ward was started */
	atomic_int starts, running, most_running;
};

static void ward_body(leat_stage *stage, void *arg)
{
	struct ward *ward = *(struct ward **)arg;
	leat_time next = leat_now();

	for (long n = 0; n != ward->pulses && leat_running(stage); n++) {
		check(leat_stage_select(stage, NULL, 0, next += ward->interval) == -1);
		if (errno == ECANCELED || leat_emit_by(stage, leat_scratch(stage), LEAT_NOW) == 0)
			break;
	}
	if (ward->silent)
		(void)leat_stage_select(stage, NULL, 0, LEAT_NEVER);
	if (ward->lingers)
		pass_time(ward->lingers);
}

static void ward_ends(void *of_ward)
{
	atomic_fetch_sub(&(*(struct ward **)of_ward)->running, 1);
}

static leat_rx ward_start(leat_rx done, leat_time interval, void *arg)
{
	leat_type counted = { "ward", sizeof(struct ward *), NULL, ward_ends };
	struct ward *ward = arg;
	int run = atomic_fetch_add(&ward->running, 1) + 1;

	if (run > atomic_load(&ward->most_running))
		atomic_store(&ward->most_running, run);
	ward->interval = interval;
	ward->began[atomic_fetch_add(&ward->starts, 1) % 50] = leat_now();
	return leat_stage_start(&(leat_plan){ .name = "ward", .done = done, .type = LEAT_TYPE(int), .body = ward_body,
	                                      .arg = &ward, .arg_type = &counted });
}

/* ------------------------------------------------------------------------------------------- restarts or not -- */

static void keep_word(void *said, const char *what)
{
	const char *words[] = { "too", "gives up ", "ward e", "ended ", "ward u", "silent ", "former", "grace " };

	for (int i = 0; i < 8; i += 2)
		if (strstr(what, words[i]) == what)
			strcat(said, words[i + 1]);
}

static void a_ward_that_pulses_is_left_alone(void)
{
	struct ward ward = { .pulses = -1 };
	leat_stewardship plan = { .ward = ward_start, .arg = &ward, .timeout = LEAT_MS(3) };
	leat_rx done = leat_after(LEAT_S(1)), pulses = leat_steward(done, LEAT_MS(100), &plan);
	leat_time begin = leat_now();

	for (int i = 1; i <= 9; i++) {
		check(leat_wait(pulses) == 1);
		check(leat_now() == begin + i * LEAT_MS(100));
	}
	while (leat_wait(pulses) > 0)
		;
	check(leat_cause(pulses) == ETIMEDOUT && leat_now() == begin + LEAT_S(1));
	check(atomic_load(&ward.starts) == 1 && ward.interval == LEAT_US(1500));
	end(pulses);
	leat_drop(done);
}

/* Two pulses, one each second, then silence. The ward is restarted 4 s after its start. */
static void a_silent_ward_is_restarted(void)
{
	char said[100] = "";
	struct ward ward = { .pulses = 2, .silent = 1 };
	leat_stewardship plan = { .ward = ward_start, .arg = &ward, .timeout = LEAT_S(2), .restarts = 3,
	                          .grace = LEAT_S(100), .log = keep_word, .log_arg = said };
	leat_time begin = leat_now();
	leat_rx pulses = leat_steward(nil, 0, &plan);

	check(leat_wait(pulses) == 0 && leat_cause(pulses) == EAGAIN);
	check(atomic_load(&ward.starts) == 4 && atomic_load(&ward.most_running) == 1);
	for (int i = 0; i < 4; i++)
		check(ward.began[i] == begin + i * LEAT_S(4));
	check(leat_now() == begin + LEAT_S(16));
	check(strcmp(said, "silent silent silent gives up ") == 0);
	end(pulses);
}

/* The ward is restarted at once, without waiting for the timeout. The steward does not spin. */
static void a_ward_that_ends_is_restarted(void)
{
	char said[100] = "";
	struct ward ward = { .pulses = 3 };
	leat_stewardship plan = { .ward = ward_start, .arg = &ward, .timeout = LEAT_S(2), .restarts = 2,
	                          .grace = LEAT_S(100), .log = keep_word, .log_arg = said };
	leat_time begin = leat_now();
	leat_rx pulses = leat_steward(nil, 0, &plan);

	check(leat_wait(pulses) == 0 && leat_cause(pulses) == EAGAIN);
	check(atomic_load(&ward.starts) == 3 && leat_now() == begin + 3 * LEAT_S(3));
	check(strcmp(said, "ended ended gives up ") == 0);
	end(pulses);
}

static leat_rx no_ward(leat_rx done, leat_time interval, void *starts)
{
	(void)done;
	(void)interval;
	atomic_fetch_add((atomic_int *)starts, 1);
	return leat_ended(EIO);
}

/* The ward is restarted as often as the plan allows, and not once more. */
static void a_ward_that_cannot_start_has_ended(void)
{
	for (int restarts = 0; restarts < 3; restarts++) {
		atomic_int starts = 0;
		leat_stewardship plan = { .ward = no_ward, .arg = &starts, .timeout = LEAT_S(2), .restarts = restarts };
		leat_rx pulses = leat_steward(nil, LEAT_S(1), &plan);

		check(leat_wait(pulses) == 0 && leat_cause(pulses) == EAGAIN);
		check(atomic_load(&starts) == 1 + restarts);
		end(pulses);
	}
}

static leat_rx silent_ward(leat_rx done, leat_time interval, void *starts)
{
	(void)done;
	(void)interval;
	atomic_fetch_add((atomic_int *)starts, 1);
	return nil;
}

static void a_ward_without_pulses_is_silent(void)
{
	atomic_int starts = 0;
	leat_stewardship plan = { .ward = silent_ward, .arg = &starts, .timeout = LEAT_S(2), .restarts = -1 };
	leat_rx done = leat_after(LEAT_S(9)), pulses = leat_steward(done, LEAT_S(1), &plan);

	while (leat_wait(pulses) > 0)
		;
	check(leat_cause(pulses) == ETIMEDOUT && atomic_load(&starts) == 5);
	end(pulses);
	leat_drop(done);
}

static leat_rx ward_of_pulses(leat_rx done, leat_time interval, void *of_pulses)
{
	(void)done;
	(void)interval;
	return leat_dup(((leat_chan *)of_pulses)->rx);
}

/* A ward that sends its pulses without waiting loses none, although the steward may be busy. */
static void there_is_room_for_a_pulse(void)
{
	leat_chan pulses = leat_make(int, 0), done = leat_make_unit();
	leat_stewardship plan = { .ward = ward_of_pulses, .arg = &pulses, .timeout = LEAT_S(2) };
	leat_rx its = leat_steward(done.rx, 0, &plan);

	pass_time(LEAT_S(1));
	check(leat_cap(pulses) == 1);
	leat_drop(done);
	leat_drop(pulses);
	end(its);
}

/* --------------------------------------------------------------------------------------- old ward, new ward -- */

/* The old ward takes 3 s to end. So the new one waits 3 s, while the steward pulses. Then the steward gives up. */
static void a_new_ward_waits_for_the_old_one(void)
{
	struct ward ward = { .pulses = 1, .silent = 1, .lingers = LEAT_S(3) };
	leat_stewardship plan = { .ward = ward_start, .arg = &ward, .timeout = LEAT_S(2), .restarts = 1,
	                          .grace = LEAT_S(100) };
	leat_time begin = leat_now();
	leat_rx pulses = leat_steward(nil, LEAT_S(1), &plan);

	for (int i = 1; i <= 9; i++)
		check(leat_wait(pulses) == 1 && leat_now() == begin + LEAT_S(i));
	check(leat_wait(pulses) == 0 && leat_now() == begin + LEAT_S(12));
	check(ward.began[1] == begin + LEAT_S(6) && atomic_load(&ward.most_running) == 1);
	end(pulses);
}

/* The steward waits for an old ward no longer than the grace time, even when it gives up. */
static void an_old_ward_has_its_grace_time(void)
{
	char said[100] = "";
	struct ward ward = { .pulses = 1, .silent = 1, .lingers = LEAT_S(50) };
	leat_stewardship plan = { .ward = ward_start, .arg = &ward, .timeout = LEAT_S(2), .restarts = 1,
	                          .grace = LEAT_S(2), .log = keep_word, .log_arg = said };
	leat_time begin = leat_now();
	leat_rx pulses = leat_steward(nil, 0, &plan);

	check(leat_wait(pulses) == 0 && leat_now() == begin + LEAT_S(10));
	check(ward.began[1] == begin + LEAT_S(5) && atomic_load(&ward.most_running) == 2);
	check(strcmp(said, "silent grace gives up ") == 0);
	end(pulses);
}

static leat_rx ward_that_never_ends(leat_rx done, leat_time interval, void *arg)
{
	(void)done;
	(void)interval;
	(void)arg;
	return leat_tick(1);
}

/* In real time there is always another pulse. */
static void a_ward_that_pulses_on_has_its_grace_time(void)
{
	leat_stewardship plan = { .ward = ward_that_never_ends, .timeout = LEAT_S(100), .grace = LEAT_MS(2) };
	leat_chan done = leat_make_unit();
	leat_rx pulses;

	leat_clock_real();
	pulses = leat_steward(done.rx, 0, &plan);
	leat_drop(done);
	check(leat_wait_by(pulses, leat_in(LEAT_S(20))) == 0);
	end(pulses);
	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
}

/* The pulses of the ward are over, but a thread of it still holds its done. */
static void keep_done(void *of_done)
{
	leat_rx done = *(leat_rx *)of_done;

	while (leat_wait(done) > 0)
		;
	pass_time(LEAT_S(3));
	leat_drop(done);
}

static leat_rx ward_with_a_thread(leat_rx done, leat_time interval, void *arg)
{
	static leat_rx kept;
	struct { atomic_int starts; leat_time began[2]; } *ward = arg;

	(void)interval;
	ward->began[atomic_fetch_add(&ward->starts, 1)] = leat_now();
	if (atomic_load(&ward->starts) == 1) {
		kept = leat_dup(done);
		check(leat_go(keep_done, &kept) == 1);
	}
	return leat_ended(0);
}

static void a_ward_has_ended_when_nobody_has_its_done(void)
{
	struct { atomic_int starts; leat_time began[2]; } ward = { 0, { 0, 0 } };
	leat_stewardship plan = { .ward = ward_with_a_thread, .arg = &ward, .timeout = LEAT_S(2), .restarts = 1,
	                          .grace = LEAT_S(100) };
	leat_rx pulses = leat_steward(nil, 0, &plan);

	check(leat_wait(pulses) == 0);
	check(ward.began[1] == ward.began[0] + LEAT_S(3));
	end(pulses);
}

/* ------------------------------------------------------------------------------------------ limits, back-off -- */

/* The ward ends after 1 s. Three restarts in 10 s are allowed, so the fourth is too many. With 3 s instead of 10 s, the
 * limit is never reached. */
static void so_many_restarts_in_so_long(void)
{
	struct ward ward = { .pulses = 1 };
	leat_stewardship plan = { .ward = ward_start, .arg = &ward, .timeout = LEAT_S(2), .restarts = 3,
	                          .within = LEAT_S(10), .grace = LEAT_S(100) };
	leat_rx done = leat_after(LEAT_MS(20500)), pulses = leat_steward(done, 0, &plan);

	check(leat_wait(pulses) == 0 && leat_cause(pulses) == EAGAIN && atomic_load(&ward.starts) == 4);
	end(pulses);
	plan.within = LEAT_S(3);
	pulses = leat_steward(done, 0, &plan);
	check(leat_wait(pulses) == 0 && leat_cause(pulses) == ETIMEDOUT && atomic_load(&ward.starts) == 4 + 17);
	end(pulses);
	leat_drop(done);
}

/* More restarts than there is room for at first, all in one span. */
static void many_restarts_in_a_span(void)
{
	struct ward ward = { .pulses = 1 };
	leat_stewardship plan = { .ward = ward_start, .arg = &ward, .timeout = LEAT_S(2), .restarts = 40,
	                          .within = LEAT_S(100), .grace = LEAT_S(100) };
	leat_rx pulses = leat_steward(nil, 0, &plan);

	check(leat_wait(pulses) == 0 && leat_cause(pulses) == EAGAIN && atomic_load(&ward.starts) == 41);
	end(pulses);
}

/* Times without end are no limits. Memory is not needed for restarts that do not happen. */
static void numbers_at_the_edges(void)
{
	for (int i = 0; i < 3; i++) {
		struct ward ward = { .pulses = 1 };
		leat_stewardship plan = { .ward = ward_start, .arg = &ward, .timeout = i == 1 ? LEAT_NEVER : LEAT_S(2),
		                          .restarts = i == 2 ? LONG_MIN : LONG_MAX,
		                          .within = i == 0 ? LEAT_NEVER : i == 1, .most_backoff = LEAT_NEVER,
		                          .grace = LEAT_NEVER };
		leat_rx done = leat_after(LEAT_MS(20500)), pulses = leat_steward(done, LEAT_NEVER, &plan);

		check(leat_wait(pulses) == 0 && leat_cause(pulses) == ETIMEDOUT);
		check(atomic_load(&ward.starts) == (i == 1 ? 1 : 21)); /* with LEAT_NEVER it lives without pulses */
		end(pulses);
		leat_drop(done);
	}
}

/* Each pause is between half of the back-off and all of it, and the pauses vary. */
static void further_and_further_apart(void)
{
	struct ward ward = { .pulses = 0 };
	leat_stewardship plan = { .ward = ward_start, .arg = &ward, .timeout = LEAT_S(2), .restarts = 12,
	                          .backoff = LEAT_MS(100), .most_backoff = LEAT_MS(1000), .grace = LEAT_S(100) };
	leat_rx pulses = leat_steward(nil, 0, &plan);
	leat_time most = LEAT_MS(100);
	int different = 0;

	check(leat_wait(pulses) == 0);
	check(atomic_load(&ward.starts) == 13);
	for (int i = 1; i <= 12; i++) {
		leat_time apart = ward.began[i] - ward.began[i - 1];

		check(apart >= most / 2 && apart <= most);
		different += apart != ward.began[12] - ward.began[11];
		most = most < LEAT_MS(500) ? 2 * most : LEAT_MS(1000);
	}
	check(different >= 10);
	end(pulses);
}

/* If a ward was well for longer than the longest back-off, the back-off begins again. A ward that ends was well until
 * its end. A ward that falls silent was well until then. */
static void back_off_begins_again(void)
{
	for (int silent = 0; silent < 2; silent++) {
		struct ward ward = { .pulses = 5, .silent = silent };
		leat_stewardship plan = { .ward = ward_start, .arg = &ward, .timeout = LEAT_S(2), .restarts = 5,
		                          .backoff = LEAT_MS(100), .most_backoff = LEAT_S(4), .grace = LEAT_S(100) };
		leat_rx pulses = leat_steward(nil, 0, &plan);

		check(leat_wait(pulses) == 0);
		for (int i = 1; i <= 5; i++)
			check(ward.began[i] - ward.began[i - 1] <= LEAT_MS(5100) + silent * LEAT_S(2));
		end(pulses);
	}
}

static void back_off_goes_on_after_a_shorter_time(void)
{
	for (int silent = 0; silent < 2; silent++) {
		struct ward ward = { .pulses = 3, .silent = silent };
		leat_stewardship plan = { .ward = ward_start, .arg = &ward, .timeout = LEAT_S(2), .restarts = 5,
		                          .backoff = LEAT_MS(500), .most_backoff = LEAT_S(4), .grace = LEAT_S(100) };
		leat_rx pulses = leat_steward(nil, 0, &plan);

		check(leat_wait(pulses) == 0);
		check(ward.began[5] - ward.began[4] >= LEAT_S(5) + silent * LEAT_S(2));
		end(pulses);
	}
}

/* The steward pulses while it waits for the back-off. Then done ends it. */
static void a_steward_that_waits_is_alive(void)
{
	atomic_int starts = 0;
	leat_stewardship plan = { .ward = no_ward, .arg = &starts, .timeout = LEAT_S(2), .restarts = -1,
	                          .backoff = LEAT_S(3600) };
	leat_chan done = leat_make_unit();
	leat_time begin = leat_now();
	leat_rx pulses = leat_steward(done.rx, LEAT_S(1), &plan);

	for (int i = 1; i <= 5; i++)
		check(leat_wait(pulses) == 1 && leat_now() == begin + LEAT_S(i));
	leat_drop(done);
	while (leat_wait(pulses) > 0)
		;
	check(leat_now() == begin + LEAT_S(5) && atomic_load(&starts) == 1);
	end(pulses);
}

/* ------------------------------------------------------------------------------------------------- its end -- */

/* The steward is not gone before its ward is gone, or the grace time is over. */
static void the_ward_ends_with_its_steward(void)
{
	for (int grace = 0; grace <= 4; grace += 2) {
		struct ward ward = { .pulses = -1, .lingers = LEAT_S(3) };
		leat_stewardship plan = { .ward = ward_start, .arg = &ward, .timeout = LEAT_S(2),
		                          .grace = LEAT_S(grace) };
		leat_rx done = leat_after(LEAT_MS(5500)), pulses = leat_steward(done, 0, &plan);
		leat_time begin = leat_now();

		check(leat_wait(pulses) == 0 && leat_cause(pulses) == ETIMEDOUT);
		check(leat_now() == begin + LEAT_MS(5500) + LEAT_S(grace < 3 ? grace : 3));
		check(atomic_load(&ward.starts) == 1);
		end(pulses);
		leat_drop(done);
	}
}

static void the_ward_ends_when_nobody_watches_its_steward(void)
{
	struct ward ward = { .pulses = -1 };
	leat_stewardship plan = { .ward = ward_start, .arg = &ward, .timeout = LEAT_S(2), .grace = LEAT_S(1) };
	leat_rx pulses = leat_steward(nil, LEAT_S(1), &plan);

	check(leat_wait(pulses) == 1);
	end(pulses);
	check(atomic_load(&ward.running) == 0);
}

/* Nobody receives the pulses. One pulse is kept, and the steward still watches the ward. */
static void a_steward_never_blocks(void)
{
	struct ward ward = { .pulses = 2, .silent = 1 };
	leat_stewardship plan = { .ward = ward_start, .arg = &ward, .timeout = LEAT_S(2), .restarts = 1 };
	leat_rx pulses = leat_steward(nil, LEAT_MS(100), &plan);

	pass_time(LEAT_S(30));
	check(atomic_load(&ward.starts) == 2);
	check(leat_wait(pulses) == 1 && leat_wait(pulses) == 0 && leat_cause(pulses) == EAGAIN);
	end(pulses);
}

static leat_rx leave(leat_rx done, leat_time interval, void *arg)
{
	(void)done;
	(void)interval;
	(void)arg;
	pthread_exit(NULL);
}

static void leave_log(void *arg, const char *what)
{
	(void)arg;
	(void)what;
	pthread_exit(NULL);
}

static void pthread_exit_ends_the_steward_and_its_ward(void)
{
	struct ward ward = { .pulses = 1, .silent = 1 };
	leat_stewardship plans[] = { { .ward = leave, .timeout = LEAT_S(2) },
	                             { .ward = ward_start, .arg = &ward, .timeout = LEAT_S(2), .restarts = 1,
	                               .log = leave_log } };

	for (int i = 0; i < 2; i++) {
		leat_rx pulses = leat_steward(nil, 0, &plans[i]);

		check(leat_wait(pulses) == 0 && leat_cause(pulses) == EOWNERDEAD);
		end(pulses);
	}
	check(atomic_load(&ward.running) == 0);
}

/* ---------------------------------------------------------------------------------------- stewards of stewards -- */

/* The inner steward gives up after its second ward. The outer steward starts the inner one three times. */
static void a_steward_has_a_steward(void)
{
	char said[100] = "";
	struct ward ward = { .pulses = 2, .silent = 1 };
	leat_stewardship inner = { .ward = ward_start, .arg = &ward, .timeout = LEAT_S(2), .restarts = 1,
	                           .grace = LEAT_S(100), .log = keep_word, .log_arg = said };
	leat_stewardship outer = { .ward = leat_steward, .arg = &inner, .timeout = LEAT_S(4), .restarts = 2,
	                           .grace = LEAT_S(100), .log = keep_word, .log_arg = said };
	leat_time begin = leat_now();
	leat_rx pulses = leat_steward(nil, LEAT_S(1), &outer);

	while (leat_wait(pulses) > 0)
		;
	check(leat_cause(pulses) == EAGAIN && leat_now() == begin + LEAT_S(24));
	check(atomic_load(&ward.starts) == 6 && atomic_load(&ward.most_running) == 1);
	check(strcmp(said, "silent gives up ended silent gives up ended silent gives up gives up ") == 0);
	end(pulses);
}

static void done_reaches_the_ward_through_stewards(void)
{
	struct ward ward = { .pulses = -1, .lingers = LEAT_S(1) };
	leat_stewardship plans[4] = { { .ward = ward_start, .arg = &ward, .timeout = LEAT_S(2), .grace = LEAT_S(2) } };
	leat_rx done = leat_after(LEAT_S(60)), pulses;
	leat_time begin = leat_now();

	for (int i = 1; i < 4; i++)
		plans[i] = (leat_stewardship){ .ward = leat_steward, .arg = &plans[i - 1], .timeout = LEAT_S(2),
		                               .grace = LEAT_S(2) };
	pulses = leat_steward(done, LEAT_S(1), &plans[3]);
	while (leat_wait(pulses) > 0)
		;
	check(leat_cause(pulses) == ETIMEDOUT && leat_now() == begin + LEAT_S(61));
	check(atomic_load(&ward.starts) == 1 && atomic_load(&ward.running) == 0);
	end(pulses);
	leat_drop(done);
}

/* ------------------------------------------------------------------------------------------ bad arguments -- */

static void must_be_refused(leat_rx pulses)
{
	check(leat_never_started(pulses) && leat_cause(pulses) == EINVAL);
	end(pulses);
}

static void bad_arguments(void)
{
	atomic_int starts = 0;
	leat_stewardship right = { .ward = no_ward, .arg = &starts, .timeout = 1 }, wrong;

	must_be_refused(leat_steward(nil, 0, NULL));
	must_be_refused(leat_steward(nil, -1, &right));
	wrong = right, wrong.ward = NULL;
	must_be_refused(leat_steward(nil, 0, &wrong));
	wrong = right, wrong.timeout = 0;
	must_be_refused(leat_steward(nil, 0, &wrong));
	wrong = right, wrong.within = -1;
	must_be_refused(leat_steward(nil, 0, &wrong));
	wrong = right, wrong.backoff = -1;
	must_be_refused(leat_steward(nil, 0, &wrong));
	wrong = right, wrong.most_backoff = -1;
	must_be_refused(leat_steward(nil, 0, &wrong));
	wrong = right, wrong.grace = -1;
	must_be_refused(leat_steward(nil, 0, &wrong));
	check(atomic_load(&starts) == 0);
}

int main(int argc, char **argv)
{
	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
	return RUN(a_ward_that_pulses_is_left_alone, a_silent_ward_is_restarted, a_ward_that_ends_is_restarted,
	           a_ward_that_cannot_start_has_ended, a_ward_without_pulses_is_silent,
	           there_is_room_for_a_pulse,
	           a_new_ward_waits_for_the_old_one, an_old_ward_has_its_grace_time,
	           a_ward_that_pulses_on_has_its_grace_time,
	           a_ward_has_ended_when_nobody_has_its_done, so_many_restarts_in_so_long,
	           many_restarts_in_a_span, numbers_at_the_edges, further_and_further_apart,
	           back_off_begins_again, back_off_goes_on_after_a_shorter_time, a_steward_that_waits_is_alive,
	           the_ward_ends_with_its_steward,
	           the_ward_ends_when_nobody_watches_its_steward, a_steward_never_blocks,
	           pthread_exit_ends_the_steward_and_its_ward, a_steward_has_a_steward,
	           done_reaches_the_ward_through_stewards, bad_arguments);
}
