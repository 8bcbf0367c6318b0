/* SPDX-License-Identifier: 0BSD
 *
 * faults_waits.c - the sleep of a thread ends although nothing woke it, or the thread goes on long after it was woken.
 * This happens to the k-th wait of a run, for each k, and to all waits of a run. The results must be the same as
 * without. No value is lost, none comes twice, no call returns before its time or with another result, and nothing
 * hangs. The same when the system reports too early that the time has come: leat looks at its own clock before it
 * believes that.
 */
#include "faults.h"

static const leat_rx nil;

/* As a rule, this is long enough for the waiting thread to fall asleep. */
static void let_sleep(void)
{
	struct timespec time = { 0, 300000 };

	nanosleep(&time, NULL);
}

/* --------------------------------------------------------------------------------------------------- channels -- */

static void send_four(void *of_tx)
{
	for (int i = 0; i < 4; i++) {
		owned value = own(i);

		let_sleep();
		check(leat_send(*(leat_tx *)of_tx, &value) == 1);
	}
	check(leat_close(*(leat_tx *)of_tx) == 1);
}

static int receive_what_comes(void)
{
	leat_chan chan = leat_make_of(&owned_type, capacity);
	background sender;

	begin(&sender, send_four, &chan.tx);
	must_yield_owned(leat_dup(chan.rx), 0, 1, 4);
	must_return(&sender);
	leat_drop(chan);
	return 0;
}

static void receive_four(void *of_rx)
{
	for (int i = 0; i < 4; i++) {
		let_sleep();
		must_receive_owned(*(leat_rx *)of_rx, i);
	}
}

/* The channel is full from the beginning. */
static int send_what_is_taken(void)
{
	leat_chan chan = leat_make_of(&owned_type, capacity > 1 ? 1 : capacity);
	background receiver;

	begin(&receiver, receive_four, &chan.rx);
	for (int i = 0; i < 4; i++) {
		owned value = own(i);

		check(leat_send(chan.tx, &value) == 1);
	}
	must_return(&receiver);
	leat_drop(chan);
	return 0;
}

static int time_passes(void)
{
	leat_chan chan = leat_make(int, 0);
	int n = 1;
	leat_case on[] = { LEAT_SEND(chan.tx, &n), LEAT_WAIT(nil) };

	for (leat_time t = leat_in(LEAT_MS(1)); t; t = 0)
		check(leat_recv_by(chan.rx, &n, t) == -1 && errno == ETIMEDOUT && leat_now() >= t);
	for (leat_time t = leat_in(LEAT_MS(1)); t; t = 0)
		check(leat_send_by(chan.tx, &n, t) == -1 && errno == ETIMEDOUT && leat_now() >= t);
	for (leat_time t = leat_in(LEAT_MS(1)); t; t = 0)
		check(leat_select(on, t) == -1 && errno == ETIMEDOUT && leat_now() >= t);
	for (leat_time t = leat_in(LEAT_MS(1)); t; t = 0) {
		leat_sleep(LEAT_MS(1));
		check(leat_now() >= t);
	}
	leat_drop(chan);
	return 0;
}

/* One deadline does not come. Another one may come first, and nothing may be lost then. */
static int time_does_not_pass(void)
{
	leat_chan chan = leat_make_of(&owned_type, capacity);
	background sender;
	int next = 0, result;
	owned value;

	begin(&sender, send_four, &chan.tx);
	while ((result = leat_recv_by(chan.rx, &value, leat_in(next % 2 ? LEAT_US(300) : LEAT_S(1000)))) != 0) {
		check(result == 1 || (next % 2 && errno == ETIMEDOUT));
		if (result == 1) {
			check(*value.number == next++);
			disown(value);
		}
	}
	check(next == 4);
	must_return(&sender);
	leat_drop(chan);
	return 0;
}

static int select_what_comes(void)
{
	leat_chan ones = leat_make_of(&owned_type, capacity), others = leat_make_of(&owned_type, capacity);
	background senders[2];
	owned value;
	leat_case on[] = { LEAT_RECV(ones.rx, &value), LEAT_RECV(others.rx, &value), LEAT_WAIT(nil) };
	int next[2] = { 0, 0 };

	begin(&senders[0], send_four, &ones.tx);
	begin(&senders[1], send_four, &others.tx);
	for (int i; next[0] + next[1] < 8;) {
		i = leat_select(on, LEAT_NEVER);
		if (on[i].ok) {
			check(*value.number == next[i]++);
			disown(value);
		} else {
			check(next[i] == 4);
			on[i] = (leat_case){ 0 };
		}
	}
	must_return(&senders[0]);
	must_return(&senders[1]);
	leat_drop(ones);
	leat_drop(others);
	return 0;
}

/* The values are large. So some time passes between the moment when a partner chooses the sleeper and the moment when
 * it wakes it. */
enum { LARGE = 1 << 17, MANY = 200 };

static const leat_type large_type = { "large", LARGE, NULL, NULL };

static void send_large(void *of_tx)
{
	unsigned char *value = calloc(1, LARGE);

	check(value);
	for (int i = 0; i < MANY; i++) {
		memset(value, i, LARGE);
		check(leat_send_sized(*(leat_tx *)of_tx, value, LARGE, LEAT_NEVER) == 1);
	}
	free(value);
}

static int receive_large(void)
{
	leat_chan chan = leat_make_of(&large_type, 0);
	unsigned char *value = calloc(1, LARGE);
	background sender;

	check(value);
	begin(&sender, send_large, &chan.tx);
	for (int i = 0; i < MANY; i++) {
		check(leat_recv_sized(chan.rx, value, LARGE, LEAT_NEVER) == 1);
		check(value[0] == i && value[LARGE - 1] == i);
	}
	must_return(&sender);
	free(value);
	leat_drop(chan);
	return 0;
}

/* --------------------------------------------------------------------------------------------------- monitors -- */

struct shared {
	leat_mutex mutex;
	leat_cond cond;
	leat_waitgroup group;
	int number;
};

static void count_up(void *of_shared)
{
	struct shared *shared = of_shared;

	for (int i = 0; i < 3; i++) {
		leat_mutex_lock(&shared->mutex);
		shared->number++;
		let_sleep();
		leat_cond_broadcast(&shared->cond);
		leat_mutex_unlock(&shared->mutex);
	}
	leat_waitgroup_done(&shared->group);
}

static int meet_in_monitors(void)
{
	struct shared shared = { .mutex = LEAT_MUTEX(LEAT_HANDOFF) };
	leat_locker locker = leat_mutex_locker(&shared.mutex);
	background counters[2];

	leat_waitgroup_add(&shared.group, 2);
	begin(&counters[0], count_up, &shared);
	begin(&counters[1], count_up, &shared);
	leat_mutex_lock(&shared.mutex);
	while (shared.number < 6)
		check(leat_cond_wait(&shared.cond, locker, nil, LEAT_NEVER) == 1);
	leat_mutex_unlock(&shared.mutex);
	check(leat_waitgroup_wait(&shared.group, LEAT_NEVER) == 1);
	must_return(&counters[0]);
	must_return(&counters[1]);
	return 0;
}

static int time_passes_in_monitors(void)
{
	leat_mutex mutex = { 0 };
	leat_cond cond = { 0 };
	leat_waitgroup group = { 0 };
	leat_semaphore semaphore = LEAT_SEMAPHORE(1);
	leat_time t = leat_in(LEAT_MS(1));

	leat_mutex_lock(&mutex);
	check(leat_mutex_lock_by(&mutex, t) == -1 && errno == ETIMEDOUT && leat_now() >= t);
	t = leat_in(LEAT_MS(1));
	check(leat_cond_wait(&cond, leat_mutex_locker(&mutex), nil, t) == -1 && errno == ETIMEDOUT && leat_now() >= t);
	leat_mutex_unlock(&mutex);
	leat_waitgroup_add(&group, 1);
	t = leat_in(LEAT_MS(1));
	check(leat_waitgroup_wait(&group, t) == -1 && errno == ETIMEDOUT && leat_now() >= t);
	leat_waitgroup_done(&group);
	check(leat_semaphore_acquire(&semaphore, 1, nil, LEAT_NEVER) == 1);
	t = leat_in(LEAT_MS(1));
	check(leat_semaphore_acquire(&semaphore, 1, nil, t) == -1 && errno == ETIMEDOUT && leat_now() >= t);
	leat_semaphore_release(&semaphore, 1);
	return 0;
}

static void set(void *flag)
{
	atomic_store((atomic_int *)flag, 1);
}

static int a_context_ends(void)
{
	leat_time t = leat_in(LEAT_MS(1));
	leat_context *timed = leat_context_with_deadline(leat_context_background(), t);
	leat_context *inner = leat_context_with_cancel(timed);
	atomic_int called = 0;

	check(leat_context_after_func(inner, set, &called, NULL) == 1);
	check(leat_wait(leat_context_done(inner)) == 0 && leat_now() >= t);
	check(leat_context_cause(inner) == ETIMEDOUT);
	leat_context_drop(inner);
	leat_context_drop(timed);
	check(leat_wait_all(LEAT_NEVER) == 1 && atomic_load(&called) == 1);
	return 0;
}

/* ----------------------------------------------------------------------------------------- threads and stages -- */

static void sleep_a_little(void *ran)
{
	let_sleep();
	*(int *)ran = 1;
}

/* The second function finds the idle thread of the first one asleep, or about to end. */
static int wait_for_all(void)
{
	for (int i = 0; i < 2; i++) {
		int ran[2] = { 0, 0 };

		check(leat_go(sleep_a_little, &ran[0]) == 1 && leat_go(sleep_a_little, &ran[1]) == 1);
		check(leat_wait_all(leat_in(LEAT_S(1000))) == 1 && ran[0] && ran[1]);
		let_sleep();
	}
	return 0;
}

static int slow(void *arg, const void *in, void *out)
{
	let_sleep();
	return same(arg, in, out);
}

static int run_pipeline(void)
{
	leat_chan done = leat_make_unit();
	leat_rx mapped = leat_map_of(done.rx, owned_numbers(0, 4), &owned_type, slow, NULL);

	mapped = leat_map_ordered_of(done.rx, mapped, 2, &owned_type, same, NULL);
	must_yield_owned(mapped, 0, 1, 4);
	leat_drop(done);
	return 0;
}

static int hours_pass(void)
{
	leat_time since;
	background sender;
	leat_chan chan = leat_make_of(&owned_type, capacity);

	check(leat_wait_all(LEAT_NEVER) == 1);
	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
	since = leat_now();
	check(leat_wait_by(chan.rx, leat_in(LEAT_S(3600))) == -1 && errno == ETIMEDOUT);
	check(leat_now() == since + LEAT_S(3600));
	leat_clock_real();
	begin(&sender, send_four, &chan.tx);
	must_yield_owned(leat_dup(chan.rx), 0, 1, 4);
	must_return(&sender);
	leat_drop(chan);
	return 0;
}

/* ------------------------------------------------------------------------------------------------------- slips -- */

static scenario *const scenarios[] = {
	receive_what_comes, send_what_is_taken, time_passes, time_does_not_pass, select_what_comes, meet_in_monitors,
	time_passes_in_monitors, a_context_ends, wait_for_all, run_pipeline, hours_pass,
};

/* In one run the first wait goes wrong, in the next run the second, and so on. Returns the number of waits. */
static int slip_once(scenario *run)
{
	int before = atomic_load(&sleeps.injected), runs = 0;

	for (long k = 0; atomic_load(&sleeps.injected) == before + runs; k += 1 + k / 4, runs++) {
		leat_trim();
		atomic_store(&sleeps.left, k);
		check(run() == 0);
		must_be_clean();
		atomic_store(&sleeps.left, -1);
	}
	return atomic_load(&sleeps.injected) - before;
}

/* Run each scenario with each single wait going wrong, and with all of them. Returns the number of waits. */
static int slip_in_all(void)
{
	int slips = 0;

	for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
		slips += slip_once(scenarios[i]);
		atomic_store(&every_wait, 1);
		check(scenarios[i]() == 0);
		must_be_clean();
		atomic_store(&every_wait, 0);
	}
	return slips;
}

/* On a very busy machine it may happen that no thread had to sleep. Then run again. */
static void slip_each(slip kind)
{
	atomic_store(&slipping, kind);
	while (slip_in_all() == 0)
		;
}

static void nothing_woke_it(void)
{
	slip_each(SPURIOUS);
}

/* The wait goes wrong while a partner is about to wake the thread. */
static void it_was_chosen_but_not_yet_told(void)
{
	atomic_store(&slipping, SPURIOUS);
	atomic_store(&every_wait, 1);
	for (int i = 0; i < 3; i++)
		check(receive_large() == 0);
	atomic_store(&every_wait, 0);
}

static void the_time_has_not_come(void)
{
	slip_each(TOO_SOON);
}

static void it_goes_on_late(void)
{
	slip_each(LATE);
}

int main(int argc, char **argv)
{
	return RUN(nothing_woke_it, it_was_chosen_but_not_yet_told, the_time_has_not_come, it_goes_on_late);
}
