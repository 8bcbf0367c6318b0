/* SPDX-License-Identifier: 0BSD
 *
 * random.h - random histories. A few threads make random calls on a few channels at the same time, and checker.h judges
 * the results.
 *
 * A game is one history. It is planned first: which player makes which calls on which channels. Then it is played,
 * which adds the stamps and the results. Games are played in rounds. The threads of a round are started once. They meet
 * before each game, and share the checks at the end of the round. Several rounds run at once, so that the cores are
 * used while threads sleep.
 *
 * Each player has handles of its own. So its last drop of an end can come at any time in the game. No player waits for
 * ever. In half of the games, all calls have a deadline. In the others, all calls of player 0 have one. Player 0 closes
 * all channels when the other players are done or seem to be stuck. If a thread sleeps nevertheless, SIGALRM reports
 * it.
 *
 * Each value knows its game. When all handles of a game are gone, as many values must have been sent as were received
 * or released.
 */
#ifndef HISTORY_RANDOM_H
#define HISTORY_RANDOM_H

#include "checker.h"
#include "../../test.h"

enum {
	GAMES = 256,         /* in a round */
	PLAYERS = 8,         /* at most */
	MOST_CALLS = 24,     /* of a game, without the closes at its end */
	LOOKS = 30,          /* how often player 0 looks for the others before it closes the channels */
	MICROSECONDS = 12,   /* the longest deadline */
	SHOWN = 5,           /* how many violations are shown */
	STUCK = 120          /* seconds after which a round must have ended, also on a busy machine */
};

typedef struct game {
	history h;
	leat_chan chan[HISTORY_CHANNELS];
	int players, first[PLAYERS + 1];                    /* the first call of each player */
	unsigned microseconds[HISTORY_CALLS];               /* the deadline of each timed call, from its start */
	int last_closes;                                    /* before this call, player 0 looks for the others */
	bool forever;                                       /* there are calls without a deadline */
	int handles[PLAYERS][HISTORY_CHANNELS][2];          /* how many a player has at this point of the plan: senders,
	                                                     * receivers */
	unsigned random;
	atomic_uint_fast64_t stamp;
	atomic_int through, released;
} game;

typedef struct { game *of; int value; } number;

/* The games to be played, and their results. */
typedef struct histories {
	uint64_t count;           /* how many games, rounded up to whole rounds, or ... */
	leat_time until;          /* ... the time until which to play */
	unsigned seed;            /* the seed of the first round; the others have the next ones */
	int players;              /* at most */
	int capacity;             /* of all channels, or -1: random */
	int teams;                /* how many rounds run at the same time */
	atomic_uint_fast64_t rounds, games, calls, violations, states;
} histories;

typedef struct round_of_games {
	histories *all;
	unsigned seed;
	int players;
	atomic_int player, arrived;
	game games[GAMES];
} round_of_games;

static inline void number_release(void *of_number)
{
	number *value = of_number;

	atomic_fetch_add(&value->of->released, 1);
}

static const leat_type number_type = { "number", sizeof(number), NULL, number_release };

/* --------------------------------------------------------------------------------------------- the plan -- */

static inline bool chance(game *g, unsigned percent)
{
	return random_below(&g->random, 100) < percent;
}

/* Choose a random end that the player has: its channel, and whether it is the sender. False if it has none. */
static inline bool pick_end(game *g, int player, int *channel, bool *sends)
{
	int ends = 0;

	for (int i = 0; i < 2 * g->h.channels; i++)
		if (g->handles[player][i / 2][i % 2] > 0 && random_below(&g->random, (unsigned)++ends) == 0) {
			*channel = i / 2;
			*sends = i % 2 == 0;
		}
	return ends > 0;
}

static inline history_wait pick_wait(game *g, int player)
{
	if (g->forever && player > 0 && chance(g, 60))
		return HISTORY_FOREVER;
	return chance(g, 60) ? HISTORY_TIMED : chance(g, 80) ? HISTORY_NOW : HISTORY_PAST;
}

static inline void plan_select(game *g, int player, history_call *move, unsigned char *value)
{
	move->kind = HISTORY_SELECT;
	move->wait = pick_wait(g, player);
	g->microseconds[g->h.calls] = 1 + random_below(&g->random, MICROSECONDS);
	move->cases = chance(g, 55) ? 1 : 2 + (int)random_below(&g->random, HISTORY_CASES - 1);
	move->in_order = chance(g, move->cases == 1 ? 10 : 40);
	for (int k = 0; k < move->cases; k++) {
		history_case *on = &move->on[k];

		(void)pick_end(g, player, &on->channel, &on->sends); /* plan_call makes sure that it has one */
		on->looks = !on->sends && chance(g, 20);
		on->asked = !on->looks && move->cases == 1 && !move->in_order && chance(g, 25) ?
		                    2 + (int)random_below(&g->random, HISTORY_BATCH - 1) : 1;
		for (int i = 0; on->sends && i < on->asked; i++)
			on->values[i] = (*value)++;
	}
}

/* Player 0 keeps the senders that it needs to close the channels. */
static inline bool may_drop(const game *g, int player, int channel, bool sends)
{
	return !(g->forever && player == 0 && sends) || g->handles[player][channel][0] > 1;
}

/* Plan a call that neither sends nor receives. */
static inline void plan_other(game *g, int player, history_call *move, int channel, bool sends)
{
	unsigned what = random_below(&g->random, 100);

	move->channel = channel;
	if (what < 30) {
		move->kind = chance(g, 50) ? HISTORY_CLOSED : HISTORY_CAUSE;
	} else if (what < 70 && may_drop(g, player, channel, sends)) {
		move->kind = sends ? HISTORY_DROP_TX : HISTORY_DROP_RX;
		move->cause = sends && chance(g, 40) ? EIO : 0;
		g->handles[player][channel][!sends]--;
	} else if (what < 85 && sends) {
		move->kind = HISTORY_CLOSE;
		move->cause = chance(g, 50) ? EPIPE : 0;
	} else {
		move->kind = sends ? HISTORY_DUP_TX : HISTORY_DUP_RX;
		g->handles[player][channel][!sends]++;
	}
}

static inline void plan_call(game *g, int player, unsigned char *value)
{
	history_call *move = &g->h.call[g->h.calls];
	int channel = 0;
	bool sends = false;

	memset(move, 0, sizeof *move);
	move->thread = player;
	if (!pick_end(g, player, &channel, &sends))
		return;
	if (chance(g, 82))
		plan_select(g, player, move, value);
	else
		plan_other(g, player, move, channel, sends);
	g->h.calls++;
}

static inline void plan_last_closes(game *g)
{
	g->last_closes = g->h.calls;
	for (int i = 0; i < g->h.channels; i++)
		g->h.call[g->h.calls++] = (history_call){ .kind = HISTORY_CLOSE, .channel = i };
}

/* Each player gets some ends, and each end is given to a player. */
static inline void plan_channel(game *g, int channel, int room)
{
	unsigned char count[2] = { 0, 0 };

	g->h.channel[channel].capacity = room < 0 ? random_below(&g->random, 4) : (unsigned)room;
	for (int end = 0; end < 2; end++) {
		int somebody = (int)random_below(&g->random, (unsigned)g->players);

		for (int p = 0; p < g->players; p++) {
			bool has = p == somebody || (p == 0 && end == 0 && g->forever) || chance(g, 60);

			g->handles[p][channel][end] = has;
			count[end] = (unsigned char)(count[end] + has);
		}
	}
	g->h.channel[channel].txs = count[0];
	g->h.channel[channel].rxs = count[1];
	g->chan[channel] = leat_make_of(&number_type, g->h.channel[channel].capacity);
	check(leat_cause(g->chan[channel]) == 0);
	while (--count[0] > 0)
		(void)leat_dup(g->chan[channel].tx); /* a second count for the same handle */
	while (--count[1] > 0)
		(void)leat_dup(g->chan[channel].rx);
}

static inline void plan_game(game *g, int players, int room, unsigned seed)
{
	unsigned char value = 1;
	int each;

	g->random = seed;
	g->players = players;
	g->forever = chance(g, 50);
	g->h.channels = 1 + (int)(random_below(&g->random, HISTORY_CHANNELS) * chance(g, 60));
	g->h.calls = 0;
	g->last_closes = -1;
	atomic_init(&g->stamp, 1);
	atomic_init(&g->through, 0);
	atomic_init(&g->released, 0);
	for (int i = 0; i < g->h.channels; i++)
		plan_channel(g, i, room);
	each = 2 + (int)random_below(&g->random, 5);
	for (int p = 0; p < players; p++) {
		g->first[p] = g->h.calls;
		for (int i = 0; i < each && i < MOST_CALLS / players; i++)
			plan_call(g, p, &value);
		if (p == 0 && g->forever)
			plan_last_closes(g);
	}
	g->first[players] = g->h.calls;
}

/* --------------------------------------------------------------------------------------------- the game -- */

static inline leat_time deadline_of(const game *g, const history_call *move)
{
	switch (move->wait) {
	case HISTORY_NOW: return LEAT_NOW;
	case HISTORY_PAST: return leat_now() - 1;
	case HISTORY_TIMED: return leat_in(LEAT_US(g->microseconds[move - g->h.call]));
	default: return LEAT_NEVER;
	}
}

static inline leat_case case_of(const game *g, const history_case *on, number *values)
{
	if (on->sends)
		return LEAT_SEND(g->chan[on->channel].tx, values);
	return on->looks ? LEAT_READY(g->chan[on->channel].rx) : LEAT_RECV(g->chan[on->channel].rx, values);
}

/* Make a call of one case. Returns the number of values, or -1. */
static inline long play_plain(const game *g, const history_case *on, number *values, leat_time t)
{
	leat_tx tx = g->chan[on->channel].tx;
	leat_rx rx = g->chan[on->channel].rx;

	if (on->looks)
		return leat_wait_ready_by(rx, t);
	if (on->asked > 1)
		return on->sends ? leat_send_n(tx, values, (size_t)on->asked, t) :
		                   leat_recv_n(rx, values, (size_t)on->asked, t);
	if (t == LEAT_NEVER)
		return on->sends ? leat_send(tx, values) : leat_recv(rx, values);
	return on->sends ? leat_send_by(tx, values, t) : leat_recv_by(rx, values, t);
}

static inline void play_select(game *g, history_call *move)
{
	number values[HISTORY_CASES][HISTORY_BATCH];
	leat_case on[HISTORY_CASES];
	leat_time t = deadline_of(g, move);
	size_t n = (size_t)move->cases;
	bool plain = move->cases == 1 && !move->in_order;
	long moved = 0;

	for (int k = 0; k < move->cases; k++) {
		for (int i = 0; i < move->on[k].asked; i++)
			values[k][i] = (number){ g, move->on[k].values[i] };
		on[k] = case_of(g, &move->on[k], values[k]);
	}
	move->start = atomic_fetch_add(&g->stamp, 1);
	if (plain)
		move->chosen = (moved = play_plain(g, move->on, values[0], t)) < 0 ? -1 : 0;
	else
		move->chosen = move->in_order ? leat_select_first_n(on, n, t) : leat_select_n(on, n, t);
	move->error = errno;
	move->end = atomic_fetch_add(&g->stamp, 1);
	if (move->chosen < 0)
		return;
	move->moved = plain ? (int)moved : on[move->chosen].ok;
	for (int i = 0; i < move->moved && !move->on[move->chosen].sends && !move->on[move->chosen].looks; i++) {
		check(values[move->chosen][i].of == g);
		move->on[move->chosen].values[i] = (unsigned char)values[move->chosen][i].value;
	}
}

static inline int play_other(game *g, const history_call *move)
{
	leat_chan chan = g->chan[move->channel];

	switch (move->kind) {
	case HISTORY_CLOSE: return leat_close_with(chan.tx, move->cause);
	case HISTORY_DROP_TX: return leat_drop_with(chan.tx, move->cause);
	case HISTORY_DROP_RX: leat_drop(chan.rx); return 0;
	case HISTORY_DUP_TX: (void)leat_dup(chan.tx); return 0;
	case HISTORY_DUP_RX: (void)leat_dup(chan.rx); return 0;
	case HISTORY_CLOSED: return leat_closed(chan.rx);
	case HISTORY_CAUSE: return leat_cause(chan.rx);
	default: abort();
	}
}

/* Wait for a while until the others are done. They may never be, because they may wait for a value that does not
 * come. */
static inline void look_for_others(game *g)
{
	for (int looks = 0; looks < LOOKS && atomic_load(&g->through) < g->players - 1; looks++)
		sched_yield();
}

static inline void play(game *g, int player)
{
	for (int i = g->first[player]; i < g->first[player + 1]; i++) {
		history_call *move = &g->h.call[i];

		if (i == g->last_closes)
			look_for_others(g);
		if (move->kind == HISTORY_SELECT) {
			play_select(g, move);
			continue;
		}
		move->start = atomic_fetch_add(&g->stamp, 1);
		move->result = play_other(g, move);
		move->end = atomic_fetch_add(&g->stamp, 1);
	}
	atomic_fetch_add(&g->through, 1);
}

/* ----------------------------------------------------------------------------------------- the judgement -- */

/* Drop the handles that are left at the end of the plan. */
static inline void drop_handles(game *g)
{
	for (int p = 0; p < g->players; p++)
		for (int c = 0; c < g->h.channels; c++) {
			while (g->handles[p][c][0]-- > 0)
				leat_drop(g->chan[c].tx);
			while (g->handles[p][c][1]-- > 0)
				leat_drop(g->chan[c].rx);
		}
}

/* How many values were sent, but neither received nor released. */
static inline int lost(game *g)
{
	int sent = 0;

	for (int i = 0; i < g->h.calls; i++) {
		const history_call *move = &g->h.call[i];

		if (move->kind == HISTORY_SELECT && move->chosen >= 0 && !move->on[move->chosen].looks)
			sent += move->on[move->chosen].sends ? move->moved : -move->moved;
	}
	return sent - atomic_load(&g->released);
}

static inline void judge(round_of_games *r, int n)
{
	static pthread_mutex_t printing = PTHREAD_MUTEX_INITIALIZER;
	game *g = &r->games[n];
	const char *wrong = history_check(&g->h);

	drop_handles(g);
	if (!wrong && lost(g) != 0)
		wrong = "a value that was sent was neither received nor released, or twice";
	atomic_fetch_add(&r->all->calls, (unsigned)g->h.calls);
	if (!wrong || atomic_fetch_add(&r->all->violations, 1) >= SHOWN)
		return;
	check(pthread_mutex_lock(&printing) == 0);
	fprintf(stderr, "seed %u, %d players, game %d: %s\n", r->seed, r->players, n, wrong);
	history_print(stderr, &g->h);
	check(pthread_mutex_unlock(&printing) == 0);
}

/* -------------------------------------------------------------------------------------------- the rounds -- */

static inline void *player_main(void *of_round)
{
	round_of_games *r = of_round;
	int player = atomic_fetch_add(&r->player, 1);
	size_t before = history_states;

	for (int i = 0; i < GAMES; i++) {
		meet(&r->arrived, r->players);
		play(&r->games[i], player);
	}
	meet(&r->arrived, r->players);
	for (int i = player; i < GAMES; i += r->players)
		judge(r, i);
	atomic_fetch_add(&r->all->states, history_states - before);
	return NULL;
}

static inline void play_round(round_of_games *r, unsigned seed)
{
	pthread_t threads[PLAYERS];
	unsigned random = seed * 2654435761u; /* so that neighbouring seeds are far apart */

	(void)alarm(STUCK); /* instead of the alarm of the previous round */
	r->seed = seed;
	r->players = 2 + (int)random_below(&random, 1 + random_below(&random, (unsigned)r->all->players - 1));
	atomic_init(&r->player, 0);
	atomic_init(&r->arrived, 0);
	for (int i = 0; i < GAMES; i++, (void)random_below(&random, 2))
		plan_game(&r->games[i], r->players, r->all->capacity, random);
	for (int i = 0; i < r->players; i++)
		check(pthread_create(&threads[i], NULL, player_main, r) == 0);
	for (int i = 0; i < r->players; i++)
		check(pthread_join(threads[i], NULL) == 0);
	atomic_fetch_add(&r->all->games, GAMES);
}

static inline void *team_main(void *of_histories)
{
	histories *all = of_histories;
	round_of_games *r = malloc(sizeof *r);

	check(r);
	r->all = all;
	for (;;) {
		uint64_t round = atomic_fetch_add(&all->rounds, 1);

		if (atomic_load(&all->violations) >= SHOWN ||
		    (all->until ? leat_now() >= all->until : round * GAMES >= all->count))
			break;
		play_round(r, all->seed + (unsigned)round);
	}
	free(r);
	return NULL;
}

static inline void histories_play(histories *all)
{
	pthread_t teams[16];

	check(all->teams <= 16 && all->players >= 2 && all->players <= PLAYERS);
	for (int i = 0; i < all->teams; i++)
		check(pthread_create(&teams[i], NULL, team_main, all) == 0);
	for (int i = 0; i < all->teams; i++)
		check(pthread_join(teams[i], NULL) == 0);
}

#endif
