/* guide - three servers start from the configuration in docs/guide/8-more-machines.md, with certificates of this test.
 * The users of the configuration can do what the guide says. Other users can do nothing.
 *
 * SPDX-License-Identifier: 0BSD
 */
#define _GNU_SOURCE
#include "server.h"

#include <stdatomic.h>

enum { SERVERS = 3 };

static struct server servers[SERVERS];
static char configs[SERVERS][80], certificate[80];
static const leat_type long_type = { "long", sizeof(long), NULL, NULL };

#define RUN(test) (test(), printf("%d: %s\n", ++passed, #test), fflush(stdout))

static int passed;

/* ------------------------------------------------------------------------------------------------------- servers -- */

static int shell(const char *command)
{
	return system(command) == 0;
}

/* One certificate for all, which is its own authority. */
static int make_certificate(const char *folder)
{
	char command[512];

	snprintf(certificate, sizeof certificate, "%s/ca.crt", folder);
	snprintf(command, sizeof command,
	         "cd %s && openssl req -x509 -newkey rsa:2048 -nodes -keyout a.key -out ca.crt -days 2 -subj /CN=127.0.0.1 "
	         "-addext subjectAltName=IP:127.0.0.1 >/dev/null 2>&1 && cp ca.crt a.crt",
	         folder);
	return shell(command);
}

/* The configuration of the guide, with other names, ports, files and passwords. */
static void write_config(int i, const int ports[], const char *files)
{
	const char *folder = servers[i].folder;
	char command[1024];

	snprintf(configs[i], sizeof configs[i], "%s/config", folder);
	snprintf(command, sizeof command,
	         "sed -n '/^    # nats-server.conf/,/^[^ ]/s/^    //p' docs/guide/8-more-machines.md |"
	         "sed 's|name: a|name: %c|; s|/var/lib/nats|%s|; s|/etc/nats|%s|g; s|0.0.0.0:6222|127.0.0.1:%d|;"
	         "     s|@a:6222|@127.0.0.1:%d|; s|@b:6222|@127.0.0.1:%d|; s|@c:6222|@127.0.0.1:%d|;"
	         "     s|[.][.][.]|secret|g' >%s",
	         'a' + i, folder, files, ports[i], ports[0], ports[1], ports[2], configs[i]);
	CHECK(shell(command));
	servers[i].config = configs[i];
}

static int start_servers(void)
{
	int ports[SERVERS];

	for (int i = 0; i < SERVERS; i++) {
		servers[i] = server_make();
		ports[i] = server_free_port();
	}
	if (!make_certificate(servers[0].folder))
		return 0;
	for (int i = 0; i < SERVERS; i++) {
		write_config(i, ports, servers[0].folder);
		server_launch(&servers[i]);
	}
	for (int i = 0; i < SERVERS; i++)
		server_await(&servers[i]);
	return 1;
}

/* -------------------------------------------------------------------------------------------------------- users -- */

static leat_nats *open_as(const char *user, const char *authority)
{
	char urls[SERVERS][64], all[200];

	for (int i = 0; i < SERVERS; i++)
		snprintf(urls[i], sizeof urls[i], "nats://%s@127.0.0.1:%d", user, servers[i].port);
	snprintf(all, sizeof all, "%s,%s,%s", urls[0], urls[1], urls[2]);
	return leat_nats_open(all, &(leat_nats_login){ .authority = authority });
}

static void must_be_refused(const char *user, const char *authority, int cause)
{
	leat_nats *nats = open_as(user, authority);

	CHECK(leat_nats_cause(nats) == cause);
	leat_nats_close(nats);
}

static int fail_two(void *sum, const void *n)
{
	*(atomic_long *)sum += *(const long *)n;
	return *(const long *)n == 2 ? -EDOM : 0;
}

/* Returns how many letters the stream of dead letters has. */
static uint64_t dead_letters(leat_nats *nats)
{
	leat_nats_plan dead = { .stream = "jobs-dead", .type = &long_type };
	leat_rx letters;
	leat_delivery d;
	uint64_t number;

	CHECK(leat_nats_end(nats, &dead, 0) == 0);
	letters = leat_nats_source(LEAT_NIL, nats, &dead);
	CHECK(leat_recv(letters, &d) == 1 && *(long *)d.value == 2 && leat_nats_ack(&d) == 0);
	number = d.number;
	leat_nats_release(&d);
	CHECK(leat_wait(letters) == 0);
	leat_drop(letters);
	return number;
}

/* The boss makes the stream, publishes and ends it. The worker may do what a worker does. */
static void users_can_do_what_the_guide_says(void)
{
	leat_nats_plan jobs = { .stream = "jobs", .type = &long_type, .tries = 1 };
	leat_nats *boss = open_as("boss:secret", certificate), *worker = open_as("worker:secret", certificate);
	leat_rx none = LEAT_NIL;
	atomic_long sum = 0;
	long n = 1;

	CHECK(leat_nats_cause(boss) == 0 && leat_nats_cause(worker) == 0);
	while (leat_nats_make(boss, &jobs, &(leat_nats_limits){ .bytes = 1 << 30, .replicas = SERVERS }) < 0)
		usleep(100 * 1000);
	CHECK(leat_nats_put(none, worker, &jobs, &n, NULL) == -1 && errno == EACCES);
	CHECK(leat_nats_sink(none, leat_generator(none, LEAT_VALUES(long, 1, 2, 3)), boss, &jobs) == 0);
	CHECK(leat_nats_end(boss, &jobs, 0) == 0);
	CHECK(leat_nats_each(none, worker, &jobs, 2, fail_two, &sum) == 0 && sum == 6);
	CHECK(dead_letters(boss) == 1);
	leat_nats_close(boss);
	leat_nats_close(worker);
}

static void others_are_refused(void)
{
	must_be_refused("worker:other", certificate, EACCES);
	must_be_refused("route:secret", certificate, EACCES);
	must_be_refused("worker:secret", NULL, EPROTO);
}

int main(void)
{
	if (!start_servers()) {
		printf("left out: openssl is not installed\n");
		return 0;
	}
	RUN(users_can_do_what_the_guide_says);
	RUN(others_are_refused);
	for (int i = 0; i < SERVERS; i++) {
		server_kill(&servers[i]);
		server_remove(&servers[i]);
	}
	CHECK(leat_wait_all(LEAT_NEVER) == 1);
	nats_CloseAndWait(0);
	printf("%d tests\n", passed);
	return 0;
}
