/* SPDX-License-Identifier: 0BSD
 *
 * operation.c - the calls behind the macros of leat.h. Each checks its cases and selects among them. A plain send or
 * receive first tries a short cut (ring.h), because most find room or a value at once.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"
#include "ring.h"

void leati_check_case_size(size_t size)
{
	if (size != sizeof(leat_case))
		leat_panic_(NULL, "a leat_case has %zu bytes where this call was compiled, and %zu in the library, leat %s: "
		            "compile the program with the leat.h of the library",
		            size, sizeof(leat_case), LEAT_VERSION);
}

/* A case that would corrupt memory ends the program, with the place of the call. */
static void check_case(const leat_case *c)
{
	const struct leat_channel *ch = c->ch;
	bool sends = c->kind_ == LEAT_CASE_SEND_;
	bool receives = c->kind_ == LEAT_CASE_RECV_ || c->kind_ == LEAT_CASE_READY_;

	if (leati_is_static(ch))
		return;
	if ((sends || receives) && atomic_load_explicit(sends ? &ch->txs : &ch->rxs, memory_order_relaxed) == 0)
		leat_panic_(c->where_, "%s on a handle of %s that was dropped", sends ? "send" : "receive",
		            ch->type.name);
	if (sends && !c->from_ && c->size_ > 0)
		leat_panic_(c->where_, "send of NULL on a channel of %s", ch->type.name);
	if ((sends || (receives && c->into_)) && c->size_ != ch->type.size)
		leat_panic_(c->where_, "%s of an element of %zu bytes on a channel of %s, which has %zu",
		            sends ? "send" : "receive", c->size_, ch->type.name, ch->type.size);
}

static int check_and_select(leat_case *cases, size_t n, leat_time t, bool in_order)
{
	int chosen;

	if (n > INT32_MAX) /* the index is an int */
		return leat_refuse(EINVAL);
	for (size_t i = 0; i < n; i++) {
		cases[i].ok = 0; /* the array may have been used before */
		if (cases[i].ch)
			check_case(&cases[i]);
		if (cases[i].kind_ == LEAT_CASE_GONE_)
			leati_release_put_off();
	}
	chosen = leati_select(cases, n, t, in_order);
	if (chosen >= 0 && cases[chosen].kind_ == LEAT_CASE_RECV_ && !cases[chosen].ok && cases[chosen].into_)
		memset(cases[chosen].into_, 0, cases[chosen].size_);
	return chosen;
}

int leat_select_at_(leat_case *cases, size_t n, leat_time t, size_t how)
{
	bool in_order = how & 1; /* a size is even */

	leati_check_case_size(how - in_order);
	return check_and_select(cases, n, t, in_order);
}

/* Select on one case. Returns 1, 0 or -1, as a send or receive does. */
static int operate(leat_case *c, leat_time t)
{
	return check_and_select(c, 1, t, false) < 0 ? -1 : c->ok;
}

int leat_send_at_(leat_tx tx, const void *value, size_t size, leat_time t, const char *where)
{
	leat_case c;

	if (tx.ch && leati_is_plain(tx.ch, &tx.ch->txs, value, size) && leati_send_at_once(tx.ch, value))
		return 1;
	c = leat_case_send_(tx, value, size, where);
	return operate(&c, t);
}

int leat_recv_at_(leat_rx rx, void *value, size_t size, leat_time t, const char *where)
{
	leat_case c;

	if (rx.ch && leati_is_plain(rx.ch, &rx.ch->rxs, value, size) && leati_receive_at_once(rx.ch, value, 1, NULL, NULL))
		return 1;
	c = leat_case_recv_(rx, value, size, where);
	return operate(&c, t);
}

int leat_wait_at_(leat_rx rx, leat_time t, const char *where)
{
	leat_case c = leat_case_recv_(rx, NULL, 0, where);

	return operate(&c, t);
}

int leat_wait_ready_at_(leat_rx rx, leat_time t, const char *where)
{
	leat_case c = leat_case_ready_(rx, where);

	return operate(&c, t);
}

int leat_wait_gone(leat_tx tx, leat_time t)
{
	leat_case c = leat_case_gone_(tx, NULL);

	return operate(&c, t) < 0 ? -1 : 1;
}

int leat_wait_alone(leat_rx rx, leat_time t)
{
	leat_case c = leat_case_(LEAT_CASE_ALONE_, rx.ch, NULL, NULL, 0, NULL);

	if (leat_never_started(rx))
		return leat_refuse(EINVAL);
	return operate(&c, t) < 0 ? -1 : 1;
}

/* Do the operation, unless done is ready. done is checked first. */
static int operate_or(leat_case operation, leat_rx done, const char *where)
{
	leat_case cases[] = { leat_case_ready_(done, where), operation };
	int chosen = leat_select_first(cases, LEAT_NEVER);

	if (chosen == 0)
		return leat_refuse(ECANCELED);
	return chosen < 0 ? -1 : cases[1].ok;
}

int leat_send_or_at_(leat_tx tx, const void *value, size_t size, leat_rx done, const char *where)
{
	return operate_or(leat_case_send_(tx, value, size, where), done, where);
}

int leat_recv_or_at_(leat_rx rx, void *value, size_t size, leat_rx done, const char *where)
{
	return operate_or(leat_case_recv_(rx, value, size, where), done, where);
}

/* Move up to n values: those of the first wait, and those that can be moved after it without a wait. The second part is
 * worth a try: one partner completed a select that slept, and others may have come by now. */
static long operate_n(leat_case c, size_t n, leat_time t)
{
	size_t moved, size = c.size_;

	if (n == 0 || n > PTRDIFF_MAX / (size ? size : 1))
		return leat_refuse(EINVAL);
	c.count_ = n;
	if (check_and_select(&c, 1, t, false) < 0)
		return -1;
	moved = c.moved_;
	if (moved == 0 || moved == n)
		return (long)moved;
	c.count_ = n - moved;
	if (c.into_)
		c.into_ = (unsigned char *)c.into_ + moved * size;
	if (c.from_)
		c.from_ = (const unsigned char *)c.from_ + moved * size;
	if (leati_select(&c, 1, LEAT_NOW, false) == 0 && c.ok)
		moved += c.moved_;
	return (long)moved;
}

long leat_send_n_at_(leat_tx tx, const void *values, size_t size, size_t n, leat_time t, const char *where)
{
	return operate_n(leat_case_send_(tx, values, size, where), n, t);
}

long leat_recv_n_at_(leat_rx rx, void *values, size_t size, size_t n, leat_time t, const char *where)
{
	return operate_n(leat_case_recv_(rx, values, size, where), n, t);
}
