/* SPDX-License-Identifier: 0BSD
 *
 * slots.c - a process with many threads needs a larger table of those that sleep.
 *
 * Linux keeps the threads that sleep on a futex in a hash table. Since 6.16 each process has a table of its own, with
 * few slots: 16 on a machine with two cores. Each wake-up looks at all threads of a slot, also those that wait for
 * something else. With 1,000 sleeping threads that took a fifth of the processor time of a service. So a process that
 * has many threads asks for more slots, which take 64 KiB. On a kernel that does not know the request, nothing happens.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"

#ifdef __linux__

#include <sys/prctl.h>

enum { FUTEX_HASH = 78, SET_SLOTS = 1, GET_SLOTS = 2 }; /* of linux/prctl.h, which may be older than the kernel */
enum { SLOTS = 1024 };

/* GET_SLOTS gives 0 if the process still uses the table of all processes, which is large enough. */
void leati_ask_for_slots(void)
{
	int error = errno, slots = prctl(FUTEX_HASH, GET_SLOTS, 0L, 0L, 0L);

	if (slots > 0 && slots < SLOTS)
		(void)prctl(FUTEX_HASH, SET_SLOTS, (long)SLOTS, 0L, 0L);
	errno = error;
}

#else

void leati_ask_for_slots(void)
{
}

#endif
