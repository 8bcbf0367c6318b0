/* SPDX-License-Identifier: 0BSD
 *
 * strerror.c - a cause as text. Causes that leat itself gives are told in its own words: the system would say of a
 * deadline that a connection has timed out. All others are told in the system's words.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"

#include <string.h>

/* strerror_r is one of two functions, according to the macros that a program was compiled with. */
static const char *text_of_posix(int error, const char *text)
{
	return error && !*text ? "unknown error" : text;
}

static const char *text_of_gnu(const char *said, const char *text)
{
	(void)text;
	return said;
}

static const char *system_text(int error)
{
	static _Thread_local char text[128];

	text[0] = '\0';
	return _Generic(strerror_r(error, text, sizeof text), int: text_of_posix, char *: text_of_gnu)(
		strerror_r(error, text, sizeof text), text);
}

const char *leat_strerror(int cause)
{
	const char *text;
	int kept = errno;

	switch (cause) {
	case 0: return "no error";
	case ETIMEDOUT: return "deadline exceeded";
	case ECANCELED: return "canceled";
	case EAGAIN: return "temporarily unavailable";
	case EDEADLK: return "would wait for itself";
	case EINVAL: return "invalid argument";
	case ENOMEM: return "out of memory";
	case EOWNERDEAD: return "left by pthread_exit";
	case ECHILD: return "child process failed";
	}
	text = system_text(cause);
	errno = kept;
	return text;
}
