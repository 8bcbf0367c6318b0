/* leat_error - what happened, when and where, a message for the user, a number for the log, and the error beneath.
 *
 *     stat: no such file [1] <- cannot run job "1" [2]
 *      the module below          the module above, which has a message for the user
 *
 * An error is one block of memory. leat_error_with puts the parts that it adds into a second block. An error never
 * changes once it is shared, so threads share it by a reference count, without a lock.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#if defined(__GLIBC__)
#include <execinfo.h>
#endif

struct error {
	leat_error told;       /* the first member, so it has the same address */
	atomic_ulong handles;
	char *more;            /* the second block, which has user_message, host and trace; or NULL */
};                             /* the message lies behind this struct */

/* Stands for every error for which there was no memory. It is neither counted nor freed. */
static const leat_error error_no_memory = {
	.code = ENOMEM,
	.message = "no memory, not even to say what has happened",
	.user_message = "There is not enough memory.",
	.file = __FILE__,
	.function = "leat_error_new",
	.line = __LINE__,
};

/* Returns the whole struct, or NULL for NULL and for the static error. */
static struct error *error_of(const leat_error *error)
{
	return error == &error_no_memory ? NULL : (struct error *)(uintptr_t)error;
}

/* ------------------------------------------------------------------------------------------ make and count -- */

/* Print into new memory, after `head` bytes that are left free. NULL if there is no memory. */
static void *error_print(size_t head, const char *format, va_list arguments)
{
	va_list again;
	char *made;
	int length;

	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0)
		length = 0; /* it cannot be printed: an error without a message still says where and when */
	made = malloc(head + (size_t)length + 1);
	if (!made)
		return NULL;
	made[head] = '\0';
	(void)vsnprintf(made + head, (size_t)length + 1, format, arguments); /* the length is known */
	return made;
}

leat_error *leat_error_new_(const char *file, int line, const char *function, leat_error *inner, const char *kind,
                            int code, const char *format, ...)
{
	static atomic_uint_least64_t ids;
	struct error *made;
	va_list arguments;

	va_start(arguments, format);
	made = error_print(sizeof *made, format, arguments);
	va_end(arguments);
	if (!made) {
		leat_error_drop(inner);
		return (leat_error *)(uintptr_t)&error_no_memory;
	}
	atomic_init(&made->handles, 1);
	made->more = NULL;
	made->told = (leat_error){
		.code = code == 0 && inner ? inner->code : leat_errno_value_(code),
		.kind = kind,
		.message = (char *)(made + 1),
		.file = file,
		.function = function,
		.line = line,
		.when = leat_utc(),
		.id = atomic_fetch_add_explicit(&ids, 1, memory_order_relaxed) + 1,
		.inner = inner,
	};
	return &made->told;
}

leat_error *leat_error_dup(const leat_error *error)
{
	struct error *its = error_of(error);

	if (its) /* relaxed: the caller sees the error already, and passes that on with the new handle */
		atomic_fetch_add_explicit(&its->handles, 1, memory_order_relaxed);
	return (leat_error *)(uintptr_t)error;
}

/* acq_rel: all reads through other handles happen before the last thread frees the memory. */
void leat_error_drop(const leat_error *error)
{
	for (struct error *its; (its = error_of(error)) != NULL;) {
		error = its->told.inner;
		if (atomic_fetch_sub_explicit(&its->handles, 1, memory_order_acq_rel) > 1)
			return;
		free(its->more);
		free(its);
	}
}

const leat_error *leat_error_find(const leat_error *error, const char *kind)
{
	while (error && error->kind != kind)
		error = error->inner;
	return error;
}

static int error_copy(void *to, const void *from)
{
	*(leat_error **)to = leat_error_dup(*(leat_error *const *)from);
	return 0;
}

static void error_release(void *value)
{
	leat_error_drop(*(leat_error **)value);
}

const leat_type leat_error_type = { "leat_error *", sizeof(leat_error *), error_copy, error_release };

/* --------------------------------------------------------------------------------------- host, stack, user -- */

/* Returns the calls that led here, in memory that the caller frees, or NULL if the system cannot tell. */
static char *error_trace(void)
{
	char *trace = NULL;
#if defined(__GLIBC__)
	void *calls[64];
	int count = backtrace(calls, 64);
	char **names = backtrace_symbols(calls, count);
	size_t size = 1;

	for (int i = 0; names && i < count; i++)
		size += strlen(names[i]) + strlen(" < ");
	if (names && (trace = malloc(size)) != NULL)
		trace[0] = '\0';
	for (int i = 0; trace && i < count; i++)
		strcat(strcat(trace, i ? " < " : ""), names[i]);
	free(names);
#endif
	return trace;
}

/* Make a new second block of these texts. If one is NULL, take that of the former block. Without memory nothing
 * changes. */
static void error_add_more(struct error *its, const char *user, const char *host, const char *trace)
{
	const char **kept[] = { &its->told.user_message, &its->told.host, &its->told.trace };
	const char *texts[] = { user ? user : *kept[0], host ? host : *kept[1], trace ? trace : *kept[2] };
	size_t size = 1;
	char *more, *at;

	for (int i = 0; i < 3; i++)
		size += texts[i] ? strlen(texts[i]) + 1 : 0;
	more = at = malloc(size);
	for (int i = 0; more && i < 3; i++) {
		*kept[i] = texts[i] ? strcpy(at, texts[i]) : NULL;
		at += texts[i] ? strlen(texts[i]) + 1 : 0;
	}
	if (more) {
		free(its->more);
		its->more = more;
	}
}

leat_error *leat_error_with(leat_error *error, int flags, const char *format, ...)
{
	struct error *its = error_of(error);
	struct utsname system; /* <unistd.h> declares gethostname only if the program asks for it */
	int named = flags & LEAT_ERROR_HOST && uname(&system) >= 0;
	char *user = NULL, *trace = flags & LEAT_ERROR_TRACE ? error_trace() : NULL;
	va_list arguments;

	va_start(arguments, format);
	if (format)
		user = error_print(0, format, arguments);
	va_end(arguments);
	if (its)
		error_add_more(its, user, named ? system.nodename : NULL, trace);
	free(user);
	free(trace);
	return error;
}

/* --------------------------------------------------------------------------------------------------- as text -- */

struct error_text { char *at; size_t size; int length; };

static void error_tell(struct error_text *text, const char *format, ...)
{
	size_t told = (size_t)text->length, room = told < text->size ? text->size - told : 0;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(room ? text->at + told : NULL, room, format, arguments);
	va_end(arguments);
	if (length > 0)
		text->length = length < INT_MAX - text->length ? text->length + length : INT_MAX;
}

static int error_days_of_year(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 366 : 365;
}

/* gmtime would not do: all threads share its result. */
static void error_tell_time(struct error_text *text, leat_time when)
{
	int days = (int)(when / LEAT_S(86400)), seconds = (int)(when / LEAT_S(1) % 86400), year = 1970, month = 0;
	int of_month[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	for (; days >= error_days_of_year(year); year++)
		days -= error_days_of_year(year);
	of_month[1] += error_days_of_year(year) - 365;
	for (; days >= of_month[month]; month++)
		days -= of_month[month];
	error_tell(text, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", year, month + 1, days + 1, seconds / 3600,
	           seconds / 60 % 60, seconds % 60, (int)(when / LEAT_US(1) % 1000000));
}

static void error_tell_line(struct error_text *text, const leat_error *error)
{
	error_tell(text, "[%" PRIu64 "] ", error->id);
	error_tell_time(text, error->when);
	error_tell(text, " %s%s%s (errno %d) in %s at %s:%d", error->kind ? error->kind : "", error->kind ? ": " : "",
	           error->message, error->code, error->function, error->file, error->line);
	if (error->host)
		error_tell(text, " on %s", error->host);
	if (error->trace)
		error_tell(text, ", called by %s", error->trace);
}

int leat_error_format(const leat_error *error, char *text, size_t size)
{
	struct error_text told = { text, size, 0 };

	if (size > 0)
		text[0] = '\0';
	for (; error; error = error->inner) {
		error_tell_line(&told, error);
		if (error->inner)
			error_tell(&told, "\n");
	}
	return told.length;
}

/* The number is that of the innermost error, so wrapping does not change it. */
int leat_error_format_user(const leat_error *error, char *text, size_t size)
{
	struct error_text told = { text, size, 0 };
	const leat_error *first = error;

	if (size > 0)
		text[0] = '\0';
	while (first && first->inner)
		first = first->inner;
	if (first)
		error_tell(&told, "[%" PRIu64 "] %s", first->id, error->user_message ? error->user_message :
		           "There was an unexpected issue; please report this as a bug.");
	return told.length;
}

/* ---------------------------------------------------------------------------------------------------- box -- */

int leat_error_fail(leat_error_box *box, leat_error *error)
{
	int code = error ? error->code : EINVAL;

	leat_monitor_enter(&box->monitor_);
	if (!box->error_) {
		box->error_ = error;
		error = NULL;
	}
	leat_monitor_leave(&box->monitor_);
	leat_error_drop(error); /* NULL now, unless another error came first */
	return -code;
}

leat_error *leat_error_take(leat_error_box *box)
{
	leat_error *error;

	leat_monitor_enter(&box->monitor_);
	error = box->error_;
	box->error_ = NULL;
	leat_monitor_leave(&box->monitor_);
	return error;
}
