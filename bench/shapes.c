/* SPDX-License-Identifier: 0BSD
 *
 * shapes.c - what a message costs: in every shape of who sends to whom, through channels of every capacity.
 *
 * seq          one thread sends all, then receives all
 * spsc         one sender, one receiver; m is four: mpsc, spmc, mpmc
 * select_rx    four senders, each on a channel of its own; the receiver selects
 * select_both  four senders and four receivers select among the same four channels
 * pingpong     a value goes to a partner and comes back: one round trip
 * chain        each value through this many stages
 */
#include "bench.h"

enum { MANY = 4, STAGES = 64, BLOCK = 64, LARGEST = 1024 };

/* One thread of a benchmark: what it does, how often, and with which channels. */
typedef struct {
	void (*fn)(void *of_party);
	leat_rx from;
	leat_tx to;
	const leat_chan *among; /* MANY channels, to select */
	size_t size;            /* of a value */
	long count;
	uint64_t sum;           /* of what it received */
} party;

/* ---------------------------------------------------------------------------------------------- parties -- */

/* The number goes into the last word: a value of which not all arrives is told. */
static void produce(void *of_party)
{
	const party *self = of_party;
	uint64_t value[LARGEST / sizeof(uint64_t)] = { 0 }, *last = &value[self->size / sizeof *value - 1];

	for (*last = 0; *last < (uint64_t)self->count; ++*last)
		bench_check(leat_send_sized(self->to, value, self->size, LEAT_NEVER) == 1);
}

static void consume(void *of_party)
{
	party *self = of_party;
	uint64_t value[LARGEST / sizeof(uint64_t)], *last = &value[self->size / sizeof *value - 1], sum = 0;

	for (long i = 0; i < self->count; i++) {
		bench_check(leat_recv_sized(self->from, value, self->size, LEAT_NEVER) == 1);
		sum += *last;
	}
	self->sum = sum;
}

static void produce_blocks(void *of_party)
{
	const party *self = of_party;
	uint64_t block[BLOCK];

	for (long sent = 0, moved; sent < self->count; sent += moved) {
		for (long i = 0; i < BLOCK; i++)
			block[i] = (uint64_t)(sent + i);
		moved = self->count - sent < BLOCK ? self->count - sent : BLOCK;
		moved = leat_send_n(self->to, block, moved, LEAT_NEVER);
		bench_check(moved > 0);
	}
}

static void consume_blocks(void *of_party)
{
	party *self = of_party;
	uint64_t block[BLOCK], sum = 0;

	for (long received = 0, moved; received < self->count; received += moved) {
		moved = leat_recv_n(self->from, block, BLOCK, LEAT_NEVER);
		bench_check(moved > 0);
		for (long i = 0; i < moved; i++)
			sum += block[i];
	}
	self->sum = sum;
}

static void select_one(leat_case *on)
{
	int chosen = leat_select_n(on, MANY, LEAT_NEVER);

	bench_check(chosen >= 0 && on[chosen].ok);
}

static void produce_selecting(void *of_party)
{
	const party *self = of_party;
	leat_case on[MANY];
	uint64_t value;

	for (int i = 0; i < MANY; i++)
		on[i] = LEAT_SEND(self->among[i].tx, &value);
	for (value = 0; value < (uint64_t)self->count; value++)
		select_one(on);
}

static void consume_selecting(void *of_party)
{
	party *self = of_party;
	leat_case on[MANY];
	uint64_t value, sum = 0;

	for (int i = 0; i < MANY; i++)
		on[i] = LEAT_RECV(self->among[i].rx, &value);
	for (long i = 0; i < self->count; i++) {
		select_one(on);
		sum += value;
	}
	self->sum = sum;
}

static void pass_on(void *of_party)
{
	const party *self = of_party;
	uint64_t value;

	for (long i = 0; i < self->count; i++) {
		bench_check(leat_recv(self->from, &value) == 1);
		bench_check(leat_send(self->to, &value) == 1);
	}
}

static void send_and_await(void *of_party)
{
	party *self = of_party;
	uint64_t value, sum = 0;

	for (uint64_t i = 0; i < (uint64_t)self->count; i++) {
		bench_check(leat_send(self->to, &i) == 1);
		bench_check(leat_recv(self->from, &value) == 1);
		sum += value;
	}
	self->sum = sum;
}

/* ----------------------------------------------------------------------------------------- a repetition -- */

typedef struct {
	double begin;
	leat_chan chans[STAGES + 1];
	party parties[STAGES + 2];
	int chan_count, party_count;
	size_t size;
} repetition;

static void begin(repetition *self, const bench_row *row, long n, int chan_count)
{
	leat_type type = { "element", row->size ? row->size : sizeof(uint64_t), NULL, NULL };

	self->begin = bench_now();
	self->size = type.size;
	self->party_count = 0;
	for (self->chan_count = 0; self->chan_count < chan_count; self->chan_count++)
		self->chans[self->chan_count] = leat_make_of(&type, bench_capacity(row, n));
}

static void join(repetition *self, party new)
{
	new.size = self->size;
	self->parties[self->party_count++] = new;
}

/* Run all parties, the last one in this thread: the time since the beginning. They must have received the sum. */
static double finish(repetition *self, uint64_t expected)
{
	party *last = &self->parties[self->party_count - 1];
	uint64_t sum = 0;
	double time;

	for (party *each = self->parties; each < last; each++)
		bench_check(leat_go(each->fn, each) == 1);
	last->fn(last);
	bench_check(leat_wait_all(LEAT_NEVER) == 1);
	time = bench_now() - self->begin;
	for (party *each = self->parties; each <= last; each++)
		sum += each->sum;
	bench_check(sum == expected);
	for (int i = 0; i < self->chan_count; i++)
		leat_drop(self->chans[i]);
	return time;
}

static uint64_t sum_below(long n)
{
	return (uint64_t)n * ((uint64_t)n - 1) / 2;
}

/* ----------------------------------------------------------------------------------------------- shapes -- */

static double in_sequence(const bench_row *row, long n)
{
	repetition all;

	begin(&all, row, n, 1);
	produce(&(party){ .to = all.chans[0].tx, .size = all.size, .count = n });
	join(&all, (party){ .fn = consume, .from = all.chans[0].rx, .count = n });
	return finish(&all, sum_below(n));
}

static double exchange_by(const bench_row *row, long n, void (*producer)(void *), void (*consumer)(void *))
{
	repetition all;
	long each = n / row->senders;

	begin(&all, row, n, 1);
	for (int i = 0; i < row->senders; i++)
		join(&all, (party){ .fn = producer, .to = all.chans[0].tx, .count = each });
	for (int i = 0; i < row->receivers; i++)
		join(&all, (party){ .fn = consumer, .from = all.chans[0].rx, .count = n / row->receivers });
	return finish(&all, (uint64_t)row->senders * sum_below(each));
}

static double exchange(const bench_row *row, long n)
{
	return exchange_by(row, n, produce, consume);
}

static double exchange_blocks(const bench_row *row, long n)
{
	return exchange_by(row, n, produce_blocks, consume_blocks);
}

/* With one receiver each sender has a channel of its own; with several the senders select too. */
static double select_among(const bench_row *row, long n)
{
	repetition all;
	void (*producer)(void *) = row->receivers > 1 ? produce_selecting : produce;

	begin(&all, row, n, MANY);
	for (int i = 0; i < MANY; i++)
		join(&all, (party){ .fn = producer, .to = all.chans[i].tx, .among = all.chans, .count = n / MANY });
	for (int i = 0; i < row->receivers; i++)
		join(&all, (party){ .fn = consume_selecting, .among = all.chans, .count = n / row->receivers });
	return finish(&all, MANY * sum_below(n / MANY));
}

static double pingpong(const bench_row *row, long n)
{
	repetition all;

	begin(&all, row, n, 2);
	join(&all, (party){ .fn = pass_on, .from = all.chans[0].rx, .to = all.chans[1].tx, .count = n });
	join(&all, (party){ .fn = send_and_await, .from = all.chans[1].rx, .to = all.chans[0].tx, .count = n });
	return finish(&all, sum_below(n));
}

static double chain(const bench_row *row, long n)
{
	repetition all;

	begin(&all, row, n, row->stages + 1);
	for (int i = 0; i < row->stages; i++)
		join(&all, (party){ .fn = pass_on, .from = all.chans[i].rx, .to = all.chans[i + 1].tx, .count = n });
	join(&all, (party){ .fn = produce, .to = all.chans[0].tx, .count = n });
	join(&all, (party){ .fn = consume, .from = all.chans[row->stages].rx, .count = n });
	return finish(&all, sum_below(n));
}

/* ------------------------------------------------------------------------------------------------- rows -- */

#define AT(cap, name, ...) { .work = name, .capacity = cap, .per = "ns/message", __VA_ARGS__ }
#define AT_3(...) AT(0, __VA_ARGS__), AT(1, __VA_ARGS__), AT(128, __VA_ARGS__)
#define AT_4(...) AT_3(__VA_ARGS__), AT(BENCH_ALL, __VA_ARGS__)

static bench_row rows[] = {
	AT(BENCH_ALL, "seq", .run = in_sequence),
	AT_4("spsc", .run = exchange, .senders = 1, .receivers = 1),
	AT_4("mpsc", .run = exchange, .senders = MANY, .receivers = 1),
	AT_4("spmc", .run = exchange, .senders = 1, .receivers = MANY),
	AT_4("mpmc", .run = exchange, .senders = MANY, .receivers = MANY),
	AT_4("select_rx", .run = select_among, .receivers = 1),
	AT_4("select_both", .run = select_among, .receivers = MANY),
	AT(0, "pingpong", .run = pingpong),
	AT(1, "pingpong", .run = pingpong),
	AT_3("chain of 1", .run = chain, .stages = 1),
	AT_3("chain of 4", .run = chain, .stages = 4),
	AT_3("chain of 16", .run = chain, .stages = 16),
	AT_3("chain of 64", .run = chain, .stages = STAGES),
	AT(1024, "blocks of 64", .run = exchange_blocks, .senders = 1, .receivers = 1),
	AT(128, "elements of 64 bytes", .run = exchange, .senders = 1, .receivers = 1, .size = 64),
	AT(128, "elements of 1 KiB", .run = exchange, .senders = 1, .receivers = 1, .size = LARGEST),
};

int main(int argc, char **argv)
{
	return BENCH(argc, argv, "shapes", rows);
}
