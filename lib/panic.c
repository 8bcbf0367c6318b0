/* SPDX-License-Identifier: 0BSD
 *
 * panic.c - ends a program whose mistake would corrupt memory. It says what was wrong, in which function or stage, and
 * which calls led there.
 */
#define _POSIX_C_SOURCE 200809L
#include "registry.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef __has_include
#if __has_include(<execinfo.h>)
#include <execinfo.h>
#define HAS_BACKTRACE
#endif
#endif

enum { FRAMES = 64 };

static _Atomic(void (*)(const char *)) panic_hook;

void leat_on_panic(void (*hook)(const char *message))
{
	atomic_store(&panic_hook, hook);
}

/* What the calling thread runs, if leat has started it, and where that was started. */
static void tell_function(void)
{
	const leati_parker *self = leati_self();
	const char *where;

	if (!self->job)
		return;
	where = leati_started(self->job, self->stage);
	(void)fprintf(stderr, "in the %s %s%s%s\n", self->job->stage ? "stage" : "function", self->job->name,
	              where ? ", started at " : "", where ? where : "");
}

/* The calls of this thread, the innermost first. The first backtrace of a process allocates memory, which is harmless:
 * a thread that panics is not in a signal handler. */
static void tell_calls(void)
{
#ifdef HAS_BACKTRACE
	void *calls[FRAMES];

	backtrace_symbols_fd(calls, backtrace(calls, FRAMES), fileno(stderr));
#endif
}

_Noreturn void leat_panic_(const char *where, const char *format, ...)
{
	char message[512];
	int length = snprintf(message, sizeof message, "%s%sleat: ", where ? where : "", where ? ": " : "");
	void (*hook)(const char *) = atomic_load(&panic_hook);
	va_list arguments;

	va_start(arguments, format);
	if (length >= 0 && (size_t)length < sizeof message)
		(void)vsnprintf(message + length, sizeof message - (size_t)length, format, arguments); /* may cut */
	va_end(arguments);
	if (hook)
		hook(message);
	(void)fprintf(stderr, "%s\n", message); /* nobody is left to tell if it fails */
	tell_function();
	tell_calls();
	abort();
}
