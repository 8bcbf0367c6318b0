/* SPDX-License-Identifier: 0BSD
 *
 * loop_epoll - one thread serves a pipeline and a pipe with epoll: leat_fd gives the stream a descriptor.
 *
 * Both sources are read without waiting. The pipe and the stream have ended before the loop does. epoll is Linux's; with
 * poll(2) the program would be much the same.
 */
#define _POSIX_C_SOURCE 200809L
#include <leat.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

static int square(void *arg, const void *in, void *out)
{
	const int *n = in;

	(void)arg;
	*(int *)out = *n * *n;
	return 1;
}

static void watch(int epoll, int fd)
{
	struct epoll_event on = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &on) < 0)
		perror("epoll_ctl");
}

/* Take what is there. Returns 0 when the stream is over. */
static int read_stream(leat_rx squares, int *sum)
{
	int n, result;

	while ((result = leat_recv_by(squares, &n, LEAT_NOW)) > 0)
		*sum += n;
	return result < 0;
}

static int read_pipe(int fd, int *letters)
{
	char text[8];
	ssize_t got = read(fd, text, sizeof text);

	*letters += got > 0 ? (int)got : 0;
	return got > 0;
}

int main(void)
{
	leat_rx squares = leat_map(LEAT_NIL, leat_generator(LEAT_NIL, LEAT_VALUES(int, 1, 2, 3)), int, square, NULL);
	int ends[2], epoll = epoll_create1(EPOLL_CLOEXEC), stream = leat_fd(squares), sum = 0, letters = 0, open = 2;

	if (pipe(ends) < 0 || epoll < 0 || stream < 0 || write(ends[1], "hello", 5) != 5 || close(ends[1]) < 0) {
		perror("loop_epoll");
		return 1;
	}
	watch(epoll, stream);
	watch(epoll, ends[0]);
	while (open > 0) {
		struct epoll_event event;

		if (epoll_wait(epoll, &event, 1, -1) != 1)
			continue;
		if (event.data.fd == stream ? read_stream(squares, &sum) : read_pipe(ends[0], &letters))
			continue;
		(void)epoll_ctl(epoll, EPOLL_CTL_DEL, event.data.fd, NULL); /* cannot fail: it is there */
		open--;
	}
	printf("the stream: %d, the pipe: %d letters\n", sum, letters);
	leat_drop(squares); /* closes its descriptor */
	close(ends[0]);
	close(epoll);
	return 0;
}
