/* SPDX-License-Identifier: 0BSD
 *
 * counter.h - the counters of the program, for reports.
 */
#ifndef LEATI_COUNTER_H
#define LEATI_COUNTER_H

#include "../internal.h"

/* The counters are numbered from 0, in the order of their first use. More may come at any time. */
size_t leati_counters(void);
const leat_counter *leati_nth_counter(size_t n);

#endif
