/* plan.c - a copy of a plan, with its own names, and with a value for each member that was left out.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NAME = 200 };

static bool is_name(const char *name)
{
	return *name && strlen(name) <= MOST_NAME && !strpbrk(name, ". \t\r\n*>/\\");
}

static bool is_text(const char *text)
{
	return *text && strlen(text) <= MOST_NAME && !strpbrk(text, " \t\r\n");
}

/* A subject is words with dots between. */
static bool is_subject(const char *subject)
{
	return is_text(subject) && *subject != '.' && subject[strlen(subject) - 1] != '.' && !strstr(subject, "..");
}

static const char *byte_order(void)
{
	const int one = 1;

	return *(const char *)&one ? "little" : "big";
}

/* Set the text of the header Leat-Type. Bytes have no such header. */
static void set_label(struct leatn_plan *plan)
{
	const char *name = plan->type.name ? plan->type.name : "";

	if (plan->p.codec)
		snprintf(plan->label, sizeof plan->label, "codec %.200s", plan->codec.name);
	else if (!plan->is_bytes)
		snprintf(plan->label, sizeof plan->label, "%zu %s %.200s", plan->type.size, byte_order(), name);
}

static bool is_sound(const struct leatn_plan *plan)
{
	const leat_codec *codec = plan->p.codec;

	if (!is_name(plan->p.stream) || !is_name(plan->p.group) || !is_subject(plan->p.subject))
		return false;
	if (plan->p.window > LEATN_MOST_WINDOW || plan->p.ack_wait < 0 || plan->p.ack_wait > LEAT_NEVER / 4 ||
	    plan->p.tries < 0)
		return false;
	if (codec)
		return codec->name && is_text(codec->name) && codec->type && codec->encode && codec->decode;
	return plan->is_bytes || !plan->type.release; /* a pointer means nothing elsewhere */
}

static const char *copy_text(char **at, const char *text)
{
	char *copy = *at;

	strcpy(copy, text);
	*at += strlen(text) + 1;
	return copy;
}

static void fill_in(struct leatn_plan *plan, const leat_nats_plan *p)
{
	const leat_type *type = p->codec && p->codec->type ? p->codec->type : p->type ? p->type : &leat_bytes_type;
	char *text = plan->text;

	plan->p = *p;
	plan->p.stream = copy_text(&text, p->stream);
	plan->p.subject = copy_text(&text, p->subject ? p->subject : p->stream);
	plan->p.group = copy_text(&text, p->group ? p->group : "workers");
	plan->p.window = p->window ? p->window : LEATN_WINDOW;
	plan->p.ack_wait = p->ack_wait ? p->ack_wait : LEAT_MS(30000);
	plan->type = *type;
	plan->p.type = &plan->type;
	plan->is_bytes = leat_same_type(type, &leat_bytes_type) && !p->codec;
	if (p->codec)
		plan->codec = *p->codec;
	plan->p.codec = p->codec ? &plan->codec : NULL;
}

struct leatn_plan *leatn_plan_make(const leat_nats_plan *p)
{
	struct leatn_plan *plan;
	size_t most;

	if (!p || !p->stream) {
		errno = EINVAL;
		return NULL;
	}
	most = 2 * strlen(p->stream) + (p->subject ? strlen(p->subject) : 0) + (p->group ? strlen(p->group) : 8) + 4;
	plan = calloc(1, sizeof *plan + most);
	if (!plan) {
		errno = ENOMEM;
		return NULL;
	}
	fill_in(plan, p);
	if (!is_sound(plan)) {
		free(plan);
		errno = EINVAL;
		return NULL;
	}
	set_label(plan);
	snprintf(plan->dead, sizeof plan->dead, "%s-dead", plan->p.stream);
	return plan;
}

struct leatn_plan *leatn_plan_make_to_publish(const leat_nats_plan *p)
{
	struct leatn_plan *plan = leatn_plan_make(p);

	if (plan && strpbrk(plan->p.subject, "*>")) {
		free(plan);
		errno = EINVAL;
		return NULL;
	}
	return plan;
}
