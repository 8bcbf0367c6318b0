/* leat_poll - wait for a descriptor, but no longer than until done. leat_stage_poll - the same for the body of a stage.
 * Needs after_func.c.
 *
 *     descriptor ------------+
 *                            +--> [poll] -> POLLIN, or ECANCELED
 *     done, output - leat_fd-+
 *
 * POSIX can wait for several descriptors, but not for a descriptor and something else. So done becomes a descriptor, and
 * so does the end of a stage's output. A done that ends by time has no descriptor. Then a thread waits for it, and
 * writes a byte into a pipe.
 *
 * SPDX-License-Identifier: 0BSD
 */
#define _GNU_SOURCE /* pipe2 */
#include "leat.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

/* The time left until t in milliseconds, for poll, rounded up. */
static int poll_milliseconds(leat_time t)
{
	leat_time now = leat_now(), left = t <= now ? 0 : t - now;

	if (t == LEAT_NEVER)
		return -1;
	return left > LEAT_MS(INT_MAX - 1) ? INT_MAX : (int)((left + LEAT_MS(1) - 1) / LEAT_MS(1));
}

/* poll waits for the user's descriptor, for that of a stage's output, which is readable when no consumer is left, and for
 * that of done. It ignores those that are -1. */
enum { POLL_FD, POLL_OUTPUT, POLL_DONE, POLL_COUNT };

/* Returns how many are ready, as poll does. Goes on after a signal, and when more time is left than poll can wait. */
static int poll_all(struct pollfd *on, leat_time t)
{
	int milliseconds, ready;

	do {
		milliseconds = poll_milliseconds(t);
		ready = poll(on, POLL_COUNT, milliseconds);
	} while ((ready < 0 && errno == EINTR) || (ready == 0 && milliseconds == INT_MAX));
	return ready == 0 ? leat_refuse(t == LEAT_NOW ? EAGAIN : ETIMEDOUT) : ready;
}

/* Returns the result of leat_poll for that of poll. */
static int poll_result(const struct pollfd *on, int ready)
{
	if (ready > 0 && on[POLL_OUTPUT].revents)
		return leat_refuse(ECANCELED);
	if (ready > 0 && on[POLL_FD].revents & POLLNVAL)
		return leat_refuse(EBADF);
	return ready > 0 ? on[POLL_FD].revents : -1;
}

/* Called by the thread that waited for done. The pipe is empty, so it has room for a byte. */
static void poll_interrupt(void *end)
{
	while (write(*(int *)end, "", 1) < 0 && errno == EINTR)
		;
}

/* If the thread cannot be stopped any more, done came first, or at the same time as the descriptor. So this is
 * ECANCELED. The thread has written its byte, or is about to: reading the byte waits until the thread no longer uses
 * the pipe. */
static int poll_with_pipe(struct pollfd *on, int *ends, leat_rx done, leat_time t)
{
	leat_tx stop;
	int result = leat_after_func(leat_dup(done), poll_interrupt, &ends[1], &stop), error = errno;
	char byte;

	if (result == 1) {
		on[POLL_DONE].fd = ends[0];
		result = poll_result(on, poll_all(on, t));
		error = errno;
		if (leat_signal(stop) == 0) {
			while (read(ends[0], &byte, 1) < 0 && errno == EINTR)
				;
			result = -1;
			error = ECANCELED;
		}
	}
	leat_drop(stop);
	errno = error;
	return result;
}

int leat_pipe_(int *ends)
{
#if defined(__APPLE__) || defined(LEAT_NO_PIPE2) /* a program that forks just now inherits them */
	int result = pipe(ends);

	for (int i = 0; i < 2 && result == 0; i++)
		(void)fcntl(ends[i], F_SETFD, FD_CLOEXEC); /* cannot fail: they are open */
	return result;
#else
	return pipe2(ends, O_CLOEXEC);
#endif
}

static int poll_with_thread(struct pollfd *on, leat_rx done, leat_time t)
{
	int ends[2], result, error;

	if (leat_pipe_(ends) < 0)
		return -1;
	result = poll_with_pipe(on, ends, done, t);
	error = errno;
	(void)close(ends[0]); /* nothing is in it that could be lost */
	(void)close(ends[1]);
	errno = error;
	return result;
}

/* If another thread takes the value that made done readable, the wait goes on. */
static int poll_with_descriptor(struct pollfd *on, int fd, leat_rx done, leat_time t)
{
	int ready, error;

	on[POLL_DONE].fd = fd;
	do {
		ready = poll_all(on, t);
		error = errno;
		if (leat_wait_ready_by(done, LEAT_NOW) >= 0)
			return leat_refuse(ECANCELED);
	} while (ready > 0 && !on[POLL_FD].revents && !on[POLL_OUTPUT].revents);
	errno = error;
	return poll_result(on, ready);
}

static int poll_or_done(struct pollfd *on, leat_rx done, leat_time t)
{
	int fd = leat_fd(done);

	if (fd >= 0)
		return poll_with_descriptor(on, fd, done, t);
	return errno == EINVAL ? poll_with_thread(on, done, t) : -1;
}

/* A descriptor that is ready at once needs none of this. `output` is -1, or that of a stage's output. */
static int poll_wait(int fd, short events, int output, leat_rx done, leat_time t)
{
	struct pollfd on[POLL_COUNT] = { { fd, events, 0 }, { output, POLLIN, 0 }, { -1, POLLIN, 0 } };
	int ready;

	if (leat_wait_ready_by(done, LEAT_NOW) >= 0)
		return leat_refuse(ECANCELED);
	ready = poll_all(on, LEAT_NOW);
	if (ready > 0 || t == LEAT_NOW || errno != EAGAIN)
		return poll_result(on, ready);
	return leat_is_nil(done) ? poll_result(on, poll_all(on, t)) : poll_or_done(on, done, t);
}

/* poll and read are cancellation points, but a call of leat is none. */
static int poll_uncancelled(int fd, int events, int output, leat_rx done, leat_time t)
{
	int former, result;

	if (fd < 0 || events < 0 || events > SHRT_MAX)
		return leat_refuse(fd < 0 ? EBADF : EINVAL);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &former);
	result = poll_wait(fd, (short)events, output, done, t);
	pthread_setcancelstate(former, &former);
	return result;
}

int leat_poll(int fd, int events, leat_rx done, leat_time t)
{
	return poll_uncancelled(fd, events, -1, done, t);
}

int leat_stage_poll(leat_stage *stage, int fd, int events, leat_time t)
{
	leat_rx done;
	leat_tx out;
	int output;

	if (!leat_stage_watches_(stage, &done, &out))
		return leat_refuse(EINVAL);
	if (!leat_running(stage))
		return leat_refuse(ECANCELED); /* no descriptor tells that the stage itself has failed */
	output = leat_fd_over_(out);
	return output < 0 ? -1 : poll_uncancelled(fd, events, output, done, t);
}
