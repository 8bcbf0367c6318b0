/* SPDX-License-Identifier: 0BSD
 *
 * faults_ends.c - allocations and thread starts fail where a pipeline meets the system. Each end tells the cause, leaves
 * no descriptor open, and no child.
 */
#include "faults.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>

static const leat_rx nil;

static int make_text(void *of_count, void *out)
{
	int *count = of_count;

	if (*count == 0)
		return 0;
	--*count;
	return leat_bytes_copy(out, "text", 4) < 0 ? -errno : 1;
}

static leat_rx texts(int *count)
{
	*count = 3;
	return leat_buffer(leat_repeat_fn_of(nil, &leat_bytes_type, make_text, count), capacity);
}

static int writes(void)
{
	int count, fd = open("/dev/null", O_WRONLY), error = leat_write(nil, texts(&count), fd);

	check(close(fd) == 0);
	return error;
}

/* No descriptor is left. */
static int next_descriptor(void)
{
	int fd = dup(0);

	check(fd >= 0 && close(fd) == 0);
	return fd;
}

static int runs(void)
{
	int count, first = next_descriptor(), error;
	leat_rx err, out = leat_process(nil, texts(&count), &(leat_command){ .argv = LEAT_ARGV("cat"), .err = &err });

	(void)leat_drain(err); /* 0, or what the output has too */
	error = leat_drain(out);
	check(leat_wait_all(LEAT_NEVER) == 1 && next_descriptor() == first);
	check(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	return error;
}

/* A client that sends nothing. If its connection cannot be made, it is hung up on, and the next one is accepted. */
static int serves(void)
{
	int first = next_descriptor(), listening = leat_listen("127.0.0.1:0"), peers[2], error = 0;
	struct sockaddr_storage address;
	socklen_t size = sizeof address;
	leat_connection connection;
	leat_rx all;

	check(listening >= 0 && getsockname(listening, (struct sockaddr *)&address, &size) == 0);
	for (int i = 0; i < 2; i++) {
		peers[i] = socket(address.ss_family, SOCK_STREAM, 0);
		check(connect(peers[i], (struct sockaddr *)&address, size) == 0 && shutdown(peers[i], SHUT_WR) == 0);
	}
	all = leat_accept(nil, listening, &(leat_accepting){ .most = 1 });
	if (leat_recv(all, &connection) == 1) {
		error = leat_connection_out(nil, leat_connection_in(nil, &connection), &connection);
		leat_connection_drop(&connection);
	} else {
		error = leat_cause(all);
	}
	leat_drop(all);
	check(leat_wait_all(LEAT_NEVER) == 1 && close(peers[0]) == 0 && close(peers[1]) == 0 && next_descriptor() == first);
	return error;
}

static void ends(void)
{
	check(fail_each(&allocations, ENOMEM, writes) >= 5);
	check(fail_each(&starts, EAGAIN, writes) >= 1);
	check(fail_each(&allocations, ENOMEM, runs) >= 12);
	check(fail_each(&starts, EAGAIN, runs) >= 2);
	check(fail_each(&allocations, ENOMEM, serves) >= 8);
	check(fail_each(&starts, EAGAIN, serves) >= 1);
}

int main(int argc, char **argv)
{
	return RUN(ends);
}
