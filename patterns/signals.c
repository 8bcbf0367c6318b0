/* leat_signals - signals of the process as a stream.
 *
 *     SIGINT SIGTERM -> (handler) -> pipe -> (reader) -> [signals] -> 2 15
 *
 * A signal handler may do next to nothing, so it writes the signal's number into a pipe. One reader thread for all
 * streams reads the pipe and sends each number to the stream that has it, without waiting. Like Go and like the kernel
 * itself, it drops a signal that nobody has had time to take.
 *
 * The pipe is made once and never closed, because a handler may be about to write to it. The reader lives while a
 * stream is open; a zero byte ends it.
 *
 * LOCK ORDER: signals_lock comes before every lock of the core. It protects the table.
 *
 * SPDX-License-Identifier: 0BSD
 */
#define _POSIX_C_SOURCE 200809L
#include "leat.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

enum {
	SIGNALS_NUMBERS = 65, /* signal numbers are 1 to 64 */
	SIGNALS_ROOM = 16     /* signals kept for a receiver that is busy */
};

static pthread_mutex_t signals_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int signals_end;      /* the end of the pipe to which handlers write */
static leat_byte_ signals_prepared; /* signals_forget is registered for the child of a fork */

static struct {
	int pipe[2];                             /* 0, 0: not yet made */
	int open;                                /* how many streams are open */
	int read;                                /* the reader reads the pipe */
	int last_id;
	int owner[SIGNALS_NUMBERS];              /* id of the stream that has this number, or 0 */
	leat_tx tx[SIGNALS_NUMBERS];             /* its channel, one handle for each number */
	struct sigaction former[SIGNALS_NUMBERS];
} signals;

/* ------------------------------------------------------------------------------ from the handler to a channel -- */

/* write is a cancellation point. The interrupted thread may be anywhere, also inside a call of leat or malloc, so the
 * handler must not act on a cancel that is pending. */
static void signals_note(int number)
{
	int saved = errno, former;
	unsigned char byte = (unsigned char)number;
	ssize_t written;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &former);
	written = write(atomic_load(&signals_end), &byte, 1);
	(void)written; /* a full pipe holds enough signals already */
	pthread_setcancelstate(former, &former);
	errno = saved;
}

static void signals_hand_on(int number)
{
	pthread_mutex_lock(&signals_lock);
	if (signals.owner[number])
		(void)leat_send_by(signals.tx[number], &number, LEAT_NOW); /* dropped when there is no room */
	pthread_mutex_unlock(&signals_lock);
}

/* The pipe is broken: the program has closed descriptors that were not its own. Tell all streams. A write to a pipe
 * without a reader would raise SIGPIPE. */
static void signals_fail_all(int cause)
{
	pthread_mutex_lock(&signals_lock);
	signals.read = 0;
	for (int number = 1; number < SIGNALS_NUMBERS; number++)
		if (signals.owner[number])
			(void)leat_close_with(signals.tx[number], cause);
	pthread_mutex_unlock(&signals_lock);
}

static void signals_read(void *arg)
{
	(void)arg;
	for (;;) {
		unsigned char number;
		ssize_t got = read(signals.pipe[0], &number, 1);

		if (got == 1 && number == 0)
			return;
		if (got == 1 && number < SIGNALS_NUMBERS) {
			signals_hand_on(number);
		} else if (got == 0 || errno != EINTR) {
			signals_fail_all(got == 0 ? EPIPE : errno);
			return;
		}
	}
}

/* -------------------------------------------------------------------------------------------------------- fork -- */

/* Called in the child of a fork. The pipe is the parent's; a handler in the child may have written to it before this.
 * The channels stay, because another thread of the parent may have held their locks.
 *
 * Another thread of the parent may just have been changing the table, so the system is asked whose handler each signal
 * has. A former action is noted before ours is installed, so it is there for each of our handlers. */
static void signals_forget(void)
{
	static const pthread_mutex_t unlocked = PTHREAD_MUTEX_INITIALIZER;
	struct sigaction current;

	signals_lock = unlocked;
	for (int number = 1; number < SIGNALS_NUMBERS; number++) {
		if (sigaction(number, NULL, &current) == 0 && current.sa_handler == signals_note)
			(void)sigaction(number, &signals.former[number], NULL); /* it was valid before */
		signals.owner[number] = 0;
	}
	for (int i = 0; i < 2 && signals.pipe[1]; i++)
		(void)close(signals.pipe[i]);
	signals.pipe[0] = signals.pipe[1] = 0;
	signals.open = signals.read = 0;
}

/* ----------------------------------------------------------------------------------- open: signals_lock is held -- */

static int signals_make_pipe(void)
{
	if (signals.pipe[1])
		return 0;
	if (pipe(signals.pipe) < 0)
		return errno;
	for (int i = 0; i < 2; i++)
		(void)fcntl(signals.pipe[i], F_SETFD, FD_CLOEXEC); /* cannot fail: both are open, and ours */
	(void)fcntl(signals.pipe[1], F_SETFL, O_NONBLOCK);
	atomic_store(&signals_end, signals.pipe[1]);
	return 0;
}

/* Give the numbers of this stream their former actions again. */
static void signals_restore(int id)
{
	for (int number = 1; number < SIGNALS_NUMBERS; number++) {
		if (signals.owner[number] != id)
			continue;
		(void)sigaction(number, &signals.former[number], NULL); /* it was valid before */
		signals.owner[number] = 0;
		leat_drop(signals.tx[number]);
	}
}

/* The same number twice in one call is harmless. */
static int signals_catch(int number, int id, leat_tx tx)
{
	struct sigaction action = { .sa_handler = signals_note, .sa_flags = SA_RESTART };

	if (number < 1 || number >= SIGNALS_NUMBERS)
		return EINVAL;
	if (signals.owner[number])
		return signals.owner[number] == id ? 0 : EBUSY;
	sigemptyset(&action.sa_mask);
	if (sigaction(number, NULL, &signals.former[number]) < 0 || sigaction(number, &action, NULL) < 0)
		return errno;
	signals.owner[number] = id;
	signals.tx[number] = leat_dup(tx);
	return 0;
}

static int signals_start_reader(void)
{
	if (leat_go_for_all_("signals reader", signals_read, NULL, LEAT_HERE_) < 0)
		return errno;
	signals.read = 1;
	return 0;
}

/* Returns 0 or an errno value. After an error nothing is caught. */
static int signals_catch_all(const int *numbers, size_t count, int id, leat_tx tx)
{
	int error = signals_make_pipe();

	for (size_t i = 0; i < count && !error; i++)
		error = signals_catch(numbers[i], id, tx);
	if (!error && signals.open == 0)
		error = signals_start_reader();
	if (error)
		signals_restore(id);
	else
		signals.open++;
	return error;
}

/* --------------------------------------------------------------------------------------------------- the stage -- */

/* A zero byte is written to the pipe when the last stream has ended. A full pipe is being read, so there will be room.
 * write is a cancellation point, so cancellation is disabled. */
static void signals_close(void *of_id)
{
	int *id = of_id, last, former;

	if (!*id)
		return; /* closed already */
	pthread_mutex_lock(&signals_lock);
	signals_restore(*id);
	last = --signals.open == 0 && signals.read;
	pthread_mutex_unlock(&signals_lock);
	*id = 0;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &former);
	while (last && write(signals.pipe[1], "", 1) < 0 && (errno == EAGAIN || errno == EINTR))
		(void)sched_yield();
	pthread_setcancelstate(former, &former);
}

/* The former actions are back before the stream is over. */
static void signals_body(leat_stage *stage, void *id)
{
	leat_pass_on(stage, NULL);
	signals_close(id);
}

/* Returns a stream of these signals, which does not end with done. signals_close needs *id. */
static leat_rx signals_open(const int *numbers, size_t count, int *id)
{
	leat_chan chan = leat_make_exactly_(LEAT_TYPE(int), SIGNALS_ROOM);
	int error = numbers && count ? leat_cause(chan) : EINVAL;

	leat_name(chan, "signals.caught");
	if (!error)
		error = leat_prepare_fork_(&signals_prepared, signals_forget);
	if (!error) {
		pthread_mutex_lock(&signals_lock);
		*id = ++signals.last_id;
		error = signals_catch_all(numbers, count, *id, chan.tx);
		pthread_mutex_unlock(&signals_lock);
	}
	leat_drop(chan.tx);
	if (!error)
		return chan.rx;
	*id = 0;
	leat_drop(chan.rx);
	return leat_ended(error);
}

leat_rx (leat_signals)(leat_rx done, const int *numbers, size_t count)
{
	int id = 0;
	leat_rx in = signals_open(numbers, count, &id);
	leat_type opened = { "signals", sizeof id, NULL, signals_close };

	return leat_stage_start(&(leat_plan){
		.name = "signals",
		.done = done,
		.in = &in,
		.ins = 1,
		.body = signals_body,
		.arg = &id,
		.arg_type = &opened,
	});
}
