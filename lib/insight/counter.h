/* SPDX-License-Identifier: 0BSD
 *
 * counter.h - the counters of the program, for reports.
 */
#ifndef LEATI_COUNTER_H
#define LEATI_COUNTER_H

#include "../internal.h"

/* The number of counters, and the counter after this one in the order of their first use; after NULL the first one. More
 * may come at any time. */
size_t leati_counters(void);
const leat_counter *leati_next_counter(const leat_counter *c);

#endif
