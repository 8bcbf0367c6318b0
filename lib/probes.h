/* SPDX-License-Identifier: 0BSD
 *
 * probes.h - static probes for bpftrace, gdb and SystemTap. Only slow paths have probes: a thread sleeps or wakes
 * another one, a started function begins or ends, a channel closes.
 *
 * A probe is one nop, and a note in the library that says where its arguments are. It needs <sys/sdt.h> when the
 * library is built. Without that header, and under LEAT_SCHEDULE, these functions are empty. `readelf -n libleat.so`
 * lists the probes; docs/insight.md has commands.
 *
 * Each function is in a place of its own in a release build, because it is inlined. The arguments are values that the
 * caller has at hand.
 */
#ifndef LEATI_PROBES_H
#define LEATI_PROBES_H

#include "internal.h"

#if defined(__linux__) && defined(__GNUC__) && defined(__has_include) && !defined(LEAT_SCHEDULE)
#if __has_include(<sys/sdt.h>)
#include <sys/sdt.h>
#endif
#endif

#ifdef STAP_PROBE3
#define LEATI_PROBE(name, a, b, c) STAP_PROBE3(leat, name, a, b, c)
#else
#define LEATI_PROBE(name, a, b, c) ((void)(a), (void)(b), (void)(c))
#endif

#ifdef __clang__ /* a macro of <sys/sdt.h> is called with fewer arguments than clang -pedantic allows */
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wgnu-zero-variadic-macro-arguments"
#endif

/* The calling thread, whose record this is, goes to sleep. `last` is the last case of its select: the operation itself,
 * if a stage or an ..._or call waits for `done` too. NULL: the thread waits only for a time. */
static inline void leati_probe_wait_begin(const void *record, const leat_case *last)
{
	LEATI_PROBE(wait_begin, record, last ? last->ch : NULL, last ? last->kind_ : LEAT_CASE_OFF_);
}

/* The thread goes on: because of its case `chosen`, or NULL if its time has come. */
static inline void leati_probe_wait_end(const void *record, const leat_case *chosen)
{
	LEATI_PROBE(wait_end, record, chosen ? chosen->ch : NULL, chosen ? chosen->kind_ : LEAT_CASE_OFF_);
}

/* The calling thread wakes the thread with this record, by the sleeper's case `chosen`. */
static inline void leati_probe_wake(const void *record, const leat_case *chosen)
{
	LEATI_PROBE(wake, record, chosen ? chosen->ch : NULL, chosen ? chosen->kind_ : LEAT_CASE_OFF_);
}

/* The body of a stage begins in the calling thread, or a started function, which has no `stage`. */
static inline void leati_probe_stage_start(const char *name, const leat_stage *stage, const void *arg)
{
	LEATI_PROBE(stage_start, name, stage, arg);
}

static inline void leati_probe_stage_end(const char *name, const leat_stage *stage, const void *arg)
{
	LEATI_PROBE(stage_end, name, stage, arg);
}

static inline void leati_probe_close(const struct leat_channel *ch, int cause)
{
	LEATI_PROBE(close, ch, cause, ch->type.name);
}

#ifdef __clang__
#pragma clang diagnostic pop
#endif

#endif
