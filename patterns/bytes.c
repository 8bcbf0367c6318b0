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

/* relaxed: the caller has a reference already, and passes on what it sees with the new ones. */
void leat_block_share_(struct leat_block_ *block, size_t n)
{
	if (block)
		atomic_fetch_add_explicit(&block->references, n, memory_order_relaxed);
}

/* acq_rel: what all threads have done with the bytes happens before the last of them frees the block. */
void leat_block_drop_(struct leat_block_ *block)
{
	if (block && atomic_fetch_sub_explicit(&block->references, 1, memory_order_acq_rel) == 1)
		free(block);
}

leat_bytes leat_bytes_slice(const leat_bytes *bytes, size_t from, size_t size)
{
	size_t first = from < bytes->size ? from : bytes->size, rest = bytes->size - first;

	leat_block_share_(bytes->block_, 1);
	return (leat_bytes){ bytes->at ? bytes->at + first : NULL, size < rest ? size : rest, bytes->block_ };
}

/* acquire: what other threads have read from the bytes happens before the caller changes them. Only the holder of a
 * reference can make another, so the only one stays the only one. */
int leat_bytes_own(leat_bytes *bytes)
{
	leat_bytes copy;

	if (!bytes->size)
		return 0;
	if (bytes->block_ && atomic_load_explicit(&bytes->block_->references, memory_order_acquire) == 1)
		return 0;
	if (leat_bytes_copy(&copy, bytes->at, bytes->size) < 0)
		return -1;
	leat_bytes_drop(bytes);
	*bytes = copy;
	return 0;
}

void leat_bytes_drop(leat_bytes *bytes)
{
	leat_block_drop_(bytes->block_);
	*bytes = (leat_bytes){ 0 };
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
