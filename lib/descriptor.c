/* SPDX-License-Identifier: 0BSD
 *
 * descriptor.c - leat_fd: a channel as a file descriptor that an event loop can wait for.
 *
 * A sign is a descriptor that is readable while a receive would not block, while a send would not block, or, for
 * leat_stage_poll, when the channel is over. A channel whose sign was asked for has LEATI_SIGNS in its state, so
 * leati_release_channel calls leati_show_signs. For the first two signs, it has LEATI_VALUE_SIGNS too. Then no send and
 * no receive takes the short cut of ring.h, so every change of the channel ends in leati_release_channel.
 *
 * INVARIANT, whenever no lock of the channel is held: a sign is raised exactly if its operation would not block. For
 * this, a sign is raised and lowered while all of the channel is locked, although that takes a system call. Two threads
 * that did it after the unlock could do it in the wrong order. Only a change between "would block" and "would not block"
 * costs the system call.
 *
 * A waiting thread whose select was claimed through another channel, or whose time is over, no longer counts as a
 * partner. It takes its case off the queue soon, and the sign is right again when it has done so.
 *
 * On Linux a sign is an eventfd, elsewhere a pipe that has a byte in it while the sign is raised.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"
#include "queue.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/eventfd.h>
#endif

/* ---------------------------------------------------------------------------------- the descriptors -- */

/* close is a cancellation point, but a call of leat is none. */
static void close_end(int end)
{
	int error = errno, former = leati_forbid_cancel();

	(void)close(end); /* nothing is in it that could be lost */
	leati_allow_cancel(former);
	errno = error;
}

#ifdef __linux__

/* Both ends are one descriptor, so a flag that is set on one is set on the other. */
static int open_ends(int *ends)
{
	ends[0] = ends[1] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return ends[0] < 0 ? errno : 0;
}

static void close_ends(const int *ends)
{
	close_end(ends[0]);
}

#else

static int open_ends(int *ends)
{
	if (pipe(ends) < 0)
		return errno;
	for (int i = 0; i < 2; i++) {
		(void)fcntl(ends[i], F_SETFD, FD_CLOEXEC); /* cannot fail: they are open */
		(void)fcntl(ends[i], F_SETFL, O_NONBLOCK);
	}
	return 0;
}

static void close_ends(const int *ends)
{
	for (int i = 0; i < 2; i++)
		close_end(ends[i]);
}

#endif

/* An eventfd takes a number of 8 bytes, and gives it back and is 0 again. A pipe takes and gives 8 bytes. Neither call
 * blocks or fails as long as nobody else uses the descriptor. */
static void flip(leati_sign *sign)
{
	uint64_t one = 1;
	ssize_t moved = sign->raised ? read(sign->ends[0], &one, sizeof one) : write(sign->ends[1], &one, sizeof one);

	(void)moved;
	sign->raised = !sign->raised;
}

/* --------------------------------------------------------------------------------- raised or lowered -- */

static bool would_receive(const struct leat_channel *ch, unsigned state)
{
	return !(state & LEATI_TX_OPEN) || leati_len(ch) > 0 || leati_has_partner(&ch->senders);
}

static bool would_send(const struct leat_channel *ch, unsigned state)
{
	return leati_over_for_senders(state) || leati_len(ch) < leati_cap(ch) || leati_has_partner(&ch->receivers);
}

static void show(leati_sign *sign, bool raised)
{
	if (sign->ends[0] >= 0 && sign->raised != raised)
		flip(sign);
}

/* The caller has locked all of the channel. read and write are cancellation points, but a call of leat is none. */
void leati_show_signs(struct leat_channel *ch)
{
	unsigned state = atomic_load_explicit(&ch->state, memory_order_relaxed);
	int error = errno, former = leati_forbid_cancel();

	show(&ch->signs->of[LEATI_SIGN_RECEIVE], would_receive(ch, state));
	show(&ch->signs->of[LEATI_SIGN_SEND], would_send(ch, state));
	show(&ch->signs->of[LEATI_SIGN_OVER], leati_over_for_senders(state) || state & LEATI_CAUSED);
	leati_allow_cancel(former);
	errno = error;
}

/* -------------------------------------------------------------------------------------- made and freed -- */

/* No other thread uses the channel any more. */
void leati_free_signs(struct leati_signs *signs)
{
	for (int i = 0; signs && i < LEATI_SIGN_COUNT; i++)
		if (signs->of[i].ends[0] >= 0)
			close_ends(signs->of[i].ends);
	leati_free(signs, sizeof *signs);
}

static struct leati_signs *make_signs(void)
{
	struct leati_signs *signs = leati_alloc(sizeof *signs);

	for (int i = 0; signs && i < LEATI_SIGN_COUNT; i++)
		signs->of[i] = (leati_sign){ { -1, -1 }, false };
	return signs;
}

/* Give the channel this sign, unless another thread has done so meanwhile. It takes *signs if it has none, and the ends
 * if this sign is not there. Returns whether it took the ends. */
static bool install(struct leat_channel *ch, int which, struct leati_signs **signs, const int *ends)
{
	unsigned bits = which == LEATI_SIGN_OVER ? LEATI_SIGNS : LEATI_SIGNS | LEATI_VALUE_SIGNS;
	bool installed = false;

	leati_acquire_channel(ch);
	if (!ch->signs) {
		ch->signs = *signs;
		*signs = NULL;
	}
	leati_set_state(ch, atomic_load_explicit(&ch->state, memory_order_relaxed) | bits);
	if (ch->signs->of[which].ends[0] < 0) {
		memcpy(ch->signs->of[which].ends, ends, sizeof ch->signs->of[which].ends);
		installed = true;
	}
	leati_release_channel(ch);
	return installed;
}

static int ask_for(struct leat_channel *ch, int which)
{
	struct leati_signs *signs = make_signs();
	int ends[2], error = signs ? open_ends(ends) : ENOMEM;

	if (!error && !install(ch, which, &signs, ends))
		close_ends(ends);
	leati_free_signs(signs);
	return error;
}

/* The sign is written once, under the lock, before any thread has its number. */
static int fd_of(struct leat_channel *ch, int which)
{
	int fd;

	leati_acquire_channel(ch);
	fd = ch->signs ? ch->signs->of[which].ends[0] : -1;
	leati_release_channel(ch);
	return fd;
}

static int sign_of(struct leat_channel *ch, int which)
{
	int fd, error;

	if (!ch || ch->timer)
		return leat_refuse(EINVAL);
	if (leati_is_static(ch))
		return leat_refuse(leati_static_cause(ch) ? leati_static_cause(ch) : ENODATA);
	if ((fd = fd_of(ch, which)) >= 0)
		return fd;
	error = ask_for(ch, which);
	return error ? leat_refuse(error) : fd_of(ch, which);
}

int leat_fd_rx_(leat_rx rx)
{
	return sign_of(rx.ch, LEATI_SIGN_RECEIVE);
}

int leat_fd_tx_(leat_tx tx)
{
	return sign_of(tx.ch, LEATI_SIGN_SEND);
}

int leat_fd_over_(leat_tx tx)
{
	return sign_of(tx.ch, LEATI_SIGN_OVER);
}
