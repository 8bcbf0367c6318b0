/* SPDX-License-Identifier: 0BSD
 *
 * descriptor.c - leat_fd: its descriptor is readable exactly while a receive, or a send, would not block.
 */
#include "../test.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>

static int is_readable(int fd)
{
	struct pollfd on = { fd, POLLIN, 0 };

	check(fd >= 0 && poll(&on, 1, 0) >= 0);
	check((on.revents & ~POLLIN) == 0);
	return on.revents == POLLIN;
}

/* Both answers, for the receiving and for the sending end. */
static void must_show(leat_chan chan, int receive, int send)
{
	check(is_readable(leat_fd(chan.rx)) == receive);
	check(is_readable(leat_fd(chan.tx)) == send);
}

static void wait_readable(int fd)
{
	struct pollfd on = { fd, POLLIN, 0 };

	while (poll(&on, 1, -1) < 0)
		check(errno == EINTR);
	check(on.revents == POLLIN);
}

/* --------------------------------------------------------------------------------------- step by step -- */

static void shows_values_and_room(void)
{
	leat_chan chan = leat_make(int, capacity);
	int n;

	must_show(chan, 0, capacity > 0);
	for (size_t i = 0; i < capacity; i++) {
		check(leat_send(chan.tx, &(int){ (int)i }) == 1);
		must_show(chan, 1, i + 1 < capacity);
	}
	for (size_t i = 0; i < capacity; i++) {
		check(leat_recv(chan.rx, &n) == 1 && n == (int)i);
		must_show(chan, i + 1 < capacity, 1);
	}
	leat_drop(chan);
}

static void shows_many_values_at_once(void)
{
	leat_chan chan = leat_make(int, capacity + 3);
	int values[2000] = { 0 };

	must_show(chan, 0, 1);
	check(leat_send_n(chan.tx, values, 2000, LEAT_NOW) == (long)capacity + 3);
	must_show(chan, 1, 0);
	check(leat_force_send(chan.tx, values) == 1);
	must_show(chan, 1, 0);
	check(leat_recv_n(chan.rx, values, 2, LEAT_NOW) == 2);
	must_show(chan, 1, 1);
	check(leat_recv_n(chan.rx, values, 2000, LEAT_NOW) == (long)capacity + 1);
	must_show(chan, 0, 1);
	leat_drop(chan);
}

/* The descriptors are made when there are values already, and when the channel is full. */
static void shows_what_was_there_before(void)
{
	leat_chan chan = leat_make(int, capacity + 1);

	check(leat_send(chan.tx, &(int){ 1 }) == 1);
	must_show(chan, 1, capacity > 0);
	check(leat_wait(chan.rx) == 1);
	must_show(chan, 0, 1);
	leat_drop(chan);
}

static void shows_more_room(void)
{
	leat_chan chan = leat_make(int, capacity);

	for (size_t i = 0; i < capacity; i++)
		check(leat_send(chan.tx, &(int){ 0 }) == 1);
	must_show(chan, capacity > 0, 0);
	check(leat_same(leat_buffer(chan.rx, capacity + 20), chan));
	must_show(chan, capacity > 0, 1);
	leat_drop(chan);
}

static void is_one_descriptor_for_each_end(void)
{
	leat_chan chan = leat_make(int, capacity);
	int rx = leat_fd(chan.rx), tx = leat_fd(chan.tx);

	check(rx != tx && leat_fd(chan.rx) == rx && leat_fd(chan.tx) == tx);
	check(fcntl(rx, F_GETFD) == FD_CLOEXEC);
	leat_drop(chan.rx);
	check(fcntl(rx, F_GETFD) == FD_CLOEXEC);
	leat_drop(chan.tx);
	check(fcntl(rx, F_GETFD) == -1 && errno == EBADF && fcntl(tx, F_GETFD) == -1);
}

static void keeps_errno(void)
{
	leat_chan chan = leat_make(int, capacity + 1);

	check(leat_fd(chan.rx) >= 0);
	errno = EPROTO;
	check(leat_send(chan.tx, &(int){ 1 }) == 1 && leat_wait(chan.rx) == 1 && errno == EPROTO);
	leat_drop(chan);
}

/* ---------------------------------------------------------------------------------------- the other side -- */

static void shows_a_waiting_sender(void)
{
	leat_chan chan = leat_make(int, capacity);
	call sender;
	int n;

	for (size_t i = 0; i < capacity; i++)
		check(leat_send(chan.tx, &(int){ 0 }) == 1);
	(void)leat_fd(chan.rx);
	begin_send(&sender, chan, 7);
	wait_readable(leat_fd(chan.rx));
	for (size_t i = 0; i <= capacity; i++) {
		if (i == capacity)
			wait_readable(leat_fd(chan.rx));
		check(leat_recv_by(chan.rx, &n, capacity ? LEAT_NEVER : LEAT_NOW) == 1);
	}
	must_return(&sender.behind);
	check(n == 7 && sender.result == 1);
	must_show(chan, 0, capacity > 0);
	leat_drop(chan);
}

static void shows_a_waiting_receiver(void)
{
	leat_chan chan = leat_make(int, capacity);
	call receiver;

	must_show(chan, 0, capacity > 0);
	begin_receive(&receiver, chan);
	wait_readable(leat_fd(chan.tx));
	if (capacity == 0)
		check(leat_send_by(chan.tx, &(int){ 7 }, LEAT_NOW) == 1);
	else
		check(leat_send(chan.tx, &(int){ 7 }) == 1);
	must_return(&receiver.behind);
	check(receiver.result == 1 && receiver.value == 7);
	must_show(chan, 0, capacity > 0);
	leat_drop(chan);
}

static void give_up(void *of_chan)
{
	const leat_chan *chan = of_chan;
	int n;

	check(leat_recv_by(chan->rx, &n, leat_in(LEAT_MS(1))) == -1 && errno == ETIMEDOUT);
}

/* A receiver whose time is over is no partner any more. */
static void forgets_a_receiver_that_gave_up(void)
{
	leat_chan chan = leat_make(int, 0);
	background receiver;

	must_show(chan, 0, 0);
	begin(&receiver, give_up, &chan);
	must_return(&receiver);
	must_show(chan, 0, 0);
	leat_drop(chan);
}

/* ------------------------------------------------------------------------------------------------- ends -- */

static void shows_the_end(void)
{
	leat_chan chan = leat_make(int, capacity + 1), other = leat_make(int, capacity);

	check(leat_send(chan.tx, &(int){ 1 }) == 1);
	must_show(chan, 1, capacity > 0);
	check(leat_close(chan.tx) == 1);
	must_show(chan, 1, 1);
	check(leat_wait(chan.rx) == 1);
	must_show(chan, 1, 1);
	leat_drop(chan);
	must_show(other, 0, capacity > 0);
	leat_drop(other.rx);
	check(is_readable(leat_fd(other.tx)));
	leat_drop(other.tx);
}

static void refuses(void)
{
	leat_rx after = leat_after(LEAT_S(100)), nil = { NULL };

	check(leat_fd(nil) == -1 && errno == EINVAL);
	check(leat_fd(after) == -1 && errno == EINVAL);
	check(leat_fd(leat_ended(EPERM)) == -1 && errno == EPERM);
	check(leat_fd(leat_ended(0)) == -1 && errno == ENODATA);
	leat_drop(after);
}

static void says_that_no_descriptor_is_left(void)
{
	leat_chan chan = leat_make(int, capacity + 1);
	struct rlimit former, none;

	check(getrlimit(RLIMIT_NOFILE, &former) == 0);
	none = former;
	none.rlim_cur = 0;
	check(setrlimit(RLIMIT_NOFILE, &none) == 0);
	check(leat_fd(chan.rx) == -1 && errno == EMFILE);
	check(setrlimit(RLIMIT_NOFILE, &former) == 0);
	check(leat_send(chan.tx, &(int){ 1 }) == 1);
	must_show(chan, 1, capacity > 0);
	leat_drop(chan);
}

/* ------------------------------------------------------------------------------------------------ storm -- */

/* Every thread works as an event loop does: it waits for a descriptor, and then tries without waiting. If a descriptor
 * is ever missing a raise, a thread waits for ever. */
enum { SENDERS = 2, RECEIVERS = 2, EACH = 500 };

typedef struct {
	background behind;
	leat_chan chan;
	long sum;
} party;

static void send_when_readable(void *of_party)
{
	party *self = of_party;

	for (int i = 1; i <= EACH;) {
		wait_readable(leat_fd(self->chan.tx));
		i += leat_send_by(self->chan.tx, &i, LEAT_NOW) == 1;
	}
}

static void receive_when_readable(void *of_party)
{
	party *self = of_party;
	int result = -1, n = 0;

	while (result != 0) {
		wait_readable(leat_fd(self->chan.rx));
		result = leat_recv_by(self->chan.rx, &n, LEAT_NOW);
		self->sum += result == 1 ? n : 0;
	}
}

static void receive_plainly(void *of_party)
{
	party *self = of_party;

	for (int n; leat_recv(self->chan.rx, &n) > 0;)
		self->sum += n;
}

/* With capacity 0 one side must wait in the call itself, so one receiver does. */
static void storm(void)
{
	leat_chan chan = leat_make(int, capacity);
	party senders[SENDERS], receivers[RECEIVERS];
	long sum = 0;

	for (int i = 0; i < RECEIVERS; i++) {
		receivers[i] = (party){ .chan = chan };
		begin(&receivers[i].behind, i ? receive_plainly : receive_when_readable, &receivers[i]);
	}
	for (int i = 0; i < SENDERS; i++) {
		senders[i] = (party){ .chan = chan };
		begin(&senders[i].behind, send_when_readable, &senders[i]);
	}
	for (int i = 0; i < SENDERS; i++)
		must_return(&senders[i].behind);
	check(leat_close(chan.tx) == 1);
	for (int i = 0; i < RECEIVERS; i++) {
		must_return(&receivers[i].behind);
		sum += receivers[i].sum;
	}
	check(sum == (long)SENDERS * EACH * (EACH + 1) / 2);
	leat_drop(chan);
}

/* After each round nothing is left, so neither thread may find its descriptor readable for ever: a loop that is awake
 * all the time would see it. */
static void is_quiet_after_each_round(void)
{
	leat_chan chan = leat_make(int, capacity);
	call sender;
	int n;

	for (int i = 0; i < 200; i++) {
		begin_send(&sender, chan, i);
		wait_readable(leat_fd(chan.rx));
		check(leat_recv_by(chan.rx, &n, capacity ? LEAT_NOW : LEAT_NEVER) == 1 && n == i);
		must_return(&sender.behind);
		must_show(chan, 0, capacity > 0);
	}
	leat_drop(chan);
}

int main(int argc, char **argv)
{
	return RUN(shows_values_and_room, shows_many_values_at_once, shows_what_was_there_before, shows_more_room,
	           is_one_descriptor_for_each_end, keeps_errno, shows_a_waiting_sender, shows_a_waiting_receiver,
	           forgets_a_receiver_that_gave_up, shows_the_end, refuses, says_that_no_descriptor_is_left, storm,
	           is_quiet_after_each_round);
}
