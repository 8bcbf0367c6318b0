/* SPDX-License-Identifier: 0BSD
 *
 * panic.c - ends a program whose mistake would corrupt memory, with a message. It uses no other file of the core.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

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
		(void)vsnprintf(message + length, sizeof message - (size_t)length, format, arguments); /* may cut */
	va_end(arguments);
	if (hook)
		hook(message);
	(void)fprintf(stderr, "%s\n", message); /* nobody is left to tell if it fails */
	abort();
}
