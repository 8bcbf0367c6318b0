/* SPDX-License-Identifier: 0BSD
 *
 * net.c - leat_accept gives connections as a stream. A connection is a stream in and an end out. Limits, times and done
 * end what waits for a peer, and nothing stays open.
 */
#include "../test.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

static const leat_rx nil;

enum { AMOUNT = 300000 };

/* -------------------------------------------------------------------------------------------------- the clients -- */

/* A listening socket and its address. Its file is gone at the end. */
typedef struct { int fd; char text[128]; struct sockaddr_storage address; socklen_t size; } server;

static server serve(const char *where)
{
	server self = { .fd = leat_listen(where), .size = sizeof self.address };

	check(self.fd >= 0 && leat_address(self.fd, self.text, sizeof self.text) == (int)strlen(self.text));
	check(getsockname(self.fd, (struct sockaddr *)&self.address, &self.size) == 0);
	return self;
}

static int dial(const server *to)
{
	int fd = socket(to->address.ss_family, SOCK_STREAM, 0);

	check(fd >= 0 && connect(fd, (const struct sockaddr *)&to->address, to->size) == 0);
	return fd;
}

/* Both ends of a connection of our own. */
static leat_connection pair(int *peer, leat_time idle)
{
	leat_connection made;
	int ends[2];

	check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && leat_connection_make(&made, ends[0], idle) == 0);
	*peer = ends[1];
	return made;
}

static int descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

struct sender { background behind; int fd; };

static void send_much(void *of_sender)
{
	const struct sender *self = of_sender;
	unsigned char some[1000];

	for (int i = 0; i < AMOUNT; i += (int)sizeof some) {
		for (size_t j = 0; j < sizeof some; j++)
			some[j] = (unsigned char)((size_t)i + j * 7);
		check(write(self->fd, some, sizeof some) == (ssize_t)sizeof some);
	}
	check(shutdown(self->fd, SHUT_WR) == 0);
}

/* Send, end our side, and get all of it back. */
static void must_echo(int fd)
{
	struct sender sender = { .fd = fd };
	FILE *back = fdopen(fd, "r");
	static unsigned char some[1000];

	check(back);
	begin(&sender.behind, send_much, &sender);
	for (int i = 0; i < AMOUNT; i += (int)sizeof some) {
		check(fread(some, sizeof some, 1, back) == 1);
		for (size_t j = 0; j < sizeof some; j += 111)
			check(some[j] == (unsigned char)((size_t)i + j * 7));
	}
	check(getc(back) == EOF && !ferror(back));
	must_return(&sender.behind);
	check(fclose(back) == 0);
}

/* -------------------------------------------------------------------------------------------------- the servers -- */

static int echo(void *of_done, const void *connection)
{
	leat_rx in = leat_buffer(leat_connection_in(*(leat_rx *)of_done, connection), capacity);

	check(leat_connection_out(*(leat_rx *)of_done, in, connection) == 0);
	return 0;
}

struct serving { background behind; leat_rx done, all; int cause; };

static void echo_all(void *of_serving)
{
	struct serving *self = of_serving;

	self->cause = leat_each(self->done, self->all, 2, echo, &self->done);
}

static void must_serve(const char *where)
{
	leat_chan done = leat_make_unit();
	server here = serve(where);
	struct serving self = { .done = done.rx, .all = leat_accept(done.rx, here.fd, NULL) };

	begin(&self.behind, echo_all, &self);
	for (int i = 0; i < 3; i++)
		must_echo(dial(&here));
	check(leat_close(done.tx) == 1);
	must_return(&self.behind);
	check(self.cause == ECANCELED);
	leat_drop(done);
}

static void an_echo(void)
{
	char path[] = "/tmp/leat-net-XXXXXX";
	int open = descriptors();

	must_serve("127.0.0.1:0");
	check(mkdtemp(path) && chdir(path) == 0);
	must_serve("./socket");
	check(unlink("socket") == 0 && chdir("/") == 0 && rmdir(path) == 0);
	check(leat_wait_all(LEAT_NEVER) == 1 && descriptors() == open);
}

/* The second client is connected by the system, but its connection comes only when the first is closed. */
static void at_most_one_at_once(void)
{
	server here = serve("localhost:0");
	leat_rx all = leat_accept(nil, here.fd, &(leat_accepting){ .most = 1 });
	int first = dial(&here), second = dial(&here);
	leat_connection connection, other;

	check(leat_recv(all, &connection) == 1);
	check(leat_recv_by(all, &other, leat_in(LEAT_MS(20))) == -1 && errno == ETIMEDOUT);
	leat_connection_drop(&connection);
	check(leat_recv(all, &other) == 1);
	leat_connection_drop(&other);
	leat_drop(all);
	check(close(first) == 0 && close(second) == 0);
}

/* There is no descriptor for the connection. It comes when there is one. */
static void without_descriptors_it_waits(void)
{
	server here = serve("127.0.0.1:0");
	leat_rx all = leat_accept(nil, here.fd, NULL);
	struct rlimit former, low;
	leat_connection connection;
	int first = dial(&here), free;

	check(leat_recv(all, &connection) == 1); /* now the stage has all descriptors that it needs for itself */
	leat_connection_drop(&connection);
	check(close(first) == 0);
	check((first = socket(here.address.ss_family, SOCK_STREAM, 0)) >= 0);
	check((free = dup(0)) >= 0 && close(free) == 0 && getrlimit(RLIMIT_NOFILE, &former) == 0);
	low = former;
	low.rlim_cur = (rlim_t)free;
	check(setrlimit(RLIMIT_NOFILE, &low) == 0);
	check(connect(first, (const struct sockaddr *)&here.address, here.size) == 0);
	check(leat_recv_by(all, &connection, leat_in(LEAT_MS(20))) == -1 && errno == ETIMEDOUT);
	check(setrlimit(RLIMIT_NOFILE, &former) == 0);
	check(leat_recv(all, &connection) == 1);
	leat_connection_drop(&connection);
	leat_drop(all);
	check(close(first) == 0);
}

/* With a done that ends by time, each wait needs two descriptors. The second connection may come, if the stage waits
 * already. Then it has one of the two. */
static void without_descriptors_it_waits_for_time(void)
{
	server here = serve("127.0.0.1:0");
	leat_rx done = leat_after(LEAT_S(3600)), all = leat_accept(done, here.fd, NULL);
	struct rlimit former, low;
	leat_connection connection, second = { -1, NULL };
	int peers[] = { dial(&here), socket(AF_INET, SOCK_STREAM, 0), socket(AF_INET, SOCK_STREAM, 0) };

	check(leat_recv(all, &connection) == 1 && getrlimit(RLIMIT_NOFILE, &former) == 0);
	low = former;
	low.rlim_cur = (rlim_t)peers[2] + 1;
	check(setrlimit(RLIMIT_NOFILE, &low) == 0);
	check(connect(peers[1], (const struct sockaddr *)&here.address, here.size) == 0);
	check(leat_recv_by(all, &second, leat_in(LEAT_MS(20))) != 0);
	check(setrlimit(RLIMIT_NOFILE, &former) == 0);
	check(connect(peers[2], (const struct sockaddr *)&here.address, here.size) == 0);
	leat_connection_drop(&connection);
	check(leat_recv(all, &connection) == 1);
	leat_connection_drop(&connection);
	leat_connection_drop(&second);
	leat_drop(all);
	leat_drop(done);
	check(close(peers[0]) == 0 && close(peers[1]) == 0 && close(peers[2]) == 0);
}

/* A system without IPv6 has the second alone. */
static void all_addresses(void)
{
	server here = serve(":0");
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0), has_ip6 = socket(AF_INET6, SOCK_STREAM, 0);

	check(has_ip6 < 0 || (here.address.ss_family == AF_INET6 && close(has_ip6) == 0));
	address.sin_port = here.address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&here.address)->sin6_port
	                                                      : ((struct sockaddr_in *)&here.address)->sin_port;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	check(connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
	check(close(fd) == 0 && close(here.fd) == 0);
}

static void dropping_the_stream_closes_the_socket(void)
{
	server here = serve("127.0.0.1:0");
	leat_rx all = leat_accept(nil, here.fd, NULL);
	int fd = socket(here.address.ss_family, SOCK_STREAM, 0);

	leat_drop(all);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(connect(fd, (const struct sockaddr *)&here.address, here.size) == -1 && errno == ECONNREFUSED);
	check(close(fd) == 0);
}

/* ------------------------------------------------------------------------------------------- peers that do not -- */

static void must_end(leat_rx in, int cause)
{
	check(leat_drain(in) == cause);
}

static void done_ends_the_wait_for_a_silent_peer(void)
{
	leat_chan done = leat_make_unit();
	server here = serve("127.0.0.1:0");
	int peer;
	leat_connection connection = pair(&peer, 0);
	leat_rx in = leat_connection_in(done.rx, &connection), all = leat_accept(done.rx, here.fd, NULL);

	check(leat_wait_by(in, leat_in(LEAT_MS(10))) == -1 && leat_wait_by(all, leat_in(LEAT_MS(10))) == -1);
	check(leat_close(done.tx) == 1);
	must_end(in, ECANCELED);
	must_end(all, ECANCELED);
	leat_connection_drop(&connection);
	leat_drop(done);
	check(close(peer) == 0);
}

static int make_block(void *arg, void *out)
{
	(void)arg;
	return leat_bytes_make(out, 1000) < 0 ? -errno : (memset(((leat_bytes *)out)->at, 'x', 1000), 1);
}

static leat_rx endless(void)
{
	return leat_buffer(leat_repeat_fn_of(nil, &leat_bytes_type, make_block, NULL), capacity);
}

static void a_peer_has_so_much_time(void)
{
	int peer;
	leat_connection connection = pair(&peer, LEAT_MS(10));

	must_end(leat_connection_in(nil, &connection), ETIMEDOUT);
	check(leat_connection_out(nil, endless(), &connection) == ETIMEDOUT);
	leat_connection_drop(&connection);
	check(close(peer) == 0);
}

static void a_peer_that_resets(void)
{
	server here = serve("127.0.0.1:0");
	leat_rx all = leat_accept(nil, here.fd, NULL);
	struct linger abruptly = { 1, 0 };
	int peer = dial(&here);
	leat_connection connection;

	check(leat_recv(all, &connection) == 1);
	check(setsockopt(peer, SOL_SOCKET, SO_LINGER, &abruptly, sizeof abruptly) == 0 && close(peer) == 0);
	must_end(leat_connection_in(nil, &connection), ECONNRESET);
	check(leat_connection_out(nil, endless(), &connection) == EPIPE);
	leat_connection_drop(&connection);
	leat_drop(all);
}

/* The stages keep the connection, though its only other reference is dropped. */
static void a_connection_lives_as_long_as_its_streams(void)
{
	int peer;
	leat_connection connection = pair(&peer, 0);
	leat_rx in = leat_connection_in(nil, &connection);
	leat_bytes got;

	leat_connection_drop(&connection);
	check(write(peer, "x", 1) == 1 && leat_recv(in, &got) == 1 && got.size == 1 && *got.at == 'x');
	leat_bytes_drop(&got);
	leat_drop(in);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(read(peer, &peer, 1) == 0); /* now it is closed */
	check(close(peer) == 0);
}

/* ----------------------------------------------------------------------------------------------------- nonsense -- */

static void what_cannot_be_listened_to(void)
{
	static const char *const wrong[] = { NULL, "", "localhost", "localhost:" };
	char path[256] = "/tmp/", text[4];
	server here = serve("127.0.0.1:0");

	for (int i = 0; i < 4; i++)
		check(leat_listen(wrong[i]) == -1 && errno == EINVAL);
	memset(path + 5, 'x', sizeof path - 6);
	check(leat_listen(path) == -1 && errno == ENAMETOOLONG);
	check(leat_listen(here.text) == -1 && errno == EADDRINUSE);
	check(leat_listen("127.0.0.1:leat-has-no-such-port") == -1 && errno == EADDRNOTAVAIL);
	check(leat_listen("127.0.0.1:65536") == -1 && errno == EADDRNOTAVAIL);
	check(leat_address(here.fd, text, sizeof text) == -1 && errno == ENOBUFS);
	check(close(here.fd) == 0);
	must_end(leat_accept(nil, -1, NULL), EBADF);
	must_end(leat_accept(nil, socket(AF_INET, SOCK_STREAM, 0), NULL), EINVAL);
	must_end(leat_accept(nil, socket(AF_INET, SOCK_DGRAM, 0), NULL), EINVAL);
	must_end(leat_accept(nil, open("/dev/null", O_RDONLY), NULL), ENOTSOCK);
	must_end(leat_connection_in(nil, NULL), EINVAL);
	check(leat_connection_out(nil, endless(), NULL) == EINVAL);
}

int main(int argc, char **argv)
{
	return RUN(an_echo, at_most_one_at_once, without_descriptors_it_waits,
	           without_descriptors_it_waits_for_time, all_addresses, dropping_the_stream_closes_the_socket,
	           done_ends_the_wait_for_a_silent_peer, a_peer_has_so_much_time, a_peer_that_resets,
	           a_connection_lives_as_long_as_its_streams, what_cannot_be_listened_to);
}
