/* SPDX-License-Identifier: 0BSD
 *
 * top.h - how leat-top and a program that runs with LEAT_REPORT=top meet.
 *
 * The program listens on a socket of the local machine, named after its process, in a folder that only its user can
 * enter. It answers each connection with a picture of itself, and closes it. A picture is lines of fields, which are
 * separated by tabs. The first field says what the line is about:
 *
 *     program     version, process, name, number of threads
 *     bottleneck  in words
 *     stuck       in words; a line for each cycle or thread
 *     stage       name, where it was started, looks, busy, starved, held up, values per second, 1 if the bottleneck,
 *                 number of threads, what the first of them does
 *     channel     name, values in it, capacity, looks, least, mean, most
 *     end         the picture is complete
 */
#ifndef LEATI_TOP_H
#define LEATI_TOP_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folder: leat in XDG_RUNTIME_DIR, or else leat-UID in /tmp. Returns false if its name has no room. */
static inline bool leati_top_folder(char *folder, size_t size)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	int length = runtime && runtime[0] ? snprintf(folder, size, "%s/leat", runtime) :
	                                     snprintf(folder, size, "/tmp/leat-%lu", (unsigned long)geteuid());

	return length > 0 && (size_t)length < size;
}

/* Whether this is a folder of the user's that no other user can enter. */
static inline bool leati_is_private(const char *folder)
{
	struct stat seen;

	return lstat(folder, &seen) == 0 && S_ISDIR(seen.st_mode) && seen.st_uid == geteuid() && (seen.st_mode & 077) == 0;
}

#endif
