/* SPDX-License-Identifier: 0BSD
 *
 * atomics.h - the atomic operations of the weak memory. `caller` is the address in the program, for a complaint.
 */
#ifndef WEAK_ATOMICS_H
#define WEAK_ATOMICS_H

#include "memory.h"

typedef enum { EXCHANGE, ADD, SUB, AND, OR, XOR, NAND } change;

uint64_t atomics_load(const volatile void *at, unsigned size, int order, const void *caller);
void atomics_store(volatile void *at, unsigned size, uint64_t value, int order, const void *caller);
uint64_t atomics_modify(volatile void *at, unsigned size, change how, uint64_t by, int order, const void *caller);
bool atomics_exchange_if(volatile void *at, unsigned size, void *expected, uint64_t value, bool weak, int order,
                         int fail, const void *caller);

/* A plain write has gone over the atomic location with this number. */
void atomics_overwrite(unsigned char number);

#endif
