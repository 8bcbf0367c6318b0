/* SPDX-License-Identifier: 0BSD
 *
 * large_elements.c - Go promises that elements of up to 64 KiB go over whole. Here elements of any size do. An element
 * is copied once if its receiver waits, and twice if it is queued.
 */
#include "go.h"

enum { VALUES = 60, LETTERS = 5003 };

typedef struct { int number; unsigned char letters[LETTERS]; double end; } large;

static void write_letters(large *value, int number)
{
	value->number = number;
	for (int i = 0; i < LETTERS; i++)
		value->letters[i] = (unsigned char)(number + i);
	value->end = number / 4.0;
}

static int is_whole(const large *value, int number)
{
	for (int i = 0; i < LETTERS; i++)
		if (value->letters[i] != (unsigned char)(number + i))
			return 0;
	return value->number == number && value->end == number / 4.0;
}

static int is_zero(const large *value)
{
	for (int i = 0; i < LETTERS; i++)
		if (value->letters[i])
			return 0;
	return value->number == 0 && value->end == 0;
}

static void queued_and_received(void)
{
	leat_chan chan = leat_make(large, capacity);
	large value;
	int count = 0;

	for (write_letters(&value, 0); leat_send_by(chan.tx, &value, LEAT_NOW) == 1; write_letters(&value, count))
		count++;
	check((size_t)count == capacity && leat_close(chan.tx) == 1);
	for (int i = 0; i < count; i++)
		check(leat_recv(chan.rx, &value) == 1 && is_whole(&value, i));
	write_letters(&value, 1);
	check(leat_recv(chan.rx, &value) == 0 && is_zero(&value));
	leat_drop(chan);
}

static void send_large(void *of_flow)
{
	flow *self = of_flow;
	large value;
	leat_case on[] = { LEAT_SEND(self->tx, &value), { 0 } };

	for (int i = 0; i < self->count; i++) {
		write_letters(&value, self->from + i);
		check(i % 2 ? leat_send(self->tx, &value) == 1 : leat_select(on, LEAT_NEVER) == 0 && on[0].ok);
	}
	leat_drop(self->tx);
}

/* Two threads send at once. */
static void from_thread_to_thread(void)
{
	leat_chan chan = leat_make(large, capacity);
	flow senders[] = { { leat_dup(chan.tx), 0, VALUES }, { chan.tx, VALUES, VALUES } };
	large value;
	int next[] = { 0, VALUES };
	leat_case on[] = { LEAT_RECV(chan.rx, &value) };

	start(send_large, &senders[0]);
	start(send_large, &senders[1]);
	for (int i = 0; i % 2 ? leat_recv(chan.rx, &value) > 0 : leat_select(on, LEAT_NEVER) == 0 && on[0].ok; i++)
		check(is_whole(&value, next[value.number / VALUES]++));
	check(next[0] == VALUES && next[1] == 2 * VALUES);
	join();
	leat_drop(chan.rx);
}

/* A megabyte in one element. */
static void a_megabyte(void)
{
	enum { MEGABYTE = 1 << 20 };
	leat_chan chan = leat_make_of(&(const leat_type){ "megabyte", MEGABYTE, NULL, NULL }, 1 + capacity % 4);
	unsigned char *out = malloc(MEGABYTE), *in = malloc(MEGABYTE);

	check(out && in);
	for (size_t i = 0; i < MEGABYTE; i++)
		out[i] = (unsigned char)(i % 251);
	check(leat_send_sized(chan.tx, out, MEGABYTE, LEAT_NEVER) == 1);
	check(leat_recv_sized(chan.rx, in, MEGABYTE, LEAT_NEVER) == 1 && memcmp(in, out, MEGABYTE) == 0);
	free(in);
	free(out);
	leat_drop(chan);
}

int main(int argc, char **argv)
{
	return RUN(queued_and_received, from_thread_to_thread, a_megabyte);
}
