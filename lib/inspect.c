/* SPDX-License-Identifier: 0BSD
 *
 * inspect.c - what can be asked of a channel, and the last words when one was misused.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned state_now(struct leat_channel *ch)
{
	return atomic_load_explicit(&ch->state, memory_order_acquire);
}

size_t leat_len_(struct leat_channel *ch)
{
	if (!ch)
		return 0;
	if (ch->period && leati_is_due(ch))
		return 1;
	return atomic_load_explicit(&ch->len, memory_order_relaxed);
}

size_t leat_cap_(struct leat_channel *ch)
{
	return ch ? atomic_load_explicit(&ch->cap, memory_order_relaxed) : 0;
}

int leat_closed_(struct leat_channel *ch)
{
	if (!ch)
		return 0;
	return leati_over_for_senders(state_now(ch)) || (!ch->period && leati_is_due(ch));
}

/* Its time has come, and nobody has closed it, or left a cause, before. Under the lock, as who closes it may have
 * looked at the clock already; nobody will after this. */
static bool has_timed_out(struct leat_channel *ch)
{
	unsigned state;

	if (ch->period || !leati_is_due(ch))
		return false;
	leati_acquire(&ch->lock);
	state = state_now(ch);
	leati_release(&ch->lock);
	return (state & (LEATI_TX_OPEN | LEATI_CAUSED)) == LEATI_TX_OPEN;
}

int leat_cause_(struct leat_channel *ch)
{
	if (!ch)
		return EINVAL;
	if (leati_is_static(ch))
		return leati_static_cause(ch);
	if (has_timed_out(ch))
		return ch->due_cause;
	return state_now(ch) & LEATI_CAUSED ? atomic_load_explicit(&ch->cause, memory_order_relaxed) : 0;
}

int leat_never_started_(struct leat_channel *ch)
{
	return leati_is_static(ch);
}

leat_type leat_type_of_(struct leat_channel *ch)
{
	return ch ? ch->type : (leat_type){ NULL, 0, NULL, NULL };
}

/* --------------------------------------------------------------------------------------------- panic -- */

static _Atomic(void (*)(const char *)) panic_hook;

void leat_on_panic(void (*hook)(const char *message))
{
	atomic_store(&panic_hook, hook);
}

_Noreturn void leat_panic_(const char *where, const char *format, ...)
{
	char message[512];
	int length = snprintf(message, sizeof message, "%s%sleat: ", where ? where : "", where ? ": " : "");
	void (*hook)(const char *) = atomic_load(&panic_hook);
	va_list arguments;

	va_start(arguments, format);
	if (length >= 0 && (size_t)length < sizeof message)
		(void)vsnprintf(message + length, sizeof message - (size_t)length, format, arguments); /* or cut */
	va_end(arguments);
	if (hook)
		hook(message);
	(void)fprintf(stderr, "%s\n", message); /* nobody is left to tell if it fails */
	abort();
}
