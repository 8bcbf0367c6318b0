/* SPDX-License-Identifier: 0BSD
 *
 * context_values - pass values of a request along with its context: leat_context_with_value.
 *
 * A context with a value is a context. A function that gets it can ask for the values whose keys it knows. A key is
 * an address, so no two modules choose the same key.
 */
#include <leat.h>
#include <stdio.h>

static const char user_id, auth_token; /* never read: their addresses are the keys */

static void handle_response(leat_context *context)
{
	const char *user = leat_context_value(context, &user_id), *token = leat_context_value(context, &auth_token);

	if (user && token)
		printf("handling response for %s (%s)\n", user, token);
}

/* The values are strings of the caller, so nothing must be released. */
static int process_request(char *user, char *token)
{
	leat_context *with_user = leat_context_with_value(leat_context_background(), &user_id, user, NULL);
	leat_context *context = leat_context_with_value(with_user, &auth_token, token, NULL);
	int error = leat_context_cause(context);

	handle_response(context);
	leat_context_drop(context);
	leat_context_drop(with_user);
	return error;
}

int main(void)
{
	char user[] = "jane", token[] = "abc123";

	return process_request(user, token);
}
