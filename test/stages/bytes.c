/* SPDX-License-Identifier: 0BSD
 *
 * bytes.c - leat_bytes: copies and slices share a block, and the last reference frees it. The address sanitizer reports
 * a block that is freed too early, twice or never.
 */
#include "../test.h"

static const leat_rx nil;

static void must_be(const leat_bytes *bytes, const char *text)
{
	check(bytes->size == strlen(text) && memcmp(bytes->at, text, bytes->size) == 0);
}

static leat_bytes bytes_of(const char *text)
{
	leat_bytes bytes;

	check(leat_bytes_copy(&bytes, text, strlen(text)) == 0);
	return bytes;
}

static void made_bytes_are_aligned_and_end_with_0(void)
{
	for (size_t size = 0; size < 100; size++) {
		leat_bytes bytes;

		check(leat_bytes_make(&bytes, size) == 0);
		check(bytes.size == size && bytes.at[size] == 0);
		check((uintptr_t)bytes.at % _Alignof(max_align_t) == 0);
		memset(bytes.at, 'x', size);
		leat_bytes_drop(&bytes);
		check(!bytes.at && !bytes.size && !bytes.block_);
	}
}

static void a_slice_shares_and_outlives_them(void)
{
	leat_bytes bytes = bytes_of("some words"), slice = leat_bytes_slice(&bytes, 5, 5);

	must_be(&slice, "words");
	check(slice.at == bytes.at + 5);
	leat_bytes_drop(&bytes);
	must_be(&slice, "words");
	check(slice.at[slice.size] == 0);
	leat_bytes_drop(&slice);
}

static void a_slice_ends_with_the_bytes(void)
{
	static const struct { size_t from, size; const char *is; } slices[] = {
		{ 0, 0, "" }, { 0, 2, "ab" }, { 1, 2, "bc" }, { 1, SIZE_MAX, "bc" }, { 2, 2, "c" }, { 3, 1, "" },
		{ 4, 1, "" }, { SIZE_MAX, SIZE_MAX, "" },
	};
	leat_bytes bytes = bytes_of("abc");

	for (size_t i = 0; i < sizeof slices / sizeof *slices; i++) {
		leat_bytes slice = leat_bytes_slice(&bytes, slices[i].from, slices[i].size);

		must_be(&slice, slices[i].is);
		leat_bytes_drop(&slice);
	}
	leat_bytes_drop(&bytes);
}

static void bytes_need_no_block(void)
{
	leat_bytes none = { 0 }, slice = leat_bytes_slice(&none, 1, 1);
	leat_bytes borrowed = { .at = (unsigned char *)"not owned", .size = 9 };

	check(!slice.at && !slice.size);
	leat_bytes_drop(&none);
	slice = leat_bytes_slice(&borrowed, 4, 5);
	leat_bytes_drop(&borrowed);
	must_be(&slice, "owned");
	leat_bytes_drop(&slice);
}

static void an_owner_may_change_them(void)
{
	leat_bytes bytes = bytes_of("abc"), other = leat_bytes_slice(&bytes, 1, 2);
	leat_bytes borrowed = { .at = (unsigned char *)"x", .size = 1 };
	unsigned char *at = bytes.at;

	check(leat_bytes_own(&other) == 0 && other.at != at + 1); /* shared: a copy */
	other.at[0] = 'B';
	must_be(&other, "Bc");
	check(other.at[2] == 0);
	check(leat_bytes_own(&bytes) == 0 && bytes.at == at);     /* no longer shared */
	must_be(&bytes, "abc");
	check(leat_bytes_own(&borrowed) == 0 && borrowed.block_);
	must_be(&borrowed, "x");
	leat_bytes_drop(&bytes);
	leat_bytes_drop(&other);
	leat_bytes_drop(&borrowed);
}

static void too_many_bytes_are_refused(void)
{
	leat_bytes bytes = { .size = 1 };

	check(leat_bytes_make(&bytes, SIZE_MAX) == -1 && errno == ENOMEM && !bytes.at && !bytes.size);
	check(leat_bytes_make(&bytes, PTRDIFF_MAX) == -1 && errno == ENOMEM);
	check(leat_bytes_copy(&bytes, "", SIZE_MAX - 1) == -1 && errno == ENOMEM && !bytes.block_);
	check(leat_bytes_copy(&bytes, NULL, 0) == 0 && bytes.at[0] == 0);
	leat_bytes_drop(&bytes);
}

/* A tee copies what it sends: the bytes are shared, not copied. Those that nobody receives are released. */
static void streams_share_them(void)
{
	leat_chan chan = leat_make_of(&leat_bytes_type, 3);
	leat_bytes bytes = bytes_of("shared"), got[2];
	leat_rx out[2];

	check(leat_send(chan.tx, &bytes) == 1);
	bytes = bytes_of("not received");
	check(leat_send(chan.tx, &bytes) == 1);
	leat_drop(chan.tx);
	check(leat_tee(nil, chan.rx, out, 2) == 1);
	for (int i = 0; i < 2; i++) {
		check(leat_recv(out[i], &got[i]) == 1);
		must_be(&got[i], "shared");
	}
	check(got[0].at == got[1].at);
	for (int i = 0; i < 2; i++) {
		leat_bytes_drop(&got[i]);
		leat_drop(out[i]);
	}
}

static void use_a_slice(void *of_bytes)
{
	leat_bytes *bytes = of_bytes;

	for (size_t i = 0; i < 1000; i++) {
		leat_bytes slice = leat_bytes_slice(bytes, i % 8, 1);

		check(*slice.at == "12345678"[i % 8]);
		leat_bytes_drop(&slice);
	}
	leat_bytes_drop(bytes);
}

static void threads_share_them(void)
{
	leat_bytes bytes = bytes_of("12345678"), of_thread[3];
	background threads[3];

	for (int i = 0; i < 3; i++)
		of_thread[i] = leat_bytes_slice(&bytes, 0, SIZE_MAX);
	leat_bytes_drop(&bytes);
	for (int i = 0; i < 3; i++)
		begin(&threads[i], use_a_slice, &of_thread[i]);
	for (int i = 0; i < 3; i++)
		must_return(&threads[i]);
}

int main(int argc, char **argv)
{
	return RUN(made_bytes_are_aligned_and_end_with_0, a_slice_shares_and_outlives_them,
	           a_slice_ends_with_the_bytes, bytes_need_no_block, an_owner_may_change_them,
	           too_many_bytes_are_refused, streams_share_them, threads_share_them);
}
