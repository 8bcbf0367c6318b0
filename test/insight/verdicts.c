/* SPDX-License-Identifier: 0BSD
 *
 * verdicts.c - the search for deadlocks, on surveys that are made up here: exactly which threads are stuck, and the
 * words for it.
 */
#include "../test.h"
#include "../../lib/insight/deadlock.h"

enum { MOST = 64 };

/* The survey that is made up, and an earlier one, which is the same until a test changes it. */
static leati_seen_thread threads[MOST], earlier_threads[MOST];
static leati_seen_channel channels[MOST];
static leati_seen_case cases[MOST];
static size_t handles[MOST];
static leati_survey now, earlier;

static void begin_survey(void)
{
	memset(threads, 0, sizeof threads);
	memset(channels, 0, sizeof channels);
	now = (leati_survey){ .threads = threads, .channels = channels, .cases = cases, .handles = handles };
	now.knows_all_threads = true;
	now.at = LEAT_S(100);
}

/* Threads are added one after the other, each with all that belongs to it. A thread runs until it is said to sleep. */
static size_t thread(const char *name)
{
	leati_seen_thread *self = &threads[now.n_threads];

	self->address = (const leati_parker *)(uintptr_t)(now.n_threads + 1);
	self->tid = (long)now.n_threads + 1;
	self->main = now.n_threads == 0;
	self->holder = LEATI_NONE;
	self->sleeps = 7;
	self->since = now.at;
	self->until = LEAT_NEVER;
	self->first_case = now.n_cases;
	self->first_handle = self->first_own = now.n_handles;
	strcpy(self->name, name);
	return now.n_threads++;
}

static size_t channel(const char *name, unsigned txs, unsigned rxs)
{
	leati_seen_channel *self = &channels[now.n_channels];

	self->txs = txs;
	self->rxs = rxs;
	self->maker = self->taker = LEATI_NONE;
	self->state = LEATI_TX_OPEN | LEATI_RX_OPEN;
	strcpy(self->name, name);
	return now.n_channels++;
}

/* The newest thread waits in one more case. */
static void waits(int kind, size_t channel)
{
	leati_seen_thread *self = &threads[now.n_threads - 1];

	self->doing = LEATI_SLEEPS;
	self->cases++;
	cases[now.n_cases++] = (leati_seen_case){ .kind = kind, .channel = channel };
}

/* The newest thread is a stage with one input and one output. Each may be LEATI_NONE. */
static void is_stage(size_t in, size_t out, size_t done)
{
	leati_seen_thread *self = &threads[now.n_threads - 1];

	self->stage = self;
	self->ins = self->outs = 1;
	handles[now.n_handles++] = in;
	handles[now.n_handles++] = out;
	handles[now.n_handles++] = done;
	if (out != LEATI_NONE)
		channels[out].maker = now.n_threads - 1;
	self->first_own = now.n_handles;
}

/* The newest thread alone uses a sending end, or a receiving end. A thread says all sending ends first. */
static void owns(size_t channel, bool sends)
{
	leati_seen_thread *self = &threads[now.n_threads - 1];

	*(sends ? &self->own_txs : &self->own_rxs) += 1;
	handles[now.n_handles++] = channel;
}

/* The newest thread waits for a lock that this thread holds, or LEATI_NONE. */
static void waits_for_lock(size_t holder)
{
	leati_seen_thread *self = &threads[now.n_threads - 1];

	waits(LEAT_CASE_OVER_, LEATI_NONE);
	strcpy(self->what, "a mutex");
	self->lock = self;
	self->holder = holder;
}

static void look_twice(void)
{
	memcpy(earlier_threads, threads, sizeof threads);
	earlier = now;
	earlier.threads = earlier_threads;
}

/* The verdicts as letters, in the order of the threads: live, suspected, stuck ('X'). In front, '!' if all are stuck. */
static const char *verdicts_after(const leati_survey *first)
{
	static char letters[MOST + 2];
	size_t n = 0;
	leati_judgement judgement;

	check(leati_judge(first, &now, LEATI_SUSPECT, &judgement) == now.error);
	check(judgement.threads == now.n_threads);
	if (judgement.all)
		letters[n++] = '!';
	for (size_t i = 0; i < now.n_threads; i++)
		letters[n++] = "lsX"[judgement.verdicts[i]];
	letters[n] = '\0';
	leati_end_judgement(&judgement);
	return letters;
}

static const char *verdicts(void)
{
	look_twice();
	return verdicts_after(&earlier);
}

static const char *words(void)
{
	static char text[1000];
	FILE *to = fmemopen(text, sizeof text, "w");
	leati_judgement judgement;

	look_twice();
	check(to);
	check(leati_judge(&earlier, &now, LEATI_SUSPECT, &judgement) == 0);
	leati_write_deadlocks(to, &now, &judgement);
	check(fclose(to) == 0);
	leati_end_judgement(&judgement);
	return text;
}

static int is(const char *got, const char *expected)
{
	if (strcmp(got, expected) != 0)
		fprintf(stderr, "expected: %s\ngot:      %s\n", expected, got);
	return strcmp(got, expected) == 0;
}

/* ------------------------------------------------------------------------------------------------ tests -- */

static void a_thread_alone(void)
{
	begin_survey();
	thread("main");
	check(is(verdicts(), "l"));
	waits(LEAT_CASE_RECV_, LEATI_NONE);
	check(is(verdicts(), "!X"));
	check(is(words(), "main waits to receive from a nil channel\n"));
	thread("other");
	check(is(verdicts(), "Xl")); /* nothing can wake it, whatever the other one does */
	begin_survey();
	check(is(verdicts(), ""));
}

/* main reads one output of a tee to the end, and then the other. */
static size_t begin_tee(void)
{
	size_t out1, out2;

	begin_survey();
	out1 = channel("", 1, 1);
	out2 = channel("", 1, 1);
	thread("main");
	waits(LEAT_CASE_RECV_, out1);
	thread("tee");
	is_stage(LEATI_NONE, out1, LEATI_NONE);
	threads[1].outs = 2;
	handles[now.n_handles - 1] = out2;
	handles[now.n_handles++] = LEATI_NONE;
	threads[1].first_own = now.n_handles;
	waits(LEAT_CASE_READY_, LEATI_NONE);
	waits(LEAT_CASE_SEND_, out2);
	channels[out1].outputs = channels[out2].outputs = 2;
	channels[out2].maker = 1;
	channels[out2].output = 1;
	return out2;
}

static void a_tee_in_the_wrong_order(void)
{
	size_t out2 = begin_tee();

	check(is(verdicts(), "!XX"));
	check(is(words(), "main waits to receive from tee.out1; tee waits to send to tee.out2; "
	                  "tee.out2 is held by main\n"));
	thread("other");
	check(is(verdicts(), "lll")); /* it may have the other end of tee.out2 */
	threads[2].doing = LEATI_IDLE;
	check(is(verdicts(), "!XXl"));
	look_twice();
	earlier_threads[2].sleeps--; /* it has run a function meanwhile */
	check(is(verdicts_after(&earlier), "lll"));
	threads[2].doing = LEATI_UNKNOWN;
	check(is(verdicts(), "lll"));
	begin_tee();
	now.knows_all_threads = false;
	check(is(verdicts(), "ll"));
	begin_tee();
	channels[out2].rxs = 2;
	check(is(verdicts(), "!XX"));
}

static void handles_that_one_thread_uses_alone(void)
{
	size_t out1, out2;

	begin_survey();
	out1 = channel("a", 1, 1);
	out2 = channel("b", 1, 1);
	thread("main");
	waits(LEAT_CASE_RECV_, out1);
	owns(out2, false);
	thread("stage");
	is_stage(LEATI_NONE, out1, LEATI_NONE);
	waits(LEAT_CASE_SEND_, out2);
	owns(out2, true);
	thread("other");
	check(is(verdicts(), "XXl"));
	check(is(words(), "main waits to receive from a; a is held by stage; stage waits to send to b; b is held by main\n"));
	channels[out2].rxs = 2;
	check(is(verdicts(), "lll"));
	channels[out2].rxs = 1;
	channels[out2].txs = 2; /* another sender may close */
	check(is(verdicts(), "lll"));
}

static void two_looks_are_needed(void)
{
	begin_tee();
	check(is(verdicts_after(NULL), "ll"));
	look_twice();
	earlier_threads[1].sleeps--;
	check(is(verdicts_after(&earlier), "ll"));
	look_twice();
	earlier_threads[1].doing = LEATI_RUNS;
	check(is(verdicts_after(&earlier), "ll"));
	look_twice();
	earlier_threads[1].address = threads[0].address; /* another thread */
	check(is(verdicts_after(&earlier), "ll"));
	look_twice();
	earlier.n_threads = 0;
	check(is(verdicts_after(&earlier), "ll"));
	look_twice();
	earlier_threads[0] = threads[1]; /* in another order */
	earlier_threads[1] = threads[0];
	check(is(verdicts_after(&earlier), "!XX"));
}

static void a_wait_that_ends_by_itself(void)
{
	begin_tee();
	threads[1].until = LEAT_S(1000);
	check(is(verdicts(), "ll"));
	begin_tee();
	channels[1].timer = true;
	check(is(verdicts(), "ll"));
}

/* A sleeper, and a live stage that holds the sending or the receiving end. */
static const char *with_live(int kind, bool sends, unsigned txs, unsigned rxs)
{
	size_t ch;

	begin_survey();
	ch = channel("ch", txs, rxs);
	thread("sleeper");
	waits(kind, ch);
	owns(ch, kind == LEAT_CASE_SEND_ || kind == LEAT_CASE_GONE_);
	thread("stage");
	is_stage(sends ? LEATI_NONE : ch, sends ? ch : LEATI_NONE, LEATI_NONE);
	return verdicts();
}

static void the_end_that_may_wake(void)
{
	check(is(with_live(LEAT_CASE_RECV_, true, 1, 1), "ll"));
	check(is(with_live(LEAT_CASE_RECV_, false, 1, 2), "ll")); /* the program has the sending end */
	check(is(with_live(LEAT_CASE_READY_, true, 1, 1), "ll"));
	check(is(with_live(LEAT_CASE_SEND_, false, 1, 1), "ll"));
	check(is(with_live(LEAT_CASE_SEND_, true, 2, 1), "ll"));
	check(is(with_live(LEAT_CASE_GONE_, false, 1, 1), "ll"));
	check(is(with_live(LEAT_CASE_ALONE_, false, 1, 2), "ll"));
	check(is(with_live(LEAT_CASE_OVER_, true, 2, 1), "ll"));
	check(is(with_live(LEAT_CASE_OVER_, false, 1, 2), "ll"));
}

/* The same, but a thread that sleeps for ever owns the end that could wake. */
static const char *with_stuck(int kind, bool sends, unsigned txs, unsigned rxs)
{
	size_t ch;

	begin_survey();
	ch = channel("ch", txs, rxs);
	thread("sleeper");
	waits(kind, ch);
	owns(ch, kind == LEAT_CASE_SEND_ || kind == LEAT_CASE_GONE_);
	thread("owner");
	owns(ch, sends);
	waits(LEAT_CASE_RECV_, LEATI_NONE);
	thread("other");
	return verdicts();
}

static void the_end_that_cannot_wake(void)
{
	check(is(with_stuck(LEAT_CASE_RECV_, true, 1, 1), "XXl"));
	check(is(with_stuck(LEAT_CASE_RECV_, true, 2, 1), "lXl")); /* the program has one too */
	check(is(with_stuck(LEAT_CASE_READY_, true, 1, 1), "XXl"));
	check(is(with_stuck(LEAT_CASE_SEND_, false, 1, 1), "XXl"));
	check(is(with_stuck(LEAT_CASE_SEND_, false, 2, 1), "lXl"));
	check(is(with_stuck(LEAT_CASE_SEND_, false, 1, 2), "lXl"));
	check(is(with_stuck(LEAT_CASE_GONE_, false, 1, 1), "XXl"));
	check(is(with_stuck(LEAT_CASE_GONE_, false, 2, 1), "XXl")); /* a sender does not end this wait */
	check(is(with_stuck(LEAT_CASE_ALONE_, false, 1, 2), "XXl"));
	check(is(with_stuck(LEAT_CASE_ALONE_, false, 1, 3), "lXl"));
	check(is(with_stuck(LEAT_CASE_OVER_, true, 1, 1), "XXl"));
}

/* A thread has dropped the last handle, or the last but one, and is about to wake the others. */
static void an_end_that_has_just_been_left(void)
{
	check(is(with_stuck(LEAT_CASE_RECV_, false, 0, 2), "lXl"));
	check(is(with_stuck(LEAT_CASE_SEND_, true, 2, 0), "lXl"));
	check(is(with_stuck(LEAT_CASE_GONE_, true, 2, 0), "lXl"));
	check(is(with_stuck(LEAT_CASE_ALONE_, true, 1, 1), "lXl"));
	check(is(with_stuck(LEAT_CASE_OVER_, false, 0, 2), "lXl"));
}

static void locks(void)
{
	begin_survey();
	thread("main");
	waits_for_lock(1);
	thread("other");
	waits_for_lock(0);
	thread("live");
	check(is(verdicts(), "XXl"));
	check(is(words(), "main waits for a mutex, which other holds and should unlock; "
	                  "other waits for a mutex, which main holds and should unlock\n"));
	threads[1].holder = 2;
	check(is(verdicts(), "lll"));
	threads[1].holder = LEATI_NONE; /* such as a semaphore */
	check(is(verdicts(), "lll"));
	threads[2].doing = LEATI_IDLE;
	check(is(verdicts(), "!XXl"));
	begin_survey();
	thread("main");
	waits_for_lock(0);
	check(is(words(), "main waits for a mutex, which main holds and should unlock\n"));
}

static void several_cases(void)
{
	size_t a, b;

	begin_survey();
	a = channel("a", 1, 1);
	b = channel("b", 1, 1);
	thread("main");
	waits(LEAT_CASE_OFF_, LEATI_NONE);
	waits(LEAT_CASE_RECV_, a);
	waits(LEAT_CASE_SEND_, b);
	check(is(words(), "main waits to receive from a, or to send to b; a is held by main\n"));
	thread("stage");
	is_stage(b, LEATI_NONE, LEATI_NONE);
	check(is(verdicts(), "ll"));
	begin_survey();
	thread("main");
	waits(LEAT_CASE_OFF_, LEATI_NONE);
	waits(LEAT_CASE_RECV_, LEATI_NONE);
	check(is(words(), "main waits in a select that nothing can end\n"));
}

/* A long row of stages, each of which waits for the one before it. Their records are in the order of the row, or in the
 * other one. */
static const char *row(bool backwards, bool live)
{
	enum { LONG = 20 };

	begin_survey();
	for (size_t i = 0; i <= LONG; i++)
		channel("", 1, 1);
	for (size_t n = 0; n < LONG; n++) {
		size_t i = backwards ? LONG - 1 - n : n;

		thread("stage");
		is_stage(i, i + 1, LEATI_NONE);
		waits(LEAT_CASE_RECV_, i);
	}
	thread("source");
	is_stage(LEATI_NONE, 0, LEATI_NONE);
	if (!live)
		waits(LEAT_CASE_RECV_, LEATI_NONE);
	return verdicts();
}

static void a_row_of_stages(void)
{
	check(is(row(false, true), "lllllllllllllllllllll"));
	check(is(row(true, true), "lllllllllllllllllllll"));
	check(is(row(false, false), "!XXXXXXXXXXXXXXXXXXXXX"));
	check(is(row(true, false), "!XXXXXXXXXXXXXXXXXXXXX"));
}

static void suspected(void)
{
	begin_tee();
	thread("other");
	threads[1].since = now.at - LEATI_SUSPECT + 1;
	check(is(verdicts(), "lll"));
	threads[1].since = now.at - LEATI_SUSPECT;
	check(is(verdicts(), "lsl"));
	check(is(words(), "suspected: tee waits to send to tee.out2, for 10 s already; "
	                  "only the program's own code could wake it\n"));
	threads[0].since = threads[1].since;
	check(is(verdicts(), "lsl")); /* main waits for a stage, not for the program's own code */
	threads[1].until = LEAT_S(1000);
	check(is(verdicts(), "lll"));
	begin_tee();
	now.knows_all_threads = false;
	threads[1].since = 0;
	check(is(verdicts(), "ls"));
}

static void a_survey_with_parts_missing(void)
{
	begin_tee();
	now.error = ENOMEM;
	check(is(verdicts(), "ll"));
}

/* Lines that only lead to threads of an earlier line are left out. */
static void one_line_for_each_cycle(void)
{
	size_t a;

	begin_survey();
	a = channel("a", 2, 2);
	thread("main");
	waits(LEAT_CASE_RECV_, a);
	thread("one");
	waits_for_lock(2);
	thread("two");
	waits_for_lock(1);
	thread("three");
	waits_for_lock(1);
	check(is(words(), "main waits to receive from a; a is held by the program\n"
	                  "one waits for a mutex, which two holds and should unlock; "
	                  "two waits for a mutex, which one holds and should unlock\n"));
}

/* They may be what the first line lacks. */
static void alike_threads_are_told_together(void)
{
	size_t a;

	begin_survey();
	a = channel("a", 2, 2);
	thread("main");
	waits(LEAT_CASE_RECV_, a);
	thread("work");
	waits_for_lock(0);
	thread("work");
	waits_for_lock(0);
	threads[2].lock = threads[1].lock;
	check(is(words(), "main waits to receive from a; a is held by the program\n"
	                  "2 threads: work waits for a mutex, which main holds and should unlock\n"));
}

static void namesakes_have_numbers(void)
{
	begin_survey();
	thread("map");
	waits_for_lock(1);
	thread("map");
	waits_for_lock(0);
	check(is(words(), "map[1] waits for a mutex, which map[2] holds and should unlock; "
	                  "map[2] waits for a mutex, which map[1] holds and should unlock\n"));
}

static void a_stage_that_waits_for_its_end(void)
{
	size_t done, out;

	begin_survey();
	done = channel("done", 1, 2);
	out = channel("", 1, 1);
	thread("main");
	waits(LEAT_CASE_RECV_, out);
	thread("sleepy");
	is_stage(LEATI_NONE, out, done);
	waits(LEAT_CASE_READY_, done);
	waits(LEAT_CASE_OVER_, out);
	check(is(words(), "main waits to receive from sleepy.out; sleepy waits until it is time to return\n"));
}

int main(int argc, char **argv)
{
	return RUN(a_thread_alone, a_tee_in_the_wrong_order, handles_that_one_thread_uses_alone, two_looks_are_needed,
	           a_wait_that_ends_by_itself, the_end_that_may_wake, the_end_that_cannot_wake,
	           an_end_that_has_just_been_left, locks, several_cases, a_row_of_stages, suspected,
	           a_survey_with_parts_missing, one_line_for_each_cycle, alike_threads_are_told_together,
	           namesakes_have_numbers, a_stage_that_waits_for_its_end);
}
