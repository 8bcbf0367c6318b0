/* SPDX-License-Identifier: 0BSD
 *
 * shapes.c - the cost of a message, for different numbers of senders and receivers, with channels of different
 * capacities. It also measures the longest wait of a thread. The table at the end describes each shape.
 */
#include "bench.h"

enum {
	MOST_STAGES = 64, MOST_CHANS = BENCH_MOST_THREADS, BLOCK = 64,
	MOST_PARTIES = 2 * BENCH_MOST_THREADS, MOST_WORDS = BENCH_MOST_BYTES / 8
};

_Static_assert(MOST_STAGES + 1 <= MOST_CHANS && MOST_STAGES + 2 <= MOST_PARTIES, "a chain has room");

/* How long a thread waited in its sends or receives. */
typedef struct { double longest, total, last; } stopwatch;

/* One thread of a shape: its function, its channels, and how many values it sends or receives. */
typedef struct {
	void (*fn)(void *of_party);
	leat_rx from;
	leat_tx to;
	const leat_chan *among; /* the channels of a select, one for each thread */
	int threads;
	size_t size;            /* bytes of a value */
	long first, count;      /* a sender sends `count` numbers from `first`; a receiver only uses `count` */
	uint64_t sum;           /* of the received numbers */
	stopwatch watch;
} party;

/* The number of a value is in its last word, so that a value that does not arrive whole is noticed. */
static uint64_t *number_of(const party *self, uint64_t *value)
{
	return &value[self->size / sizeof *value - 1];
}

/* ---------------------------------------------------------------------------------------------- parties -- */

static void produce(void *of_party)
{
	const party *self = of_party;
	uint64_t value[MOST_WORDS], *number = number_of(self, value);

	memset(value, 0, self->size);
	for (*number = (uint64_t)self->first; *number < (uint64_t)(self->first + self->count); ++*number)
		bench_check(leat_send_sized(self->to, value, self->size, LEAT_NEVER) == 1);
}

static void consume(void *of_party)
{
	party *self = of_party;
	uint64_t value[MOST_WORDS], *number = number_of(self, value), sum = 0;

	for (long i = 0; i < self->count; i++) {
		bench_check(leat_recv_sized(self->from, value, self->size, LEAT_NEVER) == 1);
		sum += *number;
	}
	self->sum += sum;
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

static void select_one(const party *self, leat_case *on)
{
	int chosen = leat_select_n(on, self->threads, LEAT_NEVER);

	bench_check(chosen >= 0 && on[chosen].ok);
}

static void produce_selecting(void *of_party)
{
	const party *self = of_party;
	leat_case on[BENCH_MOST_THREADS];
	uint64_t value[MOST_WORDS], *number = number_of(self, value);

	memset(value, 0, self->size);
	for (int i = 0; i < self->threads; i++)
		on[i] = LEAT_SEND_SIZED(self->among[i].tx, value, self->size);
	for (; *number < (uint64_t)self->count; ++*number)
		select_one(self, on);
}

static void consume_selecting(void *of_party)
{
	party *self = of_party;
	leat_case on[BENCH_MOST_THREADS];
	uint64_t value[MOST_WORDS], *number = number_of(self, value), sum = 0;

	for (int i = 0; i < self->threads; i++)
		on[i] = LEAT_RECV_SIZED(self->among[i].rx, value, self->size);
	for (long i = 0; i < self->count; i++) {
		select_one(self, on);
		sum += *number;
	}
	self->sum = sum;
}

static void pass_on(void *of_party)
{
	const party *self = of_party;
	uint64_t value[MOST_WORDS];

	for (long i = 0; i < self->count; i++) {
		bench_check(leat_recv_sized(self->from, value, self->size, LEAT_NEVER) == 1);
		bench_check(leat_send_sized(self->to, value, self->size, LEAT_NEVER) == 1);
	}
}

static void send_and_await(void *of_party)
{
	party *self = of_party;
	uint64_t value[MOST_WORDS], *number = number_of(self, value), sum = 0;

	memset(value, 0, self->size);
	for (uint64_t i = 0; i < (uint64_t)self->count; i++) {
		*number = i;
		bench_check(leat_send_sized(self->to, value, self->size, LEAT_NEVER) == 1);
		bench_check(leat_recv_sized(self->from, value, self->size, LEAT_NEVER) == 1);
		sum += *number;
	}
	self->sum = sum;
}

/* ------------------------------------------------------------------------------------ parties with a watch -- */

static void lap(stopwatch *self)
{
	double now = bench_now(), wait = now - self->last;

	self->longest = wait > self->longest ? wait : self->longest;
	self->total += wait;
	self->last = now;
}

static void produce_watched(void *of_party)
{
	party *self = of_party;
	stopwatch watch = { 0, 0, bench_now() };

	for (uint64_t value = 0; value < (uint64_t)self->count; value++) {
		bench_check(leat_send(self->to, &value) == 1);
		lap(&watch);
	}
	self->watch = watch;
}

static void consume_watched(void *of_party)
{
	party *self = of_party;
	stopwatch watch = { 0, 0, bench_now() };
	uint64_t value, sum = 0;

	for (long i = 0; i < self->count; i++) {
		bench_check(leat_recv(self->from, &value) == 1);
		lap(&watch);
		sum += value;
	}
	self->sum = sum;
	self->watch = watch;
}

/* ----------------------------------------------------------------------------------------- a repetition -- */

typedef struct {
	double begin;
	leat_chan chans[MOST_CHANS];
	party parties[MOST_PARTIES];
	int chan_count, party_count;
	const bench_row *row;
	long n;
} repetition;

typedef struct { double time, longest_wait, mean_wait; } outcome; /* in ns: for a message, and for a send or receive */

static void begin(repetition *self, const bench_row *row, long n, int chan_count)
{
	self->begin = bench_now();
	self->row = row;
	self->n = n;
	self->party_count = 0;
	for (self->chan_count = 0; self->chan_count < chan_count; self->chan_count++)
		self->chans[self->chan_count] = bench_make(row, n);
}

static void join(repetition *self, party new)
{
	new.size = self->row->size;
	new.threads = self->row->threads;
	self->parties[self->party_count++] = new;
}

/* Add up the results of the parties. The received numbers must have the expected sum. */
static void add_up(const repetition *self, uint64_t expected, outcome *all)
{
	uint64_t sum = 0;

	for (const party *each = self->parties; each < &self->parties[self->party_count]; each++) {
		sum += each->sum;
		all->mean_wait += each->watch.total / (double)(2 * self->n);
		if (each->watch.longest > all->longest_wait)
			all->longest_wait = each->watch.longest;
	}
	bench_check(sum == expected);
}

/* Run all parties. The last one runs in this thread. */
static outcome finish(repetition *self, uint64_t expected)
{
	outcome all = { 0, 0, 0 };
	party *last = &self->parties[self->party_count - 1];

	for (party *each = self->parties; each < last; each++)
		bench_check(leat_go(each->fn, each) == 1);
	last->fn(last);
	bench_check(leat_wait_all(LEAT_NEVER) == 1);
	all.time = bench_each(self->begin, self->n);
	add_up(self, expected, &all);
	for (int i = 0; i < self->chan_count; i++)
		leat_drop(self->chans[i]);
	return all;
}

static uint64_t sum_below(long n)
{
	return (uint64_t)n * ((uint64_t)n - 1) / 2;
}

/* ------------------------------------------------------------------------------------------ one channel -- */

/* Send as many as there is room for, receive them, and so on. */
static double seq(const bench_row *row, long n)
{
	leat_chan chan = bench_make(row, n);
	long room = (long)bench_capacity(row, n);
	party both = { .to = chan.tx, .from = chan.rx, .size = row->size };
	double begin = bench_now(), time;

	for (; both.first < n; both.first += both.count) {
		both.count = n - both.first < room ? n - both.first : room;
		produce(&both);
		consume(&both);
	}
	time = bench_each(begin, n);
	bench_check(both.sum == sum_below(n));
	leat_drop(chan);
	return time;
}

static outcome exchange_by(const bench_row *row, long n, int senders, int receivers, void (*producer)(void *),
                           void (*consumer)(void *))
{
	repetition all;

	begin(&all, row, n, 1);
	for (int i = 0; i < senders; i++)
		join(&all, (party){ .fn = producer, .to = all.chans[0].tx, .count = n / senders });
	for (int i = 0; i < receivers; i++)
		join(&all, (party){ .fn = consumer, .from = all.chans[0].rx, .count = n / receivers });
	return finish(&all, (uint64_t)senders * sum_below(n / senders));
}

static double exchange(const bench_row *row, long n, int senders, int receivers)
{
	return exchange_by(row, n, senders, receivers, produce, consume).time;
}

static double spsc(const bench_row *row, long n)
{
	return exchange(row, n, 1, 1);
}

static double mpsc(const bench_row *row, long n)
{
	return exchange(row, n, row->threads, 1);
}

static double spmc(const bench_row *row, long n)
{
	return exchange(row, n, 1, row->threads);
}

static double mpmc(const bench_row *row, long n)
{
	return exchange(row, n, row->threads, row->threads);
}

static double blocks(const bench_row *row, long n)
{
	return exchange_by(row, n, 1, 1, produce_blocks, consume_blocks).time;
}

static double worst_wait(const bench_row *row, long n)
{
	return exchange_by(row, n, row->threads, row->threads, produce_watched, consume_watched).longest_wait;
}

static double worst_to_mean(const bench_row *row, long n)
{
	outcome all = exchange_by(row, n, row->threads, row->threads, produce_watched, consume_watched);

	return all.longest_wait / all.mean_wait;
}

/* -------------------------------------------------------------------------------------- several channels -- */

static double select_among(const bench_row *row, long n, int receivers, void (*producer)(void *))
{
	repetition all;
	long count = n / row->threads;

	begin(&all, row, n, row->threads);
	for (int i = 0; i < row->threads; i++)
		join(&all, (party){ .fn = producer, .to = all.chans[i].tx, .among = all.chans, .count = count });
	for (int i = 0; i < receivers; i++)
		join(&all, (party){ .fn = consume_selecting, .among = all.chans, .count = n / receivers });
	return finish(&all, (uint64_t)row->threads * sum_below(count)).time;
}

static double select_rx(const bench_row *row, long n)
{
	return select_among(row, n, 1, produce);
}

static double select_both(const bench_row *row, long n)
{
	return select_among(row, n, row->threads, produce_selecting);
}

static double pingpong(const bench_row *row, long n)
{
	repetition all;

	begin(&all, row, n, 2);
	join(&all, (party){ .fn = pass_on, .from = all.chans[0].rx, .to = all.chans[1].tx, .count = n });
	join(&all, (party){ .fn = send_and_await, .from = all.chans[1].rx, .to = all.chans[0].tx, .count = n });
	return finish(&all, sum_below(n)).time;
}

static double chain(const bench_row *row, long n)
{
	repetition all;
	int stages = row->shape->stages;

	begin(&all, row, n, stages + 1);
	for (int i = 0; i < stages; i++)
		join(&all, (party){ .fn = pass_on, .from = all.chans[i].rx, .to = all.chans[i + 1].tx, .count = n });
	join(&all, (party){ .fn = produce, .to = all.chans[0].tx, .count = n });
	join(&all, (party){ .fn = consume, .from = all.chans[stages].rx, .count = n });
	return finish(&all, sum_below(n)).time;
}

/* ------------------------------------------------------------------------------------------------ table -- */

#define ANY .capacities = "0 1 128 all", .sizes = "8"
#define SEVERAL ANY, .several = 1
#define CHAIN(count) .run = chain, .stages = count, .capacities = "0 1 128", .sizes = "8"
#define WORST(measure) .unit = measure, .capacities = "0 1 128", .several = 1

static const bench_shape shapes[] = {
	{ "seq", "one thread fills a channel, then empties it", seq, .capacities = "1 128 all", .sizes = "8",
	  .needs_room = 1 },
	{ "spsc", "one sender, one receiver", spsc, ANY },
	{ "mpsc", "several senders, one receiver", mpsc, SEVERAL },
	{ "spmc", "one sender, several receivers", spmc, SEVERAL },
	{ "mpmc", "several senders, several receivers", mpmc, SEVERAL },
	{ "select_rx", "senders with a channel each, one receiver that selects", select_rx, SEVERAL },
	{ "select_both", "several senders and receivers select among as many channels", select_both, SEVERAL },
	{ "pingpong", "to a partner and back: a round trip", pingpong, .capacities = "0 1", .sizes = "8" },
	{ "chain1", "each message through one thread that hands it on", CHAIN(1) },
	{ "chain4", "... through 4", CHAIN(4) },
	{ "chain16", "... through 16", CHAIN(16) },
	{ "chain64", "... through 64", CHAIN(MOST_STAGES) },
	{ "blocks64", "one sender, one receiver, up to 64 messages a call", blocks, .capacities = "1024" },
	{ "sized", "spsc of larger elements", spsc, .capacities = "128", .sizes = "64 1024" },
	{ "worst_wait", "mpmc: the longest send or receive, waiting for a core included", worst_wait, WORST("ns") },
	{ "worst_to_mean", "the same, divided by the mean", worst_to_mean, WORST("x mean") },
};

const bench_table bench_shapes = BENCH_TABLE("shapes", shapes);
