/* SPDX-License-Identifier: 0BSD
 *
 * bytes.h - bytes that values share: the elements of the streams that come from files, sockets and processes, or go
 * there.
 *
 *     leat_bytes block, word;
 *
 *     if (leat_bytes_copy(&block, "two words", 9) == 0) {
 *             word = leat_bytes_slice(&block, 4, 5);
 *             leat_bytes_drop(&block);
 *             printf("%.*s\n", (int)word.size, (const char *)word.at);    // words
 *             leat_bytes_drop(&word);
 *     }
 */
#ifndef LEAT_BYTES_H
#define LEAT_BYTES_H

#include "channel.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- bytes.c ------------------------------------------------------------------------------------- */

/* Bytes in a block of memory that has a reference count: `size` bytes, the first of them at `at`. Several leat_bytes may
 * refer to one block. To copy or to slice them costs no allocation. Each of them is one reference. The last drop frees
 * the block.
 *
 *  - A zeroed leat_bytes has no bytes and owns nothing. Copies, slices and drops of it are allowed.
 *  - { .at = memory, .size = n } has bytes that are not its own. That memory must outlive all copies and slices.
 *  - The bytes may be changed while there is only one reference to their block. Else they may only be read.
 *  - Of bytes that were made by leat_bytes_make or leat_bytes_copy, at[size] is 0: if no other byte is 0, they are a C
 *    string. It can be read for a slice too, but may be any byte there.
 *  - Assigning the struct makes no reference: the value has moved. An owner may advance `at` and lower `size`.
 *  - A slice keeps its whole block in memory. Copy a few bytes that are to be kept for long by leat_bytes_copy.
 *
 *   threads   each leat_bytes is used by one thread at a time; those of one block may be used by many at once */
typedef struct leat_bytes { unsigned char *at; size_t size; struct leat_block_ *block_; } leat_bytes;

/* For channels of leat_bytes. A copy, as leat_tee makes one, is one more reference to the same bytes. */
extern const leat_type leat_bytes_type;

/* Make a block of `size` bytes, which are not zeroed, with a 0 behind them. `at` is aligned as by malloc.
 *   returns   0. -1 with ENOMEM: *bytes is zeroed */
int leat_bytes_make(leat_bytes *bytes, size_t size);

/* leat_bytes_make, filled with the `size` bytes at `from`. With size 0, `from` may be NULL. */
int leat_bytes_copy(leat_bytes *bytes, const void *from, size_t size);

/* Return `size` of the bytes, from the byte number `from` on: one more reference to the block. If the bytes end before
 * that, it has those that are there. leat_bytes_slice(bytes, 0, SIZE_MAX) refers to all of them. */
leat_bytes leat_bytes_slice(const leat_bytes *bytes, size_t from, size_t size);

/* Make *bytes the only reference to its block, so that the bytes may be changed. If there are other references, or the
 * bytes are not its own, this copies them.
 *   returns   0. -1 with ENOMEM: *bytes is as before */
int leat_bytes_own(leat_bytes *bytes);

/* End a reference, and zero *bytes. */
void leat_bytes_drop(leat_bytes *bytes);

/* ---- private: bytes.c ---------------------------------------------------------------------------- */

/* n more references to a block, and one less. NULL is allowed. */
void leat_block_share_(struct leat_block_ *block, size_t n);
void leat_block_drop_(struct leat_block_ *block);

#ifdef __cplusplus
}
#endif
#endif
