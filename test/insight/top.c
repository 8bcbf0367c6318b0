/* SPDX-License-Identifier: 0BSD
 *
 * top.c - the socket on which a program shows itself to leat-top: what comes out of it, and which folders, numbers and
 * children it must not mix up. test/scripts/top.sh tries leat-top itself.
 */
#include "../test.h"
#include "../../lib/insight/top.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

static const leat_rx nil;
static char runtime[] = "/tmp/leat-test-XXXXXX";

/* Run fn in a child, whose folder of sockets is private. Its status must be 0. */
static void must_pass(void (*fn)(void))
{
	pid_t child;
	int status;

	fflush(stdout);
	check((child = fork()) >= 0);
	if (child == 0) {
		fn();
		exit(0);
	}
	check(waitpid(child, &status, 0) == child);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void socket_of(pid_t process, struct sockaddr_un *address)
{
	char folder[64];

	check(leati_top_folder(folder, sizeof folder));
	memset(address, 0, sizeof *address);
	address->sun_family = AF_UNIX;
	check(snprintf(address->sun_path, sizeof address->sun_path, "%s/%ld", folder, (long)process) > 0);
}

/* Connect to this process, and read all that it says. */
static const char *picture(void)
{
	static char text[1 << 16];
	struct sockaddr_un address;
	size_t size = 0;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	socket_of(getpid(), &address);
	check(fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0);
	for (ssize_t got; (got = read(fd, text + size, sizeof text - 1 - size)) != 0; size += (size_t)got)
		check(got > 0);
	text[size] = '\0';
	close(fd);
	return text;
}

static void wait_for_picture_with(const char *words)
{
	while (!strstr(picture(), words))
		nap(10);
}

/* ------------------------------------------------------------------------------------------------ pictures -- */

static int to_same(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in;
	return 1;
}

static void receive_from_nil(void *unused)
{
	int never;

	(void)unused;
	(void)leat_recv(nil, &never);
}

static void sleep_long(void *unused)
{
	(void)unused;
	leat_sleep(LEAT_S(1000));
}

static void show_pipeline(void)
{
	leat_chan requests;
	const char *text;
	leat_rx out;
	int first;

	check(leat_report_on(LEAT_ON_TOP) == 1 && leat_report_on(LEAT_ON_TOP) == 1);
	out = leat_map_n(nil, leat_repeat(nil, LEAT_VALUES(int, 1)), 3, int, to_same, NULL);
	requests = leat_make(int, 10);
	leat_name(requests.rx, "requests");
	check(leat_recv(out, &first) == 1);
	text = picture();
	check(strncmp(text, "program\t" LEAT_VERSION "\t", 10) == 0 && strstr(text, "\nend\n"));
	check(strstr(text, "\nstage\tmap_n\t"));
	check(strstr(text, "\nchannel\trequests\t0\t10\t"));
	wait_for_picture_with("\t3\tmap_n"); /* one line for three threads, as soon as the third one has begun */
	wait_for_picture_with("\nbottleneck\tyour reader is the bottleneck");
	check(leat_go(receive_from_nil, NULL) == 1);
	wait_for_picture_with("\nstuck\tstuck: ");
	check(leat_go(sleep_long, NULL) == 1);
	wait_for_picture_with(" waits for a time to come\n");
}

static void a_picture_has_stages_and_channels(void)
{
	must_pass(show_pipeline);
}

/* ------------------------------------------------------------------------------------------------- sockets -- */

static int connect_to(pid_t process)
{
	struct sockaddr_un address;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), result;

	socket_of(process, &address);
	result = connect(fd, (const struct sockaddr *)&address, sizeof address);
	close(fd);
	return result;
}

/* The program closes all files, and opens sockets of its own, on which nobody but itself must accept. */
static void close_the_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fds[8], client = socket(AF_UNIX, SOCK_STREAM, 0);

	check(leat_report_on(LEAT_ON_TOP) == 1);
	(void)picture();
	for (int fd = client + 1; fd < 100; fd++)
		close(fd);
	check(snprintf(address.sun_path, sizeof address.sun_path, "%s/own", runtime) > 0);
	for (int i = 0; i < 8; i++) {
		check((fds[i] = socket(AF_UNIX, SOCK_STREAM, 0)) >= 0);
		unlink(address.sun_path);
		check(bind(fds[i], (const struct sockaddr *)&address, sizeof address) == 0 && listen(fds[i], 1) == 0);
		check(connect(i ? socket(AF_UNIX, SOCK_STREAM, 0) : client, (const struct sockaddr *)&address,
		              sizeof address) == 0);
	}
	nap(100); /* the watching thread looks several times */
	for (int i = 0; i < 8; i++)
		check(fcntl(fds[i], F_SETFL, O_NONBLOCK) == 0 && accept(fds[i], NULL, NULL) >= 0);
}

/* The thread sanitizer reports such a program. */
static void a_number_that_is_used_again_is_left_alone(void)
{
	if (!UNDER_TSAN)
		must_pass(close_the_socket);
}

static void fork_with_socket(void)
{
	pid_t child;
	int status;

	check(leat_report_on(LEAT_ON_TOP) == 1);
	check((child = fork()) >= 0);
	if (child == 0)
		_exit(connect_to(getpid()) == 0); /* it has none, and leaves that of its parent alone */
	check(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	(void)picture();
}

static void a_child_has_no_socket(void)
{
	must_pass(fork_with_socket);
}

static void leave_the_socket(void)
{
	struct sockaddr_un address;

	check(leat_report_on(LEAT_ON_TOP) == 1);
	socket_of(getpid(), &address);
	check(access(address.sun_path, F_OK) == 0);
}

static void no_socket_is_left(void)
{
	char folder[64];

	must_pass(leave_the_socket);
	check(leati_top_folder(folder, sizeof folder) && rmdir(folder) == 0);
}

/* ------------------------------------------------------------------------------------------------- folders -- */

static void use_open_folder(void)
{
	char folder[64];

	check(leati_top_folder(folder, sizeof folder));
	check(mkdir(folder, 0777) == 0 && chmod(folder, 0755) == 0);
	check(leat_report_on(LEAT_ON_TOP) == -1 && errno == EACCES);
	check(rmdir(folder) == 0 && symlink("/tmp", folder) == 0);
	check(leat_report_on(LEAT_ON_TOP) == -1 && errno == EACCES);
	check(unlink(folder) == 0);
	check(leat_report_on(LEAT_ON_TOP) == 1);
}

static void only_a_private_folder_will_do(void)
{
	must_pass(use_open_folder);
}

static void use_no_folder(void)
{
	char name[200];

	check(setenv("XDG_RUNTIME_DIR", "/proc/no/such/folder", 1) == 0);
	check(leat_report_on(LEAT_ON_TOP) == -1 && errno == ENOENT);
	memset(name, 'x', sizeof name);
	name[sizeof name - 1] = '\0';
	check(setenv("XDG_RUNTIME_DIR", name, 1) == 0);
	check(leat_report_on(LEAT_ON_TOP) == -1 && errno == ENAMETOOLONG);
}

static void a_folder_that_cannot_be_is_told(void)
{
	must_pass(use_no_folder);
}

static void remove_folders(void)
{
	char folder[64];

	check(leati_top_folder(folder, sizeof folder));
	rmdir(folder);
	unlink("own");
	check(rmdir(runtime) == 0);
}

int main(int argc, char **argv)
{
	int result;

	check(mkdtemp(runtime) && setenv("XDG_RUNTIME_DIR", runtime, 1) == 0);
	result = RUN(a_picture_has_stages_and_channels, a_number_that_is_used_again_is_left_alone, a_child_has_no_socket,
	             no_socket_is_left, only_a_private_folder_will_do, a_folder_that_cannot_be_is_told);
	check(chdir(runtime) == 0);
	remove_folders();
	return result;
}
