/* SPDX-License-Identifier: 0BSD
 *
 * signal.c - what leat_signals needs of the operating system: signals of the process become values of channels.
 *
 * A handler may do next to nothing, so it writes the signal's number into a pipe; a thread reads the pipe and sends
 * to the channel that has this number. The pipe is made once and never closed: a handler may be about to write to
 * it. The thread lives while a channel is open; a zero byte ends it. `signals.lock` protects the table; sending
 * happens under it, without waiting: like Go, and like the kernel itself, it drops what nobody has had time to
 * take.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

enum {
	NUMBERS = 65, /* signal numbers are 1 to 64 */
	ROOM = 16     /* signals kept for a receiver that is busy */
};

static struct {
	pthread_mutex_t lock;
	int pipe[2];                       /* 0, 0: not yet made */
	int open;                          /* how many streams there are */
	int next_id;
	int owner[NUMBERS];                /* id of the stream that has this number; 0: none */
	leat_tx tx[NUMBERS];               /* its channel, one handle for each number */
	struct sigaction former[NUMBERS];
	atomic_int end;                    /* where handlers write */
} signals = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void note_signal(int number)
{
	int saved = errno;
	unsigned char byte = (unsigned char)number;
	ssize_t written = write(atomic_load(&signals.end), &byte, 1);

	(void)written; /* a full pipe has enough of them already */
	errno = saved;
}

static void hand_on(int number)
{
	pthread_mutex_lock(&signals.lock);
	if (signals.owner[number])
		(void)leat_send_by(signals.tx[number], &number, LEAT_NOW); /* dropped when there is no room */
	pthread_mutex_unlock(&signals.lock);
}

/* The pipe is broken (somebody closed descriptors that were not theirs): tell all streams. */
static void fail_all(int cause)
{
	pthread_mutex_lock(&signals.lock);
	for (int number = 1; number < NUMBERS; number++)
		if (signals.owner[number])
			(void)leat_close_with(signals.tx[number], cause);
	pthread_mutex_unlock(&signals.lock);
}

static void read_signals(void *arg)
{
	(void)arg;
	for (;;) {
		unsigned char number;
		ssize_t got = read(signals.pipe[0], &number, 1);

		if (got == 1 && number == 0)
			return;
		if (got == 1 && number < NUMBERS) {
			hand_on(number);
		} else if (got == 0 || errno != EINTR) {
			fail_all(got == 0 ? EPIPE : errno);
			return;
		}
	}
}

/* ---------------------------------------------------------------------------------------------- open -- */

/* Locked: 0 or an errno value. */
static int make_pipe(void)
{
	if (signals.pipe[1])
		return 0;
	if (pipe(signals.pipe) < 0)
		return errno;
	for (int i = 0; i < 2; i++)
		(void)fcntl(signals.pipe[i], F_SETFD, FD_CLOEXEC); /* cannot fail: they are open, and ours */
	(void)fcntl(signals.pipe[1], F_SETFL, O_NONBLOCK);
	atomic_store(&signals.end, signals.pipe[1]);
	return 0;
}

/* Locked: give the numbers of this stream back to who had them. */
static void restore(int id)
{
	for (int number = 1; number < NUMBERS; number++) {
		if (signals.owner[number] != id)
			continue;
		(void)sigaction(number, &signals.former[number], NULL); /* it was valid before */
		signals.owner[number] = 0;
		leat_drop(signals.tx[number]);
	}
}

/* The pipe is the parent's. A signal between the fork and this may still be written to it. */
void leati_forget_signals(void)
{
	static const pthread_mutex_t free_lock = PTHREAD_MUTEX_INITIALIZER;

	signals.lock = free_lock;
	for (int number = 1; number < NUMBERS; number++) {
		if (signals.owner[number])
			(void)sigaction(number, &signals.former[number], NULL);
		signals.owner[number] = 0; /* the channel stays: its lock may be held for ever */
	}
	for (int i = 0; i < 2 && signals.pipe[1]; i++)
		(void)close(signals.pipe[i]);
	signals.pipe[0] = signals.pipe[1] = 0;
	signals.open = 0;
}

/* Locked: 0 or an errno value. The same number twice in one call is harmless. */
static int catch_number(int number, int id, leat_tx tx)
{
	struct sigaction action = { .sa_handler = note_signal, .sa_flags = SA_RESTART };

	if (number < 1 || number >= NUMBERS)
		return EINVAL;
	if (signals.owner[number])
		return signals.owner[number] == id ? 0 : EBUSY;
	sigemptyset(&action.sa_mask);
	if (sigaction(number, &action, &signals.former[number]) < 0)
		return errno;
	signals.owner[number] = id;
	signals.tx[number] = leat_dup(tx);
	return 0;
}

/* Locked. */
static int catch_all(const int *numbers, size_t count, int id, leat_tx tx)
{
	int error = make_pipe();

	for (size_t i = 0; i < count && !error; i++)
		error = catch_number(numbers[i], id, tx);
	if (!error && signals.open == 0)
		error = leati_start((leati_job){ "signals", read_signals, NULL, NULL });
	if (error)
		restore(id);
	else
		signals.open++;
	return error;
}

leat_rx leat_signals_open_(const int *numbers, size_t count, int *id)
{
	leat_chan chan = numbers && count ? leat_make(int, ROOM) : leati_failed(EINVAL);
	int error = leat_cause(chan);

	*id = 0;
	if (!error) {
		pthread_mutex_lock(&signals.lock);
		error = catch_all(numbers, count, ++signals.next_id, chan.tx);
		if (!error)
			*id = signals.next_id;
		pthread_mutex_unlock(&signals.lock);
	}
	leat_drop(chan.tx);
	if (!error)
		return chan.rx;
	leat_drop(chan.rx);
	return leat_ended(error);
}

void leat_signals_close_(int id)
{
	static const unsigned char stop = 0;
	bool last;
	int former;

	if (!id)
		return;
	pthread_mutex_lock(&signals.lock);
	restore(id);
	last = --signals.open == 0;
	pthread_mutex_unlock(&signals.lock);
	/* A full pipe is being read, so there will be room. */
	former = leati_forbid_cancel();
	while (last && write(signals.pipe[1], &stop, 1) < 0 && (errno == EAGAIN || errno == EINTR))
		sched_yield();
	leati_allow_cancel(former);
}
