/* SPDX-License-Identifier: 0BSD
 *
 * powser.c - Go promises that channels carry programs whose threads are created as the work goes on, and which feed
 * each other in circles. Go's test of this computes with formal power series (McIlroy, Squinting at Power Series,
 * 1990), whose coefficients come through channels. The same holds here, and no thread is left when the reader leaves. A
 * series has TERMS terms here, because whole numbers overflow in C.
 */
#include "go.h"

enum { TERMS = 9 };

typedef struct { long num, den; } rational;

static const rational zero = { 0, 1 }, one = { 1, 1 };

static long gcd(long a, long b)
{
	return b ? gcd(b, a % b) : a < 0 ? -a : a;
}

static rational ratio(long num, long den)
{
	long divisor = gcd(num, den);

	return (rational){ num / divisor, den / divisor };
}

static rational sum(rational a, rational b)
{
	return ratio(a.num * b.den + b.num * a.den, a.den * b.den);
}

static rational product(rational a, rational b)
{
	return ratio(a.num * b.num, a.den * b.den);
}

/* ------------------------------------------------------------------------------------- series as threads -- */

typedef struct { leat_tx out; leat_rx f, g; rational constant; } node;

static leat_rx spawn_into(leat_chan chan, void (*fn)(void *of_node), node made)
{
	node *self = malloc(sizeof *self);

	check(self);
	*self = made;
	self->out = chan.tx;
	start(fn, self);
	return chan.rx;
}

static leat_rx spawn(void (*fn)(void *of_node), node made)
{
	return spawn_into(leat_make(rational, capacity), fn, made);
}

/* A thread that still sends to this node, or waits for it, learns that it has left. */
static void leave(node *self)
{
	leat_drop(self->f);
	leat_drop(self->g);
	leat_drop(self->out);
	free(self);
}

/* Copies of a series that are read at different paces. */
static void split(leat_rx f, leat_rx *copies, size_t count)
{
	check(leat_tee(LEAT_NIL, f, copies, count) == 1);
	for (size_t i = 0; i < count; i++)
		copies[i] = leat_buffer(copies[i], TERMS);
}

/* c + c r x + c r r x^2 + ..., where r is 1, -1 or 0. */
typedef struct { leat_tx out; long ratio; } geometric;

static void send_geometric(void *of_geometric)
{
	geometric *self = of_geometric;
	rational c = one;

	for (int i = 0; i < TERMS && leat_send(self->out, &c) > 0; i++)
		c.num *= self->ratio;
	leat_drop(self->out);
	free(self);
}

static leat_rx powers(long ratio)
{
	leat_chan chan = leat_make(rational, capacity);
	geometric *self = malloc(sizeof *self);

	check(self);
	*self = (geometric){ chan.tx, ratio };
	start(send_geometric, self);
	return chan.rx;
}

static void send_sum(void *of_node)
{
	node *self = of_node;

	for (rational f, g; leat_recv(self->f, &f) > 0 && leat_recv(self->g, &g) > 0;) {
		f = sum(f, g);
		if (leat_send(self->out, &f) <= 0)
			break;
	}
	leave(self);
}

/* (f + xF)(g + xG) = fg + x(fG + gF + xFG). FG is again a product, made by another thread. */
static void send_product(void *of_node)
{
	node *self = of_node;
	leat_rx fs[2], gs[2], rest;
	rational f, g, c, of_f, of_g, of_rest = zero;

	if (leat_recv(self->f, &f) <= 0 || leat_recv(self->g, &g) <= 0 ||
	    (c = product(f, g), leat_send(self->out, &c)) <= 0) {
		leave(self);
		return;
	}
	split(self->f, fs, 2);
	split(self->g, gs, 2);
	rest = spawn(send_product, (node){ .f = fs[1], .g = gs[1] });
	while (leat_recv(fs[0], &of_f) > 0 && leat_recv(gs[0], &of_g) > 0) {
		c = sum(of_rest, sum(product(f, of_g), product(g, of_f)));
		if (leat_send(self->out, &c) <= 0 || leat_recv(rest, &of_rest) <= 0)
			break;
	}
	leat_drop(rest);
	self->f = fs[0];
	self->g = gs[0];
	leave(self);
}

static void send_derivative(void *of_node)
{
	node *self = of_node;
	rational c;

	(void)leat_recv(self->f, &c); /* the constant; if there is none, the next receive sees the end */
	for (long n = 1; leat_recv(self->f, &c) > 0; n++) {
		c = product(c, ratio(n, 1));
		if (leat_send(self->out, &c) <= 0)
			break;
	}
	leave(self);
}

/* Send the constant first, because it does not depend on the input. So an integral can be a part of its own input. */
static void send_integral(void *of_node)
{
	node *self = of_node;
	rational c = self->constant;

	for (long n = 1; leat_send(self->out, &c) > 0 && leat_recv(self->f, &c) > 0; n++)
		c = product(c, ratio(1, n));
	leave(self);
}

static leat_rx add(leat_rx f, leat_rx g)
{
	return spawn(send_sum, (node){ .f = f, .g = g });
}

static leat_rx multiply(leat_rx f, leat_rx g)
{
	return spawn(send_product, (node){ .f = f, .g = g });
}

/* E = 1 + integral of F'E */
static leat_rx exponential(leat_rx f)
{
	leat_chan e = leat_make(rational, capacity);
	leat_rx copies[2], of_f = spawn(send_derivative, (node){ .f = f });

	split(e.rx, copies, 2);
	(void)spawn_into(e, send_integral, (node){ .f = multiply(of_f, copies[1]), .constant = one });
	return copies[0];
}

/* T = integral of 1 + T^2 */
static leat_rx tangent(void)
{
	leat_chan t = leat_make(rational, capacity);
	leat_rx copies[3];

	split(t.rx, copies, 3);
	(void)spawn_into(t, send_integral,
	                 (node){ .f = add(powers(0), multiply(copies[1], copies[2])), .constant = zero });
	return copies[0];
}

/* ------------------------------------------------------------------------------------------- known series -- */

static void must_be(leat_rx f, const rational *known, int count)
{
	for (int i = 0; i < count; i++) {
		rational c;

		check(leat_recv(f, &c) == 1);
		check(c.num * known[i].den == known[i].num * c.den);
	}
	leat_drop(f);
	join();
}

/* 1/(1-x) + 1/(1+x) = 2/(1-x^2) */
static void sums(void)
{
	must_be(add(powers(1), powers(-1)), (const rational[]){ { 2, 1 }, { 0, 1 }, { 2, 1 }, { 0, 1 }, { 2, 1 } }, 5);
}

/* The products are 1/(1-x)^2, 1/(1-x)(1+x), and one with 1. */
static void products(void)
{
	must_be(multiply(powers(1), powers(1)),
	        (const rational[]){ { 1, 1 }, { 2, 1 }, { 3, 1 }, { 4, 1 }, { 5, 1 }, { 6, 1 }, { 7, 1 } }, 7);
	must_be(multiply(powers(1), powers(-1)), (const rational[]){ { 1, 1 }, { 0, 1 }, { 1, 1 }, { 0, 1 } }, 4);
	must_be(multiply(powers(0), powers(-1)), (const rational[]){ { 1, 1 }, { -1, 1 }, { 1, 1 }, { -1, 1 } }, 4);
}

/* The exponentials of x and of x + x^2/2 + ..., which are the integrals of 1 and of 1/(1-x). The second one is that of
 * -log(1-x), so it is 1/(1-x). */
static void exponentials(void)
{
	must_be(exponential(spawn(send_integral, (node){ .f = powers(0), .constant = zero })),
	        (const rational[]){ { 1, 1 }, { 1, 1 }, { 1, 2 }, { 1, 6 }, { 1, 24 }, { 1, 120 }, { 1, 720 } }, 7);
	must_be(exponential(spawn(send_integral, (node){ .f = powers(1), .constant = zero })),
	        (const rational[]){ { 1, 1 }, { 1, 1 }, { 1, 1 }, { 1, 1 }, { 1, 1 }, { 1, 1 }, { 1, 1 } }, 7);
}

static void the_tangent(void)
{
	must_be(tangent(), (const rational[]){ { 0, 1 }, { 1, 1 }, { 0, 1 }, { 1, 3 }, { 0, 1 }, { 2, 15 }, { 0, 1 },
	                                       { 17, 315 } }, 8);
}

/* The reader reads nothing, or a little. All threads end by themselves, also those in a circle. */
static void no_thread_is_left_behind(void)
{
	for (int read = 0; read < 4; read++) {
		must_be(tangent(), (const rational[]){ { 0, 1 }, { 1, 1 }, { 0, 1 } }, read);
		must_be(multiply(powers(1), powers(1)), (const rational[]){ { 1, 1 }, { 2, 1 }, { 3, 1 } }, read);
		check(leat_live() == 0);
	}
}

int main(int argc, char **argv)
{
	return RUN(sums, products, exponentials, the_tangent, no_thread_is_left_behind);
}
