/* SPDX-License-Identifier: 0BSD
 *
 * bytes - bytes that two stages share: leat_bytes. A tee copies its values, but not the bytes that they refer to.
 */
#include <leat.h>
#include <stdio.h>

int main(void)
{
	leat_chan chan = leat_make_of(&leat_bytes_type, 1);
	leat_bytes line, word, there;
	leat_rx out[2];

	if (leat_bytes_copy(&line, "water for the mill", 18) < 0 || leat_tee(LEAT_NIL, chan.rx, out, 2) < 0)
		return 1;
	word = leat_bytes_slice(&line, 14, 4);
	leat_bytes_drop(&line);                         /* the slice keeps the block */
	if (leat_send(chan.tx, &word) != 1)
		return 1;
	leat_drop(chan.tx);
	if (leat_recv(out[0], &word) != 1 || leat_recv(out[1], &there) != 1)
		return 1;
	printf("%.*s and %.*s\n", (int)word.size, (char *)word.at, (int)there.size, (char *)there.at);
	printf("%s\n", word.at == there.at ? "the same bytes" : "copies");
	leat_bytes_drop(&word);
	leat_bytes_drop(&there);
	leat_drop(out[0]);
	leat_drop(out[1]);
	return 0;
}
