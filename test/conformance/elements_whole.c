/* SPDX-License-Identifier: 0BSD
 *
 * elements_whole.c - Go promises that values of any type go over a channel whole: pointers, functions, structs with
 * padding, channels, interfaces. The same holds here. Instead of an interface, C has a pointer to a struct of
 * functions.
 */
#include "go.h"

enum { VALUES = 200 };

/* ------------------------------------------------------------------------------------------------- padding -- */

typedef struct { char first; long long second; char third; short fourth[3]; long double fifth; char last; } padded;

static padded make_padded(int i)
{
	return (padded){ (char)i, i * 1000003LL, (char)(i + 1), { (short)i, (short)-i, 7 }, i / 8.0L, (char)~i };
}

static int is_same(const padded *a, const padded *b)
{
	return a->first == b->first && a->second == b->second && a->third == b->third && a->last == b->last &&
	       memcmp(a->fourth, b->fourth, sizeof a->fourth) == 0 && a->fifth == b->fifth;
}

static void send_padded(void *of_tx)
{
	leat_tx tx = *(leat_tx *)of_tx;

	for (int i = 0; i < VALUES; i++) {
		padded value = make_padded(i);

		check(leat_send(tx, &value) == 1);
	}
}

static void structs_with_padding(void)
{
	leat_chan chan = leat_make(padded, capacity);

	start(send_padded, &chan.tx);
	for (int i = 0; i < VALUES; i++) {
		padded value, expected = make_padded(i);

		check(leat_recv(chan.rx, &value) == 1 && is_same(&value, &expected));
	}
	join();
	leat_drop(chan);
}

/* ------------------------------------------------------------------------------------------------ pointers -- */

/* The equivalent of an interface. */
typedef struct animal { int (*legs)(const struct animal *self); int number; } animal;

static int two_each(const animal *self)
{
	return 2 * self->number;
}

static int four_each(const animal *self)
{
	return 4 * self->number;
}

static void send_animals(void *of_tx)
{
	leat_tx tx = *(leat_tx *)of_tx;

	for (int i = 0; i < VALUES; i++) {
		animal *next = malloc(sizeof *next);

		check(next);
		*next = (animal){ i % 2 ? two_each : four_each, i };
		check(leat_send(tx, &next) == 1); /* now it belongs to the receiver */
	}
	check(leat_send(tx, &(animal *){ NULL }) == 1);
}

static void pointers_to_what_has_functions(void)
{
	leat_chan chan = leat_make(animal *, capacity);
	animal *received;

	start(send_animals, &chan.tx);
	for (int i = 0; leat_recv(chan.rx, &received) == 1 && received; i++) {
		check(received->legs(received) == (i % 2 ? 2 : 4) * i);
		free(received);
	}
	join();
	leat_drop(chan);
}

typedef int function(const animal *self);

static void functions(void)
{
	leat_chan chan = leat_make(function *, capacity + 2);
	function *received;

	check(leat_send(chan.tx, &(function *){ two_each }) == 1);
	check(leat_send(chan.tx, &(function *){ four_each }) == 1);
	check(leat_recv(chan.rx, &received) == 1 && received == two_each);
	check(leat_recv(chan.rx, &received) == 1 && received == four_each);
	leat_drop(chan);
}

/* ------------------------------------------------------------------------------------------------ channels -- */

typedef struct { leat_tx answer; int question; } request;

static void answer_requests(void *of_rx)
{
	leat_rx rx = *(leat_rx *)of_rx;

	for (request next; leat_recv(rx, &next) > 0;) {
		check(leat_send(next.answer, &(int){ 2 * next.question }) == 1);
		leat_drop(next.answer);
	}
}

/* A struct contains a handle. The channel does not care about it unless the type of the elements says so. */
static void channels_within_structs(void)
{
	leat_chan requests = leat_make(request, capacity);

	start(answer_requests, &requests.rx);
	for (int i = 0, n; i < VALUES; i++) {
		leat_chan answers = leat_make(int, capacity);

		check(leat_send(requests.tx, (&(request){ answers.tx, i })) == 1);
		check(leat_recv(answers.rx, &n) == 1 && n == 2 * i);
		leat_drop(answers.rx);
	}
	leat_drop(requests.tx);
	join();
	leat_drop(requests.rx);
}

static void send_streams(void *of_tx)
{
	leat_tx tx = *(leat_tx *)of_tx;

	for (int i = 0; i < 20; i++) {
		leat_chan inner = leat_make(int, 1);

		check(leat_send(tx, &inner.rx) == 1 && leat_send(inner.tx, &i) == 1);
		leat_drop(inner.tx);
	}
	leat_drop(tx);
}

static void channels_of_channels(void)
{
	leat_chan outer = leat_make_of(&leat_rx_type, capacity);
	leat_rx inner;
	int n;

	start(send_streams, &outer.tx);
	for (int i = 0; i < 20; i++) {
		check(leat_recv(outer.rx, &inner) == 1);
		check(leat_recv(inner, &n) == 1 && n == i);
		check(leat_recv(inner, &n) == 0);
		leat_drop(inner);
	}
	check(leat_recv(outer.rx, &inner) == 0 && leat_is_nil(inner));
	join();
	leat_drop(outer.rx);
}

int main(int argc, char **argv)
{
	return RUN(structs_with_padding, pointers_to_what_has_functions, functions, channels_within_structs,
	           channels_of_channels);
}
