/* SPDX-License-Identifier: 0BSD
 *
 * deadlocks.c - programs that hang, and programs that only look like it. Each runs in a child of a fork, in which a thread
 * makes surveys all the time, and says which threads are stuck.
 *
 * The thread sanitizer has a thread of its own, which leat does not know. So it cannot be proven there that all threads
 * are stuck, and these checks are left out.
 */
#include "../test.h"
#include "../../lib/insight/deadlock.h"

#include <sys/wait.h>

enum { ALL_STUCK = 2, SOME_STUCK = 3, RETURNED = 4 };

static int words[2]; /* a pipe from the child */

/* ----------------------------------------------------------------------------------------------- the child -- */

static void write_words(const leati_survey *survey, const leati_judgement *judgement)
{
	FILE *to = fdopen(words[1], "w");

	check(to);
	leati_write_deadlocks(to, survey, judgement);
	check(fclose(to) == 0);
}

/* Returns ALL_STUCK or SOME_STUCK, or 0. */
static int judge(const leati_survey *first, const leati_survey *second)
{
	leati_judgement judgement;
	int found = 0;

	check(leati_judge(first, second, LEATI_SUSPECT, &judgement) == 0);
	if (judgement.stuck > 0) {
		found = judgement.all ? ALL_STUCK : SOME_STUCK;
		write_words(second, &judgement);
	}
	leati_end_judgement(&judgement);
	return found;
}

static atomic_int surveyed;

/* The first survey of each pair is the second one of the pair before. */
static void *watch(void *nothing)
{
	leati_survey surveys[2];
	int found = 0;

	leati_is_service();
	check(leati_begin_survey(&surveys[0]) == 0);
	for (int i = 1; !found; i++) {
		check(leati_begin_survey(&surveys[i % 2]) == 0);
		found = judge(&surveys[1 - i % 2], &surveys[i % 2]);
		leati_end_survey(&surveys[1 - i % 2]);
		atomic_fetch_add(&surveyed, 1);
	}
	_exit(found);
	return nothing;
}

static void run_child(void (*program)(void))
{
	pthread_t watcher;

	check(close(words[0]) == 0);
	check(pthread_create(&watcher, NULL, watch, NULL) == 0);
	program();
	leat_trim();
	_exit(RETURNED);
}

static char text[1000]; /* the words */

/* Returns how the program ended. */
static int run(void (*program)(void))
{
	size_t length = 0;
	pid_t child;
	int status;

	check(pipe(words) == 0);
	check((child = fork()) >= 0);
	if (child == 0)
		run_child(program);
	check(close(words[1]) == 0);
	for (ssize_t n; (n = read(words[0], text + length, sizeof text - 1 - length)) > 0;)
		length += (size_t)n;
	text[length] = '\0';
	check(close(words[0]) == 0);
	check(waitpid(child, &status, 0) == child);
	check(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* The words without the numbers of threads and lines. */
static const char *masked(void)
{
	char *to = text;

	for (const char *from = text; *from; from++)
		if (*from < '0' || *from > '9')
			*to++ = *from;
	*to = '\0';
	return text;
}

/* A thread of the program that leat does not know. */
static void *sleep_for_ever(void *nothing)
{
	for (;;)
		nap(1000);
	return nothing;
}

static void start_other_thread(void)
{
	pthread_t other;

	check(pthread_create(&other, NULL, sleep_for_ever, NULL) == 0);
}

/* ------------------------------------------------------------------------------------------ it hangs: all -- */

static void receives_from_nil(void)
{
	int n;

	leat_recv(LEAT_NIL, &n);
}

static void reads_a_tee_in_the_wrong_order(void)
{
	leat_rx out[2];
	int n;

	leat_tee(LEAT_NIL, leat_generator(LEAT_NIL, LEAT_VALUES(int, 1, 2, 3)), out, 2);
	while (leat_recv(out[0], &n) > 0)
		;
}

static void sends_to_itself(void)
{
	leat_chan chan = leat_make(int, 3);

	leat_name(chan, "numbers");
	for (int i = 0; i < 4; i++)
		leat_send(chan.tx, &i);
}

static leat_mutex one = LEAT_MUTEX(LEAT_ADAPTIVE), two = LEAT_MUTEX(LEAT_ADAPTIVE);
static atomic_int arrived;

static void locks_one_and_two(void *nothing)
{
	(void)nothing;
	leat_mutex_lock(&one);
	meet(&arrived, 2);
	leat_mutex_lock(&two);
}

static void locks_two_and_one(void *nothing)
{
	(void)nothing;
	leat_mutex_lock(&two);
	meet(&arrived, 2);
	leat_mutex_lock(&one);
}

static void locks_in_opposite_order(void)
{
	leat_go(locks_one_and_two, NULL);
	locks_two_and_one(NULL);
}

static void leaves_a_stage(void)
{
	leat_rx unread = leat_generator(LEAT_NIL, LEAT_VALUES(int, 1, 2, 3));

	leat_wait_all(LEAT_NEVER);
	leat_drop(unread);
}

static void upgrades_a_lock(void)
{
	static leat_rwmutex mutex;

	leat_rwmutex_read_lock(&mutex);
	leat_rwmutex_lock(&mutex);
}

static void *receives_a_number(void *of_chan)
{
	int n;

	leat_recv(((leat_chan *)of_chan)->rx, &n);
	return NULL;
}

/* The main thread has ended meanwhile. */
static void leaves_a_thread_alone(void)
{
	static leat_chan chan;
	pthread_t other;

	chan = leat_make(int, capacity);
	check(pthread_create(&other, NULL, receives_a_number, &chan) == 0);
	receives_a_number(&chan);
}

static void all_threads_are_stuck(void)
{
	if (UNDER_TSAN)
		return;
	check(run(receives_from_nil) == ALL_STUCK);
	check(strcmp(text, "main waits to receive from a nil channel\n") == 0);
	check(run(reads_a_tee_in_the_wrong_order) == ALL_STUCK);
	check(strcmp(text, "main waits to receive from tee.out1; tee waits to send to tee.out2; "
	                   "tee.out2 is held by main\n") == 0);
	check(run(sends_to_itself) == ALL_STUCK);
	check(strcmp(text, "main waits to send to numbers; numbers is held by main\n") == 0);
	check(run(locks_in_opposite_order) == ALL_STUCK);
	/* The address sanitizer keeps local variables outside of the stack, by which the holder is known. */
	check(strstr(text, UNDER_ASAN ? " waits for a mutex" : " waits for a mutex, which main holds and should unlock"));
	check(run(leaves_a_stage) == ALL_STUCK);
	check(strstr(text, "main waits for the end of all functions\n"));
	check(run(upgrades_a_lock) == ALL_STUCK);
	check(strcmp(text, "main waits for an rwmutex\n") == 0);
	check(run(leaves_a_thread_alone) == ALL_STUCK);
}

/* -------------------------------------------------------------------------------------- it hangs: a part of it -- */

static void receives_from_nil_beside_others(void)
{
	start_other_thread();
	receives_from_nil();
}

static void locks_in_opposite_order_beside_others(void)
{
	start_other_thread();
	locks_in_opposite_order();
}

static void owns_what_a_tee_waits_for(void)
{
	leat_rx out[2];
	int n;

	start_other_thread();
	leat_tee(LEAT_NIL, leat_generator(LEAT_NIL, LEAT_VALUES(int, 1, 2, 3)), out, 2);
	leat_own(out[1]);
	while (leat_recv(out[0], &n) > 0)
		;
}

static void waits_for_what_it_owns(void)
{
	leat_chan chan = leat_make(int, capacity);

	start_other_thread();
	leat_own(chan);
	leat_wait(chan.rx);
}

static void a_part_is_stuck(void)
{
	check(run(receives_from_nil_beside_others) == SOME_STUCK);
	check(UNDER_ASAN || run(locks_in_opposite_order_beside_others) == SOME_STUCK); /* there a holder is unknown */
	check(run(owns_what_a_tee_waits_for) == SOME_STUCK);
	check(strstr(masked(), "main waits to receive from tee.out; tee waits to send to tee.out; tee.out is held by main\n"));
	check(run(waits_for_what_it_owns) == SOME_STUCK);
}

/* ------------------------------------------------------------------------------------ it only looks like it -- */

static void waits_with_a_deadline(void)
{
	leat_chan chan = leat_make(int, 0);
	leat_rx tick = leat_tick(LEAT_MS(5));

	check(leat_wait_by(chan.rx, leat_in(LEAT_MS(30))) == -1);
	check(leat_wait(leat_after(LEAT_MS(30))) == 0);
	check(leat_wait(tick) == 1);
}

/* Two threads hand values to each other. Most of the time both of them sleep, or are just being woken. */
typedef struct { leat_chan there, back; int rounds; } table;

static void *returns_each(void *of_table)
{
	table *self = of_table;
	int n;

	leat_own(self->there.rx);
	leat_own(self->back.tx);
	while (leat_recv(self->there.rx, &n) > 0)
		check(leat_send(self->back.tx, &n) == 1);
	leat_drop(self->there.rx);
	leat_drop(self->back.tx);
	return NULL;
}

static void plays(table *self)
{
	leat_own(self->there.tx);
	leat_own(self->back.rx);
	for (int i = 0, n; i < self->rounds; i++) {
		check(leat_send(self->there.tx, &i) == 1);
		check(leat_recv(self->back.rx, &n) == 1 && n == i);
	}
	leat_drop(self->there.tx);
	leat_drop(self->back.rx);
}

static void plays_table_tennis(void)
{
	table match = { leat_make(int, 0), leat_make(int, 0), UNDER_TSAN ? 200 : 1000 };
	pthread_t other;

	check(pthread_create(&other, NULL, returns_each, &match) == 0);
	plays(&match);
	check(pthread_join(other, NULL) == 0);
}

/* The next thread gets a handle, the only one of its end, while all others sleep. */
static void *passes_a_handle_on(void *of_chan)
{
	leat_chan *chan = of_chan;
	leat_tx tx;
	int n = 1;

	while (leat_recv(chan->rx, &tx) > 0) {
		leat_own(tx);
		nap(1);
		check(leat_send(tx, &n) == 1);
		leat_drop(tx);
	}
	return NULL;
}

static void waits_for_a_handle_in_a_queue(void)
{
	static leat_chan handles;
	pthread_t other;
	int n;

	handles = leat_make(leat_tx, 1);
	check(pthread_create(&other, NULL, passes_a_handle_on, &handles) == 0);
	for (int i = 0; i < 50; i++) {
		leat_chan chan = leat_make(int, capacity);

		leat_own(chan.rx);
		check(leat_send(handles.tx, &chan.tx) == 1);
		check(leat_recv(chan.rx, &n) == 1);
		leat_drop(chan.rx);
	}
	leat_close(handles.tx);
	check(pthread_join(other, NULL) == 0);
}

static void *reads_a_byte(void *of_chan)
{
	leat_chan *chan = of_chan;
	int in[2], n = 1;

	check(pipe(in) == 0);
	check(write(in[1], "", 1) == 1);
	nap(1);
	check(read(in[0], &n, 1) == 1);
	check(close(in[0]) == 0 && close(in[1]) == 0);
	check(leat_send(chan->tx, &n) == 1);
	return NULL;
}

/* The other thread is not known to leat. It may end while a survey is being made, after it has woken this one. */
static void waits_for_a_system_call(void)
{
	static leat_chan chan;
	pthread_t other;
	int n;

	chan = leat_make(int, 0);
	for (int i = 0; i < 100; i++) {
		check(pthread_create(&other, NULL, reads_a_byte, &chan) == 0);
		check(leat_recv(chan.rx, &n) == 1);
		check(pthread_join(other, NULL) == 0);
	}
}

static void sends_a_number(void *of_chan)
{
	check(leat_send(((leat_chan *)of_chan)->tx, &(int){ 1 }) == 1);
}

/* The same for a thread that is idle before and after. */
static void waits_for_an_idle_thread(void)
{
	leat_chan chan = leat_make(int, 0);
	int n;

	for (int i = 0; i < 200; i++) {
		check(leat_go(sends_a_number, &chan) == 1);
		check(leat_recv(chan.rx, &n) == 1);
	}
	check(leat_wait_all(LEAT_NEVER) == 1);
}

static int doubled(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = 2 * *(const int *)in;
	return 1;
}

static leat_rx doubles(leat_rx done, leat_rx in, void *arg)
{
	return leat_map(done, in, int, doubled, arg);
}

/* Stages begin and end, take handles and give them back. */
static void runs_pipelines(void)
{
	for (int i = 0; i < 40; i++) {
		leat_rx out[3];

		check(leat_fan_out(LEAT_NIL, numbers(0, 20), out, 3, doubles, NULL) == 1);
		check(leat_drain(leat_fan_in(LEAT_NIL, out, 3)) == 0);
	}
	check(leat_wait_all(LEAT_NEVER) == 1);
}

static leat_semaphore places_left;

static void locks_by_turns(void *nothing)
{
	(void)nothing;
	for (int i = 0; i < 200; i++) {
		leat_mutex_lock(&one);
		check(leat_semaphore_acquire(&places_left, 1, LEAT_NIL, LEAT_NEVER) == 1);
		sched_yield();
		leat_semaphore_release(&places_left, 1);
		leat_mutex_unlock(&one);
	}
}

static void contends_for_locks(void)
{
	places_left = (leat_semaphore)LEAT_SEMAPHORE(1);
	for (int i = 0; i < 4; i++)
		check(leat_go(locks_by_turns, NULL) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

static void nothing_is_stuck(void)
{
	check(run(waits_with_a_deadline) == RETURNED);
	check(run(plays_table_tennis) == RETURNED);
	check(run(waits_for_a_handle_in_a_queue) == RETURNED);
	check(run(waits_for_a_system_call) == RETURNED);
	check(run(waits_for_an_idle_thread) == RETURNED);
	check(run(runs_pipelines) == RETURNED);
	check(run(contends_for_locks) == RETURNED);
}

int main(int argc, char **argv)
{
	return RUN(all_threads_are_stuck, a_part_is_stuck, nothing_is_stuck);
}
