/* SPDX-License-Identifier: 0BSD
 *
 * nonblock.c - Go promises that an operation beside a default is done if it can be done at once, and changes nothing
 * otherwise. The same holds here for LEAT_NOW, in a call and in a select, for elements of any size.
 */
#include "go.h"

enum { WAITING = 5, LARGEST = 600 };

static const size_t sizes[] = { 1, 2, 3, 4, 8, 24, LARGEST };

typedef struct { leat_chan chan; size_t size; unsigned char value[LARGEST]; } party;

static void set(unsigned char *value, size_t size, size_t number)
{
	for (size_t i = 0; i < size; i++)
		value[i] = (unsigned char)(number + i);
}

static int is(const unsigned char *value, size_t size, size_t number)
{
	for (size_t i = 0; i < size; i++)
		if (value[i] != (unsigned char)(number + i))
			return 0;
	return 1;
}

/* Send with a call and with a select in turn. */
static int send_now(leat_tx tx, size_t size, size_t number)
{
	unsigned char value[LARGEST];
	leat_case on[] = { LEAT_SEND_SIZED(tx, value, size), { 0 } };
	int sent;

	set(value, size, number);
	if (number % 2)
		sent = leat_send_sized(tx, value, size, LEAT_NOW);
	else
		sent = leat_select(on, LEAT_NOW) == 0 ? on[0].ok : -1;
	check(sent == 1 || (sent == -1 && errno == EAGAIN));
	return sent;
}

static int receive_now(leat_rx rx, size_t size, size_t number)
{
	unsigned char value[LARGEST] = { 0 };
	leat_case on[] = { { 0 }, LEAT_RECV_SIZED(rx, value, size) };
	int received;

	if (number % 2)
		received = leat_recv_sized(rx, value, size, LEAT_NOW);
	else
		received = leat_select(on, LEAT_NOW) == 1 ? on[1].ok : -1;
	check(received == 1 || (received == -1 && errno == EAGAIN));
	check(received == 1 ? is(value, size, number) : value[0] == 0);
	return received;
}

static leat_chan make(size_t size)
{
	return leat_make_of(&(const leat_type){ "bytes", size, NULL, NULL }, capacity);
}

/* No partner waits, so only the room counts. */
static void alone(size_t size)
{
	leat_chan chan = make(size);

	for (size_t round = 0; round < 2; round++) {
		for (size_t i = 0; i < 3; i++)
			check(receive_now(chan.rx, size, i) == -1);
		for (size_t i = 0; i < capacity; i++)
			check(send_now(chan.tx, size, i) == 1);
		for (size_t i = 0; i < 3; i++)
			check(send_now(chan.tx, size, capacity + i) == -1);
		check(leat_len(chan) == capacity);
		for (size_t i = 0; i < capacity; i++)
			check(receive_now(chan.rx, size, i) == 1);
	}
	check(receive_now(chan.rx, size, 1) == -1);
	leat_drop(chan);
}

static void receive_sleeping(void *of_party)
{
	party *self = of_party;

	check(leat_recv_sized(self->chan.rx, self->value, self->size, LEAT_NEVER) == 1);
}

static void send_sleeping(void *of_party)
{
	party *self = of_party;

	check(leat_send_sized(self->chan.tx, self->value, self->size, LEAT_NEVER) == 1);
}

/* The first values go to the waiting receivers. Then as many more can be sent as there is room for. */
static void with_receivers(size_t size)
{
	leat_chan chan = make(size);
	party parties[WAITING];

	for (size_t i = 0; i < WAITING; i++) {
		parties[i].chan = chan;
		parties[i].size = size;
		start(receive_sleeping, &parties[i]);
		until_all_sleep();
	}
	for (size_t i = 0; i < WAITING + capacity; i++)
		check(send_now(chan.tx, size, i) == 1);
	check(send_now(chan.tx, size, 0) == -1);
	join();
	for (size_t i = 0; i < WAITING; i++)
		check(is(parties[i].value, size, i));
	leat_drop(chan);
}

/* The queued values come first, then one from each waiting sender. */
static void with_senders(size_t size)
{
	leat_chan chan = make(size);
	party parties[WAITING];

	for (size_t i = 0; i < capacity; i++)
		check(send_now(chan.tx, size, i) == 1);
	for (size_t i = 0; i < WAITING; i++) {
		parties[i].chan = chan;
		parties[i].size = size;
		set(parties[i].value, size, capacity + i);
		start(send_sleeping, &parties[i]);
		until_all_sleep();
	}
	for (size_t i = 0; i < capacity + WAITING; i++)
		check(receive_now(chan.rx, size, i) == 1);
	check(receive_now(chan.rx, size, 0) == -1);
	join();
	leat_drop(chan);
}

static void with_all_sizes(void (*fn)(size_t size))
{
	clock_runs();
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		fn(sizes[i]);
	leat_clock_real();
}

static void without_a_partner(void)
{
	with_all_sizes(alone);
}

static void with_sleeping_receivers(void)
{
	with_all_sizes(with_receivers);
}

static void with_sleeping_senders(void)
{
	with_all_sizes(with_senders);
}

int main(int argc, char **argv)
{
	return RUN(without_a_partner, with_sleeping_receivers, with_sleeping_senders);
}
