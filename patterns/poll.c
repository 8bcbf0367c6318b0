/* leat_poll - wait for a descriptor, but no longer than until done.
 * Needs after_func.c.
 *
 *     descriptor ------+
 *                      +--> [poll] -> POLLIN, or ECANCELED
 *     done - leat_fd --+
 *
 * POSIX can wait for several descriptors, but not for a descriptor and something else. So done becomes a descriptor. A
 * done that ends by time has none. Then a thread waits for it, and writes a byte into a pipe.
 *
 * SPDX-License-Identifier: 0BSD
 */
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

/* Returns how many are ready, as poll does. Goes on after a signal, and when more time is left than poll can wait. */
static int poll_all(struct pollfd *on, nfds_t n, leat_time t)
{
	int milliseconds, ready;

	do {
		milliseconds = poll_milliseconds(t);
		ready = poll(on, n, milliseconds);
	} while ((ready < 0 && errno == EINTR) || (ready == 0 && milliseconds == INT_MAX));
	return ready == 0 ? leat_refuse(t == LEAT_NOW ? EAGAIN : ETIMEDOUT) : ready;
}

/* Returns the result of leat_poll for that of poll. */
static int poll_result(const struct pollfd *on, int ready)
{
	if (ready > 0 && on->revents & POLLNVAL)
		return leat_refuse(EBADF);
	return ready > 0 ? on->revents : -1;
}

/* Called by the thread that waited for done. The pipe is empty, so it has room for a byte. */
static void poll_interrupt(void *end)
{
	while (write(*(int *)end, "", 1) < 0 && errno == EINTR)
		;
}

/* on[1] is free for the pipe.
 *
 * If the thread cannot be stopped any more, done came first, or at the same time as the descriptor. So this is
 * ECANCELED. The thread has written its byte, or is about to: reading the byte waits until the thread no longer uses
 * the pipe. */
static int poll_with_pipe(struct pollfd *on, int *ends, leat_rx done, leat_time t)
{
	leat_tx stop;
	int result = leat_after_func(leat_dup(done), poll_interrupt, &ends[1], &stop), error = errno;
	char byte;

	if (result == 1) {
		on[1] = (struct pollfd){ ends[0], POLLIN, 0 };
		result = poll_result(on, poll_all(on, 2, t));
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

static int poll_with_thread(struct pollfd *on, leat_rx done, leat_time t)
{
	int ends[2], result, error;

	if (pipe(ends) < 0)
		return -1;
	(void)fcntl(ends[0], F_SETFD, FD_CLOEXEC); /* cannot fail: they are open */
	(void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	result = poll_with_pipe(on, ends, done, t);
	error = errno;
	(void)close(ends[0]); /* nothing is in it that could be lost */
	(void)close(ends[1]);
	errno = error;
	return result;
}

/* on[1] is free for the descriptor of done. If another thread takes the value that made it readable, the wait goes on. */
static int poll_with_descriptor(struct pollfd *on, int fd, leat_rx done, leat_time t)
{
	int ready, error;

	on[1] = (struct pollfd){ fd, POLLIN, 0 };
	do {
		ready = poll_all(on, 2, t);
		error = errno;
		if (leat_wait_ready_by(done, LEAT_NOW) >= 0)
			return leat_refuse(ECANCELED);
	} while (ready > 0 && !on[0].revents);
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

/* A descriptor that is ready at once needs none of this. */
static int poll_wait(int fd, short events, leat_rx done, leat_time t)
{
	struct pollfd on[2] = { { fd, events, 0 } };
	int ready;

	if (leat_wait_ready_by(done, LEAT_NOW) >= 0)
		return leat_refuse(ECANCELED);
	ready = poll_all(on, 1, LEAT_NOW);
	if (ready > 0 || t == LEAT_NOW || errno != EAGAIN)
		return poll_result(on, ready);
	return leat_is_nil(done) ? poll_result(on, poll_all(on, 1, t)) : poll_or_done(on, done, t);
}

/* poll and read are cancellation points, but a call of leat is none. */
int leat_poll(int fd, int events, leat_rx done, leat_time t)
{
	int former, result;

	if (fd < 0 || events < 0 || events > SHRT_MAX)
		return leat_refuse(fd < 0 ? EBADF : EINVAL);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &former);
	result = poll_wait(fd, (short)events, done, t);
	pthread_setcancelstate(former, &former);
	return result;
}
