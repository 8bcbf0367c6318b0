/* SPDX-License-Identifier: 0BSD
 *
 * sha256.h - the hash SHA-256 of FIPS 180-4. For checksum.c; there is nothing about channels in it.
 */
#ifndef SHA256_H
#define SHA256_H

#include <stdint.h>
#include <string.h>

enum { SHA256_SIZE = 32, SHA256_BLOCK = 64 };

struct sha256 {
	uint32_t state[8];
	uint64_t length;                    /* bytes so far */
	unsigned char block[SHA256_BLOCK];  /* the last length % SHA256_BLOCK of them */
};

static inline struct sha256 sha256_begin(void)
{
	/* The fractions of the square roots of the first 8 primes. */
	return (struct sha256){ .state = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 } };
}

static inline uint32_t sha256_rotate(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

/* The number that is stored there, its highest byte first. */
static inline uint32_t sha256_word(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline void sha256_store(unsigned char *at, uint32_t word)
{
	for (int i = 0; i < 4; i++)
		at[i] = (unsigned char)(word >> (24 - 8 * i));
}

/* Round i. The eight words do not move: in each round they change their parts. */
static inline void sha256_round(uint32_t *s, int i, uint32_t plus)
{
	uint32_t a = s[-i & 7], b = s[(1 - i) & 7], c = s[(2 - i) & 7], *d = &s[(3 - i) & 7];
	uint32_t e = s[(4 - i) & 7], f = s[(5 - i) & 7], g = s[(6 - i) & 7], *h = &s[(7 - i) & 7];

	*h += (sha256_rotate(e, 6) ^ sha256_rotate(e, 11) ^ sha256_rotate(e, 25)) + ((e & f) ^ (~e & g)) + plus;
	*d += *h;
	*h += (sha256_rotate(a, 2) ^ sha256_rotate(a, 13) ^ sha256_rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
}

static inline void sha256_mix(uint32_t *state, const unsigned char *block)
{
	/* The fractions of the cube roots of the first 64 primes. */
	static const uint32_t k[64] = {
		0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
		0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
		0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
		0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
		0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
		0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
		0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
		0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
	};
	uint32_t w[64], s[8];

	memcpy(s, state, sizeof s);
	for (int i = 0; i < 16; i++)
		w[i] = sha256_word(block + 4 * i);
	for (int i = 16; i < 64; i++)
		w[i] = w[i - 16] + (sha256_rotate(w[i - 15], 7) ^ sha256_rotate(w[i - 15], 18) ^ w[i - 15] >> 3) +
		       w[i - 7] + (sha256_rotate(w[i - 2], 17) ^ sha256_rotate(w[i - 2], 19) ^ w[i - 2] >> 10);
	for (int i = 0; i < 64; i += 8)
		for (int j = 0; j < 8; j++) /* a compiler that unrolls this loop keeps the words in registers */
			sha256_round(s, j, k[i + j] + w[i + j]);
	for (int i = 0; i < 8; i++)
		state[i] += s[i];
}

static inline void sha256_add(struct sha256 *sha, const unsigned char *from, size_t n)
{
	while (n > 0) {
		size_t used = (size_t)(sha->length % SHA256_BLOCK), room = SHA256_BLOCK - used, part = n < room ? n : room;

		memcpy(sha->block + used, from, part);
		if (part == room)
			sha256_mix(sha->state, sha->block);
		sha->length += part;
		from += part;
		n -= part;
	}
}

/* Append a 1 bit, zeros, and the number of bits, so that the last block is full. */
static inline void sha256_end(struct sha256 *sha, unsigned char *hash)
{
	static const unsigned char padding[SHA256_BLOCK] = { 0x80 };
	uint64_t bits = 8 * sha->length;
	unsigned char length[8];

	sha256_store(length, (uint32_t)(bits >> 32));
	sha256_store(length + 4, (uint32_t)bits);
	sha256_add(sha, padding, 1 + (size_t)((119 - sha->length % SHA256_BLOCK) % SHA256_BLOCK));
	sha256_add(sha, length, sizeof length);
	for (int i = 0; i < 8; i++)
		sha256_store(hash + 4 * i, sha->state[i]);
}

#endif
