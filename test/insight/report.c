/* SPDX-License-Identifier: 0BSD
 *
 * report.c - what reports say of real programs, and how they are written.
 */
#include "../test.h"

#include <sys/wait.h>

/* ------------------------------------------------------------------------------------------------- words -- */

/* Wait until a report has this text: the threads may still be on their way to their waits. */
static void must_show(int format, const char *expected)
{
	char *text;

	while (!strstr(text = report_as(format), expected)) {
		free(text);
		nap(1);
	}
	free(text);
}

static void must_not_show(int format, const char *unexpected)
{
	char *text = report_as(format);

	check(!strstr(text, unexpected));
	free(text);
}

/* ------------------------------------------------------------------------------------------ what it says -- */

static int negate(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = -*(const int *)in;
	return 1;
}

static void a_pipeline(void)
{
	leat_chan done = leat_make_unit(), source = leat_make(int, capacity);
	leat_rx mapped = leat_map_n(done.rx, source.rx, 3, int, negate, NULL);
	char expected[200];

	leat_name(source, "requests");
	leat_name(done, "stop");
	must_show(LEAT_TEXT, "3 threads: map_n");
	if (capacity > 0)
		snprintf(expected, sizeof expected, "to receive from requests, a channel of int with 0 of %zu values\n",
		         capacity);
	else
		snprintf(expected, sizeof expected, "to receive from requests, a channel of int without room\n");
	must_show(LEAT_TEXT, expected);
	must_show(LEAT_TEXT, "senders: the program (1 handle)\n    or to hear from stop");
	must_show(LEAT_JSON, "{\"name\": \"map_n\"");
	must_show(LEAT_DOT, "map_n\\n3 threads");
	must_show(LEAT_MERMAID, "[\"map_n<br>3 threads\"]");
	leat_drop(source.tx);
	check(leat_drain(mapped) == 0);
	leat_drop(done);
}

static void two_maps_have_the_numbers_of_their_lines(void)
{
	leat_chan source = leat_make(int, capacity);
	int line = __LINE__ + 1;
	leat_rx first = leat_map(LEAT_NIL, source.rx, int, negate, NULL);
	leat_rx second = leat_map(LEAT_NIL, leat_take(LEAT_NIL, first, -1), int, negate, NULL);
	char expected[200];

	snprintf(expected, sizeof expected, "  map:%d, started at " __FILE__ ":%d, ", line, line);
	must_show(LEAT_TEXT, expected);
	snprintf(expected, sizeof expected, "    to receive from map:%d.out, ", line);
	must_show(LEAT_TEXT, expected);
	snprintf(expected, sizeof expected, "  map:%d, started at " __FILE__ ":%d, ", line + 1, line + 1);
	must_show(LEAT_TEXT, expected);
	must_show(LEAT_TEXT, "  take, started at ");
	leat_drop(source.tx);
	check(leat_drain(second) == 0);
}

static void lock_and_unlock(void *of_mutex)
{
	leat_mutex_lock(of_mutex);
	leat_mutex_unlock(of_mutex);
}

static void a_mutex_with_waiters(void)
{
	leat_mutex mutex = LEAT_MUTEX(LEAT_HANDOFF);

	leat_mutex_lock(&mutex);
	for (int i = 0; i < 3; i++)
		check(leat_go(lock_and_unlock, &mutex) == 1);
	must_show(LEAT_TEXT, "3 threads: ");
	if (!UNDER_ASAN) /* it keeps local variables outside of the stack, by which the holder is known */
		must_show(LEAT_TEXT, ", held by main; in line: ");
	must_show(LEAT_JSON, "\"for\": \"a mutex\"");
	must_show(LEAT_DOT, "waits for a mutex");
	leat_mutex_unlock(&mutex);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

static void wait_for_group(void *of_group)
{
	check(leat_waitgroup_wait(of_group, LEAT_NEVER) == 1);
}

static void a_wait_group(void)
{
	leat_waitgroup group = { 0 };

	leat_waitgroup_add(&group, 1);
	check(leat_go(wait_for_group, &group) == 1);
	must_show(LEAT_TEXT, "for a wait group at ");
	leat_waitgroup_done(&group);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

struct ends { leat_chan a, b; };

static void select_among(void *of_ends)
{
	const struct ends *ends = of_ends;
	leat_rx nil = LEAT_NIL;
	int value = 0;
	leat_case cases[] = { LEAT_READY(ends->b.rx), LEAT_RECV(nil, &value), LEAT_SEND(ends->a.tx, &value), { 0 } };

	check(leat_select(cases, leat_in(LEAT_S(3000))) == 0);
}

static void a_select(void)
{
	struct ends ends = { leat_make(int, 0), leat_make(int, 0) };

	leat_name(ends.a.rx, "answers");
	leat_name(ends.b.tx, "questions");
	check(leat_go(select_among, &ends) == 1);
	must_show(LEAT_TEXT, "    to receive from nil, which never happens (" __FILE__ ":");
	must_show(LEAT_TEXT, "    or to send to answers, a channel of int without room (" __FILE__ ":");
	must_show(LEAT_TEXT, "    or to hear from questions, a channel of int without room (" __FILE__ ":");
	must_show(LEAT_TEXT, " to the deadline\n");
	must_show(LEAT_JSON, "{\"operation\": \"receive\", \"channel\": null, ");
	must_show(LEAT_JSON, "{\"operation\": \"off\", \"channel\": null, ");
	must_show(LEAT_DOT, " -> program [label=\"answers\"]");
	leat_close(ends.b.tx);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_drop(ends.a);
	leat_drop(ends.b);
}

static void receive_one(void *of_rx)
{
	check(leat_wait(*(leat_rx *)of_rx) == 0);
}

/* The only sending end lies in the queue of another channel: it counts as the program's. */
static void a_handle_in_a_queue(void)
{
	leat_chan streams = leat_make_of(&leat_tx_type, 1), inner = leat_make(int, capacity);

	leat_name(inner, "inner");
	check(leat_send(streams.tx, &inner.tx) == 1);
	check(leat_go(receive_one, &inner.rx) == 1);
	must_show(LEAT_TEXT, "to receive from inner, ");
	must_show(LEAT_TEXT, "senders: the program (1 handle)\n");
	must_not_show(LEAT_TEXT, "STUCK");
	leat_drop(streams);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_drop(inner.rx);
}

static void wait_forever(void *of_chan)
{
	(void)leat_wait(((leat_chan *)of_chan)->rx);
}

static void equal_waits_are_shown_once(void)
{
	leat_chan jobs = leat_make(int, capacity);

	leat_name(jobs, "jobs");
	for (int i = 0; i < 20; i++)
		check(leat_go(wait_forever, &jobs) == 1);
	must_show(LEAT_TEXT, "  20 threads: ");
	must_show(LEAT_DOT, "\\n20 threads\"]");
	leat_close(jobs.tx);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_drop(jobs);
}

/* Without the macro nothing tells the name of the function. Its address can be given to addr2line. */
static void a_function_without_a_name(void)
{
	leat_chan jobs = leat_make(int, capacity);

	check((leat_go)(wait_forever, &jobs) == 1);
	must_show(LEAT_TEXT, "0x");
	must_not_show(LEAT_TEXT, "  leat,");
	leat_close(jobs.tx);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_drop(jobs);
}

static void wait_for_90_seconds(void *of_chan)
{
	check(leat_wait_by(((leat_chan *)of_chan)->rx, leat_in(LEAT_S(90))) == -1);
}

static void deadlines_follow_the_fake_clock(void)
{
	leat_chan never = leat_make(int, capacity);

	check(leat_clock_fake() == 1);
	check(leat_go(wait_for_90_seconds, &never) == 1);
	must_show(LEAT_TEXT, ", with 90 s to the deadline\n");
	check(leat_clock_advance(LEAT_S(30)) == 1);
	must_show(LEAT_TEXT, ", with 60 s to the deadline\n");
	must_show(LEAT_JSON, "\"left\": 60.000, ");
	check(leat_clock_advance(LEAT_S(60)) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_clock_real();
	leat_drop(never);
}

static void an_owned_handle_has_its_owner(void)
{
	leat_chan jobs = leat_make(int, capacity);

	leat_name(jobs, "jobs");
	check(leat_own(jobs.tx) == 1);
	check(leat_go(wait_forever, &jobs) == 1);
	must_show(LEAT_TEXT, "to receive from jobs, ");
	must_show(LEAT_TEXT, "      senders: main\n");
	must_show(LEAT_DOT, " [label=\"jobs");
	leat_drop(jobs.tx);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_drop(jobs.rx);
}

static leat_counter served = LEAT_COUNTER("requests \"served\"");

static void counters(void)
{
	leat_counter_add(&served, 1234);
	must_show(LEAT_TEXT, "  requests \"served\"  1234\n");
	must_show(LEAT_JSON, "{\"name\": \"requests \\\"served\\\"\", \"value\": 1234}");
}

static void the_caller_is_shown(void)
{
	must_show(LEAT_TEXT, "RUNNING\n  main");
	must_show(LEAT_JSON, "\"main\": true, \"does\": \"runs\"");
}

/* ------------------------------------------------------------------------------------------ how it is written -- */

static void must_fail(FILE *to, int format, int error)
{
	errno = 0;
	check(leat_report_as(to, format) == -1);
	check(errno == error);
}

static void failures_are_told(void)
{
	FILE *file = fopen("/dev/null", "r");
	FILE *full = fopen("/dev/full", "w");
	FILE *gone = tmpfile();

	must_fail(NULL, LEAT_TEXT, EINVAL);
	must_fail(stdout, -1, EINVAL);
	must_fail(stdout, LEAT_MERMAID + 1, EINVAL);
	check(file);
	must_fail(file, LEAT_TEXT, EBADF);
	fclose(file);
	if (full) { /* some systems have none */
		must_fail(full, LEAT_TEXT, ENOSPC);
		must_fail(full, LEAT_JSON, ENOSPC);
		fclose(full);
	}
	check(gone && close(fileno(gone)) == 0);
	must_fail(gone, LEAT_DOT, EBADF);
	fclose(gone);
}

static void write_ten(void *of_file)
{
	for (int i = 0; i < 10; i++)
		check(leat_report_as(of_file, LEAT_MERMAID) == 1);
}

/* Each report begins where another one has ended. */
static void reports_of_several_threads_do_not_mix(void)
{
	FILE *file = tmpfile();
	background writers[4];
	char line[1000];
	int reports = 0, program = 0;

	check(file);
	for (int i = 0; i < 4; i++)
		begin(&writers[i], write_ten, file);
	for (int i = 0; i < 4; i++)
		must_return(&writers[i]);
	rewind(file);
	while (fgets(line, sizeof line, file)) {
		reports += strcmp(line, "flowchart LR\n") == 0;
		program += strcmp(line, "  program[\"the program\"]\n") == 0;
		check(program == reports || program == reports - 1);
	}
	check(reports == 40 && program == 40);
	fclose(file);
}

/* ------------------------------------------------------------------------------------------ while all goes on -- */

static atomic_int stop;

static void start_pipelines(void *nothing)
{
	(void)nothing;
	while (!atomic_load(&stop)) {
		leat_rx in = leat_map_n(LEAT_NIL, numbers(0, 50), 2, int, negate, NULL);
		leat_chan chan = leat_make(int, capacity);

		leat_name(chan, "short-lived");
		check(leat_go(wait_forever, &chan) == 1);
		check(leat_drain(leat_take(LEAT_NIL, in, 40)) == 0);
		leat_close(chan.tx);
		check(leat_wait_all(LEAT_NEVER) == 1);
		leat_drop(chan);
	}
}

static void while_stages_start_and_end(void)
{
	background behind;

	atomic_store(&stop, 0);
	begin(&behind, start_pipelines, NULL);
	for (int i = 0; i < 200; i++)
		free(report_as(i % 4));
	atomic_store(&stop, 1);
	must_return(&behind);
}

static void in_the_child_of_a_fork(void)
{
	int status;
	pid_t child = fork();

	check(child >= 0);
	if (child == 0) {
		must_show(LEAT_TEXT, "1 thread: 1 running\n\nRUNNING\n  main");
		_exit(0);
	}
	check(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(int argc, char **argv)
{
	return RUN(a_pipeline, two_maps_have_the_numbers_of_their_lines, a_mutex_with_waiters, a_wait_group, a_select,
	           a_handle_in_a_queue, equal_waits_are_shown_once, a_function_without_a_name,
	           deadlines_follow_the_fake_clock, an_owned_handle_has_its_owner, counters, the_caller_is_shown,
	           failures_are_told, reports_of_several_threads_do_not_mix, while_stages_start_and_end,
	           in_the_child_of_a_fork);
}
