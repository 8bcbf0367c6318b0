/* SPDX-License-Identifier: 0BSD
 *
 * storm.c - signals hit all threads of the process all the time: those of the program, the started ones, and the reader
 * of leat_signals. The handler is installed without SA_RESTART. Nothing must happen. No call fails with EINTR or
 * returns before its time. Every value arrives once, and every signal of a stream arrives.
 */
#define _GNU_SOURCE
#include "../test.h"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>

static const leat_rx nil;

static atomic_int over, handled;

/* -------------------------------------------------------------------------------------------------- the storm -- */

static void handle(int number)
{
	(void)number;
	atomic_fetch_add(&handled, 1);
}

/* Started threads do not block SIGPROF. */
static void strike_all(pid_t self)
{
	DIR *threads = opendir("/proc/self/task");

	if (!threads) {
		check(kill(getpid(), SIGPROF) == 0); /* the system chooses the thread */
		return;
	}
	for (const struct dirent *each; (each = readdir(threads)) != NULL;) {
		pid_t thread = (pid_t)strtol(each->d_name, NULL, 10);

		if (thread > 0 && thread != self)
			(void)syscall(SYS_tgkill, getpid(), thread, SIGPROF); /* the thread may have ended */
	}
	check(closedir(threads) == 0);
}

static void rage(void *arg)
{
	(void)arg;
	while (!atomic_load(&over)) {
		struct timespec time = { 0, 100000 };

		strike_all((pid_t)syscall(SYS_gettid));
		nanosleep(&time, NULL);
	}
}

/* ------------------------------------------------------------------------------------------------- in the storm -- */

enum { VALUES = 30 };

static void send_values(void *of_tx)
{
	for (int i = 0; i < VALUES; i++) {
		owned value = own(i);

		leat_sleep(LEAT_US(200));
		check(leat_send(*(leat_tx *)of_tx, &value) == 1);
	}
	leat_drop(*(leat_tx *)of_tx);
}

static void receive_all(void)
{
	leat_chan chan = leat_make_of(&owned_type, capacity);
	background sender;

	begin(&sender, send_values, &chan.tx);
	must_yield_owned(chan.rx, 0, 1, VALUES);
	must_return(&sender);
}

static void receive_slowly(void *of_rx)
{
	owned value;

	for (int i = 0; leat_recv_by(*(leat_rx *)of_rx, &value, leat_in(LEAT_S(1000))) == 1; i++) {
		check(*value.number == i);
		disown(value);
		leat_sleep(LEAT_US(200));
	}
}

static void send_to_slow(void)
{
	leat_chan chan = leat_make_of(&owned_type, capacity > 1 ? 1 : capacity);
	background receiver;

	begin(&receiver, receive_slowly, &chan.rx);
	for (int i = 0; i < VALUES; i++) {
		owned value = own(i);

		check(leat_send_by(chan.tx, &value, i % 2 ? LEAT_NEVER : leat_in(LEAT_S(1000))) == 1);
	}
	leat_drop(chan.tx);
	must_return(&receiver);
	leat_drop(chan.rx);
}

static void select_all(void)
{
	leat_chan chans[2] = { leat_make_of(&owned_type, capacity), leat_make_of(&owned_type, capacity) };
	background senders[2];
	owned value;
	leat_case on[] = { LEAT_RECV(chans[0].rx, &value), LEAT_RECV(chans[1].rx, &value) };
	int next[2] = { 0, 0 };

	for (int i = 0; i < 2; i++)
		begin(&senders[i], send_values, &chans[i].tx);
	while (next[0] + next[1] < 2 * VALUES) {
		int i = leat_select(on, leat_in(LEAT_S(1000)));

		check(i >= 0);
		if (!on[i].ok) {
			on[i] = (leat_case){ 0 };
			continue;
		}
		check(*value.number == next[i]++);
		disown(value);
	}
	for (int i = 0; i < 2; i++) {
		must_return(&senders[i]);
		leat_drop(chans[i].rx);
	}
}

static void wait_for_time(void)
{
	leat_chan chan = leat_make(int, 0);
	leat_rx after, ticks = leat_tick(LEAT_MS(2));
	leat_time t = leat_in(LEAT_MS(5)), due;
	int n;

	check(leat_recv_by(chan.rx, &n, t) == -1 && errno == ETIMEDOUT && leat_now() >= t);
	t = leat_in(LEAT_MS(5));
	leat_sleep(LEAT_MS(5));
	check(leat_now() >= t);
	t = leat_in(LEAT_MS(5));
	after = leat_at(t);
	check(leat_wait(after) == 0 && leat_now() >= t);
	check(leat_recv(ticks, &due) == 1 && due <= leat_now());
	leat_drop(ticks);
	leat_drop(after);
	leat_drop(chan);
}

static void sleep_long(void *slept)
{
	leat_sleep(LEAT_MS(10));
	*(int *)slept = 1;
}

static void wait_for_all(void)
{
	int slept[3] = { 0 };
	leat_time t = leat_in(LEAT_MS(10));

	for (int i = 0; i < 3; i++)
		check(leat_go(sleep_long, &slept[i]) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1 && leat_now() >= t && slept[0] && slept[1] && slept[2]);
}

static int slow(void *arg, const void *in, void *out)
{
	(void)arg;
	leat_sleep(LEAT_US(100));
	*(owned *)out = own(*((const owned *)in)->number);
	return 1;
}

static void run_pipeline(void)
{
	leat_rx out = leat_map_of(nil, owned_numbers(0, VALUES), &owned_type, slow, NULL);

	out = leat_map_ordered_of(nil, out, 3, &owned_type, slow, NULL);
	out = leat_unbatch_of(nil, leat_batch(nil, out, 4, LEAT_MS(1)), &owned_type);
	must_yield_owned(leat_or_done(nil, out), 0, 1, VALUES);
}

static void put_later(void *of_end)
{
	leat_sleep(LEAT_MS(5));
	check(write(*(int *)of_end, "x", 1) == 1);
}

static void poll_pipe(void)
{
	int ends[2];
	leat_chan done = leat_make_unit();
	leat_time t = leat_in(LEAT_MS(5));
	background putter;

	check(pipe(ends) == 0);
	check(leat_poll(ends[0], POLLIN, nil, t) == -1 && errno == ETIMEDOUT && leat_now() >= t);
	t = leat_in(LEAT_MS(5));
	check(leat_poll(ends[0], POLLIN, done.rx, t) == -1 && errno == ETIMEDOUT && leat_now() >= t);
	begin(&putter, put_later, &ends[1]);
	check(leat_poll(ends[0], POLLIN, done.rx, LEAT_NEVER) == POLLIN);
	must_return(&putter);
	check(close(ends[0]) == 0 && close(ends[1]) == 0);
	leat_drop(done);
}

static void tell_signals(void)
{
	leat_chan done = leat_make_unit();
	leat_rx signals = leat_signals(done.rx, LEAT_SIGNALS(SIGUSR1));
	int number;

	for (int i = 0; i < 10; i++) {
		leat_sleep(LEAT_US(300)); /* by then the reader of the stream waits */
		check(kill(getpid(), SIGUSR1) == 0);
		check(leat_recv_by(signals, &number, leat_in(LEAT_S(1000))) == 1 && number == SIGUSR1);
	}
	check(leat_close(done.tx) == 1 && leat_wait(signals) == 0 && leat_cause(signals) == ECANCELED);
	leat_drop(signals);
	leat_drop(done);
}

/* ------------------------------------------------------------------------------------------------- synchronisers -- */

static struct { leat_mutex mutex; leat_cond cond; leat_semaphore semaphore; leat_waitgroup group; int number; } shared;

static void count_up(void *arg)
{
	(void)arg;
	for (int i = 0; i < VALUES; i++) {
		check(leat_semaphore_acquire(&shared.semaphore, 1, nil, LEAT_NEVER) == 1);
		leat_mutex_lock(&shared.mutex);
		shared.number++;
		leat_sleep(LEAT_US(50));
		leat_cond_signal(&shared.cond);
		leat_mutex_unlock(&shared.mutex);
		leat_semaphore_release(&shared.semaphore, 1);
	}
	leat_waitgroup_done(&shared.group);
}

static void synchronise(void)
{
	background counters[3];

	memset(&shared, 0, sizeof shared);
	shared.semaphore = (leat_semaphore)LEAT_SEMAPHORE(2);
	leat_waitgroup_add(&shared.group, 3);
	for (int i = 0; i < 3; i++)
		begin(&counters[i], count_up, NULL);
	leat_mutex_lock(&shared.mutex);
	while (shared.number < 3 * VALUES)
		check(leat_cond_wait(&shared.cond, leat_mutex_locker(&shared.mutex), nil, LEAT_NEVER) == 1);
	leat_mutex_unlock(&shared.mutex);
	check(leat_waitgroup_wait(&shared.group, LEAT_NEVER) == 1);
	for (int i = 0; i < 3; i++)
		must_return(&counters[i]);
}

/* ----------------------------------------------------------------------------------------------------- all of it -- */

static void nothing_is_interrupted(void)
{
	static test_fn *const all[] = {
		receive_all, send_to_slow, select_all, wait_for_time, wait_for_all, run_pipeline, poll_pipe,
		tell_signals, synchronise,
	};
	struct sigaction action = { .sa_handler = handle };
	background storm;

	sigemptyset(&action.sa_mask);
	check(sigaction(SIGPROF, &action, NULL) == 0);
	begin(&storm, rage, NULL);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		int before = atomic_load(&handled);

		do {
			all[i]();
			must_be_clean();
		} while (atomic_load(&handled) == before); /* until the storm has struck again */
	}
	atomic_store(&over, 1);
	must_return(&storm);
}

int main(int argc, char **argv)
{
	return RUN(nothing_is_interrupted);
}
