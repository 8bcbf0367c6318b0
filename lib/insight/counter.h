/* SPDX-License-Identifier: 0BSD
 *
 * counter.h - the counters of the program, for reports:
 *
 *     for (const leat_counter *c = leati_next_counter(NULL); c; c = leati_next_counter(c))
 *             ... c->name, leat_counter_get(c) ...
 */
#ifndef LEATI_COUNTER_H
#define LEATI_COUNTER_H

#include "../internal.h"

/* The counter that was used first, or the one that was used first after `c`. NULL if there is none. */
const leat_counter *leati_next_counter(const leat_counter *c);

#endif
