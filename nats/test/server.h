/* SPDX-License-Identifier: 0BSD
 *
 * server.h - a nats-server for a test: on a port of the loopback, with its store in a folder of its own.
 *
 * However the program ends, its servers end with it, and its folders are removed.
 */
#ifndef SERVER_H
#define SERVER_H

#include <leat/nats.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <nats/nats.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(condition) \
	((condition) ? (void)0 : (fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition), exit(1)))

struct server {
	pid_t pid;
	int port;
	char folder[64], url[64];
	const char *options[12];     /* more arguments, NULL is the last */
	const char *config;          /* a file that has the rest, or NULL: JetStream with its store in the folder */
};

/* ---------------------------------------------------------------------------------------------------- the folder -- */

/* The program and its servers hold the other end of `input`. So the shell reads to the end when the last of them has
 * ended. It is in a session of its own: a signal to all processes of a test that takes too long does not end it. */
static inline void server_clean_at_the_end(int input, const char *folder)
{
	int null = open("/dev/null", O_WRONLY);

	setsid();
	dup2(input, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	execlp("sh", "sh", "-c", "read line; rm -rf \"$0\"", folder, (char *)NULL);
	_exit(127);
}

/* The folder of the program, with the folders of its servers in it. */
static inline const char *server_folders(void)
{
	static char folder[48];
	const char *parent = getenv("TMPDIR");
	int ends[2];
	pid_t pid;

	if (*folder)
		return folder;
	CHECK(snprintf(folder, sizeof folder, "%s/leat-nats-XXXXXX", parent ? parent : "/tmp") < (int)sizeof folder);
	CHECK(mkdtemp(folder) && pipe(ends) == 0);
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		server_clean_at_the_end(ends[0], folder);
	}
	CHECK(pid > 0 && close(ends[0]) == 0);
	return folder;
}

/* ----------------------------------------------------------------------------------------------------- the port -- */

/* A port that is this program's until it ends, also while no server listens there. A socket that is bound and does not
 * listen keeps it: no other program is given the port, and no connection begins at it. A server may bind the port all
 * the same, because both sockets have SO_REUSEADDR. */
static inline int server_free_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

	CHECK(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0);
	CHECK(bind(fd, (struct sockaddr *)&at, size) == 0 && getsockname(fd, (struct sockaddr *)&at, &size) == 0);
	return ntohs(at.sin_port);
}

/* --------------------------------------------------------------------------------------------------- the server -- */

/* The server ends with this thread at the latest. */
static inline void server_run(const struct server *server, pid_t parent)
{
	char port[16], log[96];
	const char *argv[24] = { "nats-server", "-a", "127.0.0.1", "-l", log, "-p", port };
	const char *rest[] = { server->config ? "-c" : "-js", server->config ? server->config : "-sd", server->folder };
	int n = 7;

	snprintf(log, sizeof log, "%s/log", server->folder);
	snprintf(port, sizeof port, "%d", server->port);
	for (int i = 0; i < (server->config ? 2 : 3); i++)
		argv[n++] = rest[i];
	for (int i = 0; server->options[i]; i++)
		argv[n++] = server->options[i];
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent)
		execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

static inline int server_answers(const struct server *server)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		                  .sin_port = htons((uint16_t)server->port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int result = connect(fd, (struct sockaddr *)&at, sizeof at);

	close(fd);
	return result == 0;
}

static inline void server_tell_log(const struct server *server)
{
	char path[96], line[512];
	FILE *log;

	snprintf(path, sizeof path, "%s/log", server->folder);
	log = fopen(path, "r");
	while (log && fgets(line, sizeof line, log))
		fputs(line, stderr);
}

/* Start it, but do not wait until it answers: a server of a cluster answers only when others run. */
static inline void server_launch(struct server *server)
{
	pid_t parent = getpid();

	server->pid = fork();
	if (server->pid == 0)
		server_run(server, parent);
	CHECK(server->pid > 0);
}

/* This waits without a limit, because the test has one. */
static inline void server_await(const struct server *server)
{
	while (!server_answers(server)) {
		int ended = waitpid(server->pid, NULL, WNOHANG);

		if (ended)
			server_tell_log(server);
		CHECK(!ended);
		usleep(20 * 1000);
	}
}

static inline void server_start(struct server *server)
{
	server_launch(server);
	server_await(server);
}

static inline struct server server_make(void)
{
	static int count;
	struct server server = { .port = server_free_port() };

	snprintf(server.folder, sizeof server.folder, "%s/%d", server_folders(), ++count);
	CHECK(mkdir(server.folder, 0700) == 0);
	snprintf(server.url, sizeof server.url, "nats://127.0.0.1:%d", server.port);
	return server;
}

static inline void server_kill(struct server *server)
{
	CHECK(kill(server->pid, SIGKILL) == 0 && waitpid(server->pid, NULL, 0) == server->pid);
}

static inline void server_remove(const struct server *server)
{
	pid_t pid = fork();

	if (pid == 0) {
		execlp("rm", "rm", "-rf", server->folder, (char *)NULL);
		_exit(127);
	}
	CHECK(waitpid(pid, NULL, 0) == pid);
}

/* Start this program again as another process, with these arguments. */
static inline pid_t another(const char *role, const char *url, const char *more)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl("/proc/self/exe", role, role, url, more, (char *)NULL);
		_exit(127);
	}
	CHECK(pid > 0);
	return pid;
}

static inline int status_of(pid_t pid)
{
	int status;

	CHECK(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

#endif
