/* leat_bytes - some bytes of a block of memory, which counts the references to it.
 *
 *     bytes ------+   +------ a slice of them
 *                 v   v
 *     [ count | some words 0 ]
 *
 * The bytes of a block begin behind its count, aligned as by malloc, and a 0 follows them.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct leat_block_ {
	atomic_size_t references;
	max_align_t bytes[];
};

int leat_bytes_make(leat_bytes *bytes, size_t size)
{
	struct leat_block_ *block = NULL;

	if (size < PTRDIFF_MAX - sizeof *block)
		block = malloc(sizeof *block + size + 1);
	*bytes = (leat_bytes){ 0 };
	if (!block)
		return leat_refuse(ENOMEM);
	atomic_init(&block->references, 1);
	*bytes = (leat_bytes){ (unsigned char *)block->bytes, size, block };
	bytes->at[size] = '\0';
	return 0;
}

int leat_bytes_copy(leat_bytes *bytes, const void *from, size_t size)
{
	if (leat_bytes_make(bytes, size) < 0)
		return -1;
	if (size)
		memcpy(bytes->at, from, size);
	return 0;
}

leat_bytes leat_bytes_slice(const leat_bytes *bytes, size_t from, size_t size)
{
	size_t first = from < bytes->size ? from : bytes->size, rest = bytes->size - first;

	if (bytes->block_) /* relaxed: the caller has a reference already, and passes on what it sees with the new one */
		atomic_fetch_add_explicit(&bytes->block_->references, 1, memory_order_relaxed);
	return (leat_bytes){ bytes->at ? bytes->at + first : NULL, size < rest ? size : rest, bytes->block_ };
}

/* acq_rel: what all threads have done with the bytes happens before the last of them frees the block. */
void leat_bytes_drop(leat_bytes *bytes)
{
	struct leat_block_ *block = bytes->block_;

	*bytes = (leat_bytes){ 0 };
	if (block && atomic_fetch_sub_explicit(&block->references, 1, memory_order_acq_rel) == 1)
		free(block);
}

static int bytes_copy(void *to, const void *from)
{
	*(leat_bytes *)to = leat_bytes_slice(from, 0, SIZE_MAX);
	return 0;
}

static void bytes_release(void *bytes)
{
	leat_bytes_drop(bytes);
}

const leat_type leat_bytes_type = { "leat_bytes", sizeof(leat_bytes), bytes_copy, bytes_release };
