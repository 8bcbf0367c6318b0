/* SPDX-License-Identifier: 0BSD
 *
 * surveys.c - surveys and reports while threads start, end, sleep, drop, close, fork, are cancelled and exit. No survey
 * reads what is gone, and none is in their way.
 */
#define _POSIX_C_SOURCE 200809L
#include "../../lib/insight/survey.h"
#include "../test.h"

#include <sys/wait.h>

/* See test/process/fork.c. */
enum { MAY_START = !UNDER_TSAN, MAY_ALLOCATE = !UNDER_ASAN };

static const leat_rx nil;

static void ask_for_channels(void)
{
	atomic_fetch_or(&leati_asked, LEATI_ASKED_CHANNELS);
}

static void ask_no_more(void)
{
	atomic_fetch_and(&leati_asked, ~(unsigned)LEATI_ASKED_CHANNELS);
}

/* Make reports in all formats, which nobody reads, until *stop. */
static void report_until(void *of_stop)
{
	FILE *nowhere = fopen("/dev/null", "w");

	check(nowhere);
	for (int format = LEAT_TEXT; !atomic_load((atomic_int *)of_stop); format = (format + 1) % (LEAT_MERMAID + 1))
		check(leat_report_as(nowhere, format) == 1);
	check(fclose(nowhere) == 0);
}

/* Call fn again and again, while reports are made. */
static void while_reported(void (*fn)(void), int times)
{
	atomic_int stop = 0;
	background reporter;

	begin(&reporter, report_until, &stop);
	for (int i = 0; i < times; i++)
		fn();
	atomic_store(&stop, 1);
	must_return(&reporter);
}

/* ------------------------------------------------------------------------------------------ start and end -- */

static int square(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in * *(const int *)in;
	return 1;
}

/* Inputs end one after the other, done comes in the middle, or the consumer leaves. */
static void use_stages(void)
{
	leat_chan done = leat_make_unit();
	leat_rx squares = leat_map_n(done.rx, numbers(0, 50), 3, int, square, NULL);
	leat_rx all = leat_fan_in(done.rx, (leat_rx[]){ squares, numbers(0, 10), numbers(0, 5) }, 3), two[2];
	static int ending;

	check(leat_tee(done.rx, all, two, 2) == 1);
	for (int i = 0, n; i < 10; i++)
		check(leat_recv(two[0], &n) == 1 && leat_recv(two[1], &n) == 1);
	if (ending++ % 2)
		check(leat_close(done.tx) == 1);
	leat_drop(two[0]);
	leat_drop(two[1]);
	leat_drop(done);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

static void stages_start_and_end(void)
{
	ask_for_channels();
	while_reported(use_stages, 100);
	ask_no_more();
}

static void *sleep_and_end(void *of_chan)
{
	leat_chan *chan = of_chan;
	int n;

	check(leat_recv(chan->rx, &n) == 1);
	return NULL;
}

static void use_a_thread(void)
{
	leat_chan chan = leat_make(int, capacity);
	pthread_t thread;

	check(pthread_create(&thread, NULL, sleep_and_end, &chan) == 0);
	check(leat_send(chan.tx, &(int){ 1 }) == 1);
	check(pthread_join(thread, NULL) == 0);
	leat_drop(chan);
}

static void threads_start_and_end(void)
{
	while_reported(use_a_thread, 300);
	leat_trim();
}

/* --------------------------------------------------------------------------------------------------- locks -- */

static leat_mutex mutex;

static void lock_it(void *arg)
{
	(void)arg;
	leat_mutex_lock(&mutex);
	leat_mutex_unlock(&mutex);
}

static void use_a_mutex(void)
{
	leat_mutex_lock(&mutex);
	check(leat_go(lock_it, NULL) == 1 && leat_go(lock_it, NULL) == 1);
	leat_mutex_unlock(&mutex);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

static void locks_change_hands(void)
{
	while_reported(use_a_mutex, 200);
}

/* ------------------------------------------------------------------------------------------------- channels -- */

/* Also timers, which have other members in the same memory. */
static void use_channels(void)
{
	leat_chan chan = leat_make(int, capacity), until = leat_make_until(leat_in(LEAT_S(1000)), EIO);
	leat_rx tick = leat_tick(LEAT_S(1000) + 1), after = leat_after(LEAT_S(1000));

	leat_name(chan, "a channel");
	check(leat_own(chan) == 1);
	check(leat_wait_by(tick, LEAT_NOW) == -1 && leat_wait_by(after, LEAT_NOW) == -1);
	check(leat_close(until.tx) == 1);
	leat_drop(until);
	leat_drop(tick);
	leat_drop(after);
	leat_drop(chan);
}

static void channels_are_made_and_dropped(void)
{
	ask_for_channels();
	while_reported(use_channels, 3000);
	ask_no_more();
}

/* ------------------------------------------------------------------------------------------------- cancel -- */

static void wait_for_end(void *of_gate)
{
	check(leat_wait(*(leat_rx *)of_gate) == 0);
}

/* A function still runs, so that leat_expect_none has something to say. */
static void *report_cancelled(void *of_gate)
{
	FILE *nowhere = fopen("/dev/null", "w");
	int state, errors = dup(STDERR_FILENO);

	check(nowhere && errors >= 0);
	check(leat_go(wait_for_end, of_gate) == 1);
	check(dup2(fileno(nowhere), STDERR_FILENO) == STDERR_FILENO);
	check(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state) == 0);
	check(pthread_cancel(pthread_self()) == 0);
	check(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state) == 0);
	check(leat_report(nowhere) == 1);
	check(leat_expect_none(LEAT_NOW) == -1 && errno == EAGAIN);
	check(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state) == 0);
	check(dup2(errors, STDERR_FILENO) == STDERR_FILENO);
	check(close(errors) == 0 && fclose(nowhere) == 0);
	return of_gate;
}

static void a_report_is_no_cancellation_point(void)
{
	leat_chan gate = leat_make_unit();
	void *result;
	pthread_t thread;

	check(pthread_create(&thread, NULL, report_cancelled, &gate.rx) == 0);
	check(pthread_join(thread, &result) == 0);
	check(result == &gate.rx);
	check(leat_close(gate.tx) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_drop(gate);
}

/* ----------------------------------------------------------------------------------- threads of the reports -- */

static atomic_long service;
static atomic_bool service_ends;

/* It uses leat, as a thread does that writes a report. */
static void serve(void)
{
	leati_begin_thread();
	atomic_store(&service, leati_own_tid());
	while (!atomic_load(&service_ends))
		nap(1);
}

static void a_survey_leaves_out_the_threads_of_reports(void)
{
	leati_survey survey;
	pthread_t thread;

	atomic_store(&service, 0);
	atomic_store(&service_ends, false);
	check(leati_start_service(serve, &thread) == 0);
	while (!atomic_load(&service))
		nap(1);
	check(leati_begin_survey(&survey) == 0);
	for (size_t i = 0; i < survey.n_threads; i++)
		check(survey.threads[i].tid != atomic_load(&service));
	leati_end_survey(&survey);
	atomic_store(&service_ends, true);
	check(pthread_join(thread, NULL) == 0);
}

/* --------------------------------------------------------------------------------------------- fork and exit -- */

static void in_child(void (*fn)(void))
{
	int status;
	pid_t child = fork();

	check(child >= 0);
	if (child == 0) {
		fn();
		_exit(0);
	}
	check(waitpid(child, &status, 0) == child);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void count_it(struct leat_channel *ch, void *of_count)
{
	(void)ch;
	++*(size_t *)of_count;
}

static size_t noted_channels(void)
{
	size_t count = 0;

	(void)leati_enter_registry();
	leati_each_channel(count_it, &count);
	leati_leave_registry();
	return count;
}

static void report_in_child(void)
{
	leat_chan chans[20];

	check(noted_channels() == 0);
	if (!MAY_ALLOCATE)
		return;
	for (size_t i = 0; i < 20; i++)
		chans[i] = leat_make(int, capacity);
	check(noted_channels() == 20);
	for (size_t i = 0; i < 20; i++)
		leat_drop(chans[i]);
	check(noted_channels() == 0);
	check(leat_report(stdin) == -1); /* the report itself is made */
	if (MAY_START)
		use_stages();
}

static void make_and_drop_until(void *of_stop)
{
	while (!atomic_load((atomic_int *)of_stop)) {
		leat_chan one = leat_make(int, capacity), other = leat_make(int, capacity);

		leat_drop(one);
		leat_drop(other);
	}
}

static void a_fork_may_come_at_any_time(void)
{
	atomic_int stop = 0;
	background maker, reporter;
	leat_chan kept;

	ask_for_channels();
	kept = leat_make(int, capacity);
	begin(&maker, make_and_drop_until, &stop);
	begin(&reporter, report_until, &stop);
	for (int i = 0; i < 100; i++)
		in_child(report_in_child);
	atomic_store(&stop, 1);
	must_return(&maker);
	must_return(&reporter);
	leat_drop(kept);
	ask_no_more();
}

/* A thread that ends after exit was called leaves no record behind, whose memory would be gone. */
static void end_while_the_process_exits(void)
{
	leati_begin_thread();
	check(leati_enter_registry() != NULL);
	leati_leave_registry();
	leati_end_registry();
	check(leati_enter_registry() == NULL);
	leati_leave_registry();
	use_a_thread();
	check(leati_enter_registry() == NULL);
	leati_leave_registry();
}

/* The handlers of exit wait for the watching thread. That is no cancellation point. */
static void exit_cancelled(void)
{
	int state;

	check(leat_report_on(LEAT_ON_QUIT) == 1);
	check(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state) == 0);
	check(pthread_cancel(pthread_self()) == 0);
	check(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state) == 0);
	exit(0);
}

static void a_process_may_exit_at_any_time(void)
{
	if (!MAY_START)
		return;
	in_child(end_while_the_process_exits);
	in_child(exit_cancelled);
}

int main(int argc, char **argv)
{
	(void)nil;
	return RUN(stages_start_and_end, threads_start_and_end, locks_change_hands, channels_are_made_and_dropped,
	           a_report_is_no_cancellation_point, a_survey_leaves_out_the_threads_of_reports,
	           a_fork_may_come_at_any_time, a_process_may_exit_at_any_time);
}
