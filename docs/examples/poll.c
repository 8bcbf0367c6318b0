/* SPDX-License-Identifier: 0BSD
 *
 * poll - give a read up when its request is cancelled: leat_poll waits for the descriptor and for done.
 *
 * Data that comes in time is read as ever.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <leat.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

/* Like read, but returns -1 with ECANCELED if the context is over. */
static ssize_t read_for(leat_context *context, int fd, void *text, size_t size)
{
	return leat_poll(fd, POLLIN, leat_context_done(context), LEAT_NEVER) < 0 ? -1 : read(fd, text, size);
}

static void answer(int from, leat_time within)
{
	leat_context *context = leat_context_with_timeout(leat_context_background(), within);
	char text[32];
	ssize_t got = read_for(context, from, text, sizeof text);

	if (got > 0)
		printf("answer: %.*s\n", (int)got, text);
	else if (leat_context_err(context) == ETIMEDOUT)
		printf("no answer: context deadline exceeded\n");
	else
		printf("no answer: %s\n", got ? leat_strerror(errno) : "it has hung up");
	leat_context_drop(context);
}

int main(void)
{
	int server[2];
	ssize_t put;

	if (pipe(server) < 0) {
		perror("poll");
		return 1;
	}
	answer(server[0], LEAT_MS(20));
	put = write(server[1], "EN/US", 5);
	answer(server[0], LEAT_S(60));
	close(server[0]);
	close(server[1]);
	return put != 5;
}
