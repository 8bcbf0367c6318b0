/* SPDX-License-Identifier: 0BSD
 *
 * server.h - a nats-server for a test: on a free port of the loopback, with its store in a folder of its own.
 */
#ifndef SERVER_H
#define SERVER_H

#include <leat/nats.h>

#include <arpa/inet.h>
#include <nats/nats.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(condition) \
	((condition) ? (void)0 : (fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition), exit(1)))

struct server {
	pid_t pid;
	int port;
	char folder[64], url[64];
	const char *options[8];      /* more arguments, NULL is the last */
};

static inline int server_free_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&at, size) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&at, &size) == 0 && close(fd) == 0);
	return ntohs(at.sin_port);
}

/* The server ends with this thread at the latest. */
static inline void server_run(const struct server *server)
{
	const char *argv[20] = { "nats-server", "-a", "127.0.0.1", "-js", "-l" };
	char port[16], log[96];
	int n = 5;

	snprintf(log, sizeof log, "%s/log", server->folder);
	snprintf(port, sizeof port, "%d", server->port);
	argv[n++] = log;
	argv[n++] = "-p";
	argv[n++] = port;
	argv[n++] = "-sd";
	argv[n++] = server->folder;
	for (int i = 0; server->options[i]; i++)
		argv[n++] = server->options[i];
	prctl(PR_SET_PDEATHSIG, SIGKILL);
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

static inline void server_start(struct server *server)
{
	server->pid = fork();
	if (server->pid == 0)
		server_run(server);
	for (int i = 0; i < 1000 && !server_answers(server); i++)
		usleep(20 * 1000);
	CHECK(server_answers(server));
}

static inline struct server server_make(void)
{
	struct server server = { .port = server_free_port(), .folder = "/tmp/leat-nats-XXXXXX" };

	CHECK(mkdtemp(server.folder));
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

/* Another process of this program, with these arguments. */
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
