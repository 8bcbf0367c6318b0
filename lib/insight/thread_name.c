/* SPDX-License-Identifier: 0BSD
 *
 * thread_name.c - what a report calls a thread: its stage, or the function that it runs.
 *
 * The names of functions come from dladdr. <dlfcn.h> declares it only together with all other extensions of GNU, so it
 * is declared here, under a name of ours. A static program may lack it.
 */
#define _POSIX_C_SOURCE 200809L
#include "survey.h"

#include <string.h>

typedef struct leati_symbol {
	const char *file;
	void *base;
	const char *name;
	void *address;
} leati_symbol;

#ifdef __ELF__
extern int leati_find_symbol(const void *address, leati_symbol *symbol) __asm__("dladdr") __attribute__((weak));

static bool find_function(const void *address, leati_symbol *symbol)
{
	return leati_find_symbol && leati_find_symbol(address, symbol) != 0 && symbol->file;
}
#else
static bool find_function(const void *address, leati_symbol *symbol)
{
	(void)address;
	(void)symbol;
	return false;
}
#endif

/* The system may know only in which file the function is, and where: addr2line -fe FILE ADDRESS tells its name then. */
static void function_text(void (*fn)(void *), char *text, size_t size)
{
	leati_symbol symbol = { NULL, NULL, NULL, NULL };
	void *address;
	const char *slash;

	memcpy(&address, &fn, sizeof address);
	if (!find_function(address, &symbol)) {
		(void)snprintf(text, size, "%p", address);
	} else if (symbol.name && symbol.address == address) {
		(void)snprintf(text, size, "%s", symbol.name);
	} else {
		slash = strrchr(symbol.file, '/');
		(void)snprintf(text, size, "%s+0x%tx", slash ? slash + 1 : symbol.file,
		               (char *)address - (char *)symbol.base);
	}
}

/* A leat_go that is called by its address names its thread "leat". */
const char *leati_thread_text(const leati_seen_thread *thread, char *text, size_t size)
{
	bool named = thread->name[0] && strcmp(thread->name, "leat") != 0;

	if (thread->fn && !thread->stage && !named)
		function_text(thread->fn, text, size);
	else
		(void)snprintf(text, size, "%s", thread->name[0] ? thread->name : "a thread");
	return text;
}
