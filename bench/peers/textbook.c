/* SPDX-License-Identifier: 0BSD
 *
 * textbook.c - the cost of a message through the bounded queue of the textbooks, between plain threads: a mutex,
 * condition variables and a ring. It has neither close nor select.
 *
 *     textbook SHAPE --cap C|all --messages N --threads T [--size BYTES]
 *
 * It prints shape,capacity,threads,size,messages,ns_per_message. The status is 1 if the system refuses something, 2 if
 * the arguments make no sense, 3 if it does not have the shape, and 4 if a value did not arrive.
 */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { REFUSED = 1, USAGE = 2, UNSUPPORTED = 3, WRONG_SUM = 4 };
enum { STAGES = 64, THREADS = 256, LARGEST = 1024, BATCH = 1000 };

static void give_up(int status, const char *why)
{
	fprintf(stderr, "textbook: %s\n", why);
	exit(status);
}

static void must_be_0(int error)
{
	if (error)
		give_up(REFUSED, strerror(error));
}

/* -------------------------------------------------------------------------------------------- the queue -- */

/* With capacity 0, a value lies in the only slot until it is received, and its sender waits for that. */
typedef struct {
	pthread_mutex_t mutex;
	pthread_cond_t not_full, not_empty, received_one;
	unsigned char *ring;
	size_t size, slots, head, length;
	unsigned long sent, received;
	int rendezvous;
} queue;

static void queue_open(queue *self, size_t capacity, size_t size)
{
	*self = (queue){ .size = size, .slots = capacity ? capacity : 1, .rendezvous = capacity == 0 };
	self->ring = malloc(self->slots * size);
	if (!self->ring)
		give_up(REFUSED, "no memory for a ring");
	must_be_0(pthread_mutex_init(&self->mutex, NULL));
	must_be_0(pthread_cond_init(&self->not_full, NULL));
	must_be_0(pthread_cond_init(&self->not_empty, NULL));
	must_be_0(pthread_cond_init(&self->received_one, NULL));
}

static void queue_close(queue *self)
{
	must_be_0(pthread_cond_destroy(&self->received_one));
	must_be_0(pthread_cond_destroy(&self->not_empty));
	must_be_0(pthread_cond_destroy(&self->not_full));
	must_be_0(pthread_mutex_destroy(&self->mutex));
	free(self->ring);
}

static unsigned char *queue_slot(queue *self, size_t place)
{
	return self->ring + (place < self->slots ? place : place - self->slots) * self->size;
}

static void queue_send(queue *self, const void *value)
{
	unsigned long ticket;

	pthread_mutex_lock(&self->mutex);
	while (self->length == self->slots)
		pthread_cond_wait(&self->not_full, &self->mutex);
	memcpy(queue_slot(self, self->head + self->length++), value, self->size);
	ticket = ++self->sent;
	pthread_cond_signal(&self->not_empty);
	while (self->rendezvous && self->received < ticket)
		pthread_cond_wait(&self->received_one, &self->mutex);
	pthread_mutex_unlock(&self->mutex);
}

static void queue_receive(queue *self, void *value)
{
	pthread_mutex_lock(&self->mutex);
	while (self->length == 0)
		pthread_cond_wait(&self->not_empty, &self->mutex);
	memcpy(value, queue_slot(self, self->head), self->size);
	self->head = self->head + 1 < self->slots ? self->head + 1 : 0;
	self->length--;
	self->received++;
	pthread_cond_signal(&self->not_full);
	if (self->rendezvous)
		pthread_cond_broadcast(&self->received_one);
	pthread_mutex_unlock(&self->mutex);
}

/* ------------------------------------------------------------------------------------------ the parties -- */

/* One thread: its function, its queues, and how many values it sends or receives. */
typedef struct {
	void *(*run)(void *of_party);
	queue *from, *to;
	long count;
	uint64_t sum; /* of the received numbers */
	pthread_t thread;
} party;

/* The number goes into the last word, so that a value that does not arrive whole is noticed. */
static void *produce(void *of_party)
{
	const party *self = of_party;
	uint64_t value[LARGEST / sizeof(uint64_t)] = { 0 }, *last = &value[self->to->size / sizeof *value - 1];

	for (*last = 0; *last < (uint64_t)self->count; ++*last)
		queue_send(self->to, value);
	return NULL;
}

static void *consume(void *of_party)
{
	party *self = of_party;
	uint64_t value[LARGEST / sizeof(uint64_t)], *last = &value[self->from->size / sizeof *value - 1], sum = 0;

	for (long i = 0; i < self->count; i++) {
		queue_receive(self->from, value);
		sum += *last;
	}
	self->sum = sum;
	return NULL;
}

static void *pass_on(void *of_party)
{
	const party *self = of_party;
	uint64_t value;

	for (long i = 0; i < self->count; i++) {
		queue_receive(self->from, &value);
		queue_send(self->to, &value);
	}
	return NULL;
}

static void *send_and_await(void *of_party)
{
	party *self = of_party;
	uint64_t value, sum = 0;

	for (uint64_t i = 0; i < (uint64_t)self->count; i++) {
		queue_send(self->to, &i);
		queue_receive(self->from, &value);
		sum += value;
	}
	self->sum = sum;
	return NULL;
}

/* Run all parties until they end. Returns the sum of the received numbers. */
static uint64_t run_all(party *parties, size_t count)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		must_be_0(pthread_create(&parties[i].thread, NULL, parties[i].run, &parties[i]));
	for (size_t i = 0; i < count; i++) {
		must_be_0(pthread_join(parties[i].thread, NULL));
		sum += parties[i].sum;
	}
	return sum;
}

/* ------------------------------------------------------------------------------------------- the shapes -- */

typedef struct { long capacity, messages, threads, size, stages, senders, receivers; } work;

static uint64_t sequence(const work *todo)
{
	queue only;
	party sender = { .to = &only, .count = todo->messages }, receiver = { .from = &only, .count = todo->messages };

	queue_open(&only, (size_t)todo->capacity, (size_t)todo->size);
	produce(&sender);
	consume(&receiver);
	queue_close(&only);
	return receiver.sum;
}

static uint64_t exchange(const work *todo)
{
	queue only;
	party parties[2 * THREADS], *next = parties;
	uint64_t sum;

	queue_open(&only, (size_t)todo->capacity, (size_t)todo->size);
	for (long i = 0; i < todo->senders; i++)
		*next++ = (party){ .run = produce, .to = &only, .count = todo->messages / todo->senders };
	for (long i = 0; i < todo->receivers; i++)
		*next++ = (party){ .run = consume, .from = &only, .count = todo->messages / todo->receivers };
	sum = run_all(parties, (size_t)(next - parties));
	queue_close(&only);
	return sum;
}

static uint64_t pingpong(const work *todo)
{
	queue there, back;
	party parties[] = { { .run = pass_on, .from = &there, .to = &back, .count = todo->messages },
		            { .run = send_and_await, .from = &back, .to = &there, .count = todo->messages } };
	uint64_t sum;

	queue_open(&there, (size_t)todo->capacity, sizeof(uint64_t));
	queue_open(&back, (size_t)todo->capacity, sizeof(uint64_t));
	sum = run_all(parties, 2);
	queue_close(&back);
	queue_close(&there);
	return sum;
}

static uint64_t chain(const work *todo)
{
	queue queues[STAGES + 1];
	party parties[STAGES + 2], *next = parties;
	uint64_t sum;

	for (long i = 0; i <= todo->stages; i++)
		queue_open(&queues[i], (size_t)todo->capacity, sizeof(uint64_t));
	for (long i = 0; i < todo->stages; i++)
		*next++ = (party){ .run = pass_on, .from = &queues[i], .to = &queues[i + 1], .count = todo->messages };
	*next++ = (party){ .run = produce, .to = queues, .count = todo->messages };
	*next++ = (party){ .run = consume, .from = &queues[todo->stages], .count = todo->messages };
	sum = run_all(parties, (size_t)(next - parties));
	for (long i = 0; i <= todo->stages; i++)
		queue_close(&queues[i]);
	return sum;
}

static void *note_call(void *of_party)
{
	((party *)of_party)->sum = 1;
	return NULL;
}

/* Start threads that do nothing, a batch at a time. Returns for n calls the sum of n numbers. */
static uint64_t start_threads(const work *todo)
{
	static party parties[BATCH];
	uint64_t calls = 0;

	for (size_t i = 0; i < BATCH; i++)
		parties[i].run = note_call;
	for (long left = todo->messages; left > 0; left -= BATCH)
		calls += run_all(parties, left < BATCH ? (size_t)left : BATCH);
	return calls * (calls - 1) / 2;
}

/* ------------------------------------------------------------------------------------------ the program -- */

enum { MANY = -1 }; /* as many as --threads says */

static const struct shape {
	const char *name;
	uint64_t (*run)(const work *todo);
	long senders, receivers;
} shapes[] = {
	{ "seq", sequence, 1, 1 },     { "spsc", exchange, 1, 1 },       { "mpsc", exchange, MANY, 1 },
	{ "spmc", exchange, 1, MANY }, { "mpmc", exchange, MANY, MANY }, { "pingpong", pingpong, 1, 1 },
	{ "chain", chain, 1, 1 },      { "go", start_threads, 1, 1 },
};

/* The name of a chain ends with its number of stages. */
static const struct shape *find_shape(const char *name)
{
	size_t length = strncmp(name, "chain", 5) == 0 ? 5 : strlen(name);

	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
		if (strlen(shapes[i].name) == length && strncmp(shapes[i].name, name, length) == 0)
			return &shapes[i];
	return NULL;
}

/* -1 stands for all. */
static long read_number(const char *text)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (strcmp(text, "all") == 0)
		return -1;
	if (*end || *text < '0' || *text > '9' || number > 1000000000)
		give_up(USAGE, "an option wants a number up to 1000000000");
	return number;
}

static void read_option(work *todo, const char *name, const char *value)
{
	long number = read_number(value);

	if (strcmp(name, "--cap") == 0)
		todo->capacity = number;
	else if (strcmp(name, "--messages") == 0)
		todo->messages = number;
	else if (strcmp(name, "--threads") == 0)
		todo->threads = number;
	else if (strcmp(name, "--size") == 0)
		todo->size = number;
	else
		give_up(USAGE, "no such option");
}

static work read_arguments(int argc, char **argv, const struct shape *shape)
{
	work todo = { .threads = 1, .size = sizeof(uint64_t) };

	for (int i = 2; i + 1 < argc; i += 2)
		read_option(&todo, argv[i], argv[i + 1]);
	if (todo.capacity < 0)
		todo.capacity = todo.messages;
	todo.stages = strtol(argv[1] + strcspn(argv[1], "0123456789"), NULL, 10);
	todo.senders = shape->senders == MANY ? todo.threads : shape->senders;
	todo.receivers = shape->receivers == MANY ? todo.threads : shape->receivers;
	if (argc % 2 || todo.messages <= 0 || todo.threads <= 0 || todo.threads > THREADS || todo.stages > STAGES ||
	    todo.messages % todo.threads || todo.size <= 0 || todo.size > LARGEST || todo.size % (long)sizeof(uint64_t))
		give_up(USAGE, "usage: textbook SHAPE --cap C|all --messages N --threads T [--size BYTES]");
	return todo;
}

/* Each sender sends 0, 1, 2, and so on. */
static uint64_t sum_of_sent(const work *todo)
{
	uint64_t each = (uint64_t)(todo->messages / todo->senders);

	return (uint64_t)todo->senders * (each * (each - 1) / 2);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

int main(int argc, char **argv)
{
	const struct shape *shape = argc > 1 ? find_shape(argv[1]) : NULL;
	work todo;
	double begin;

	if (!shape)
		give_up(UNSUPPORTED, "has no such shape");
	todo = read_arguments(argc, argv, shape);
	begin = now();
	if (shape->run(&todo) != sum_of_sent(&todo))
		give_up(WRONG_SUM, "what arrived is not what was sent");
	printf("%s,%ld,%ld,%ld,%ld,%.2f\n", argv[1], todo.capacity, todo.threads, todo.size, todo.messages,
	       (now() - begin) / (double)todo.messages);
	return 0;
}
