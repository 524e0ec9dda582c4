#include "http/cors.h"

#include "core/config.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/server.h"

#include <string.h>

/* What a page may send beside the headers that every page may and those of operations. Credentials of the browser's own
   (cookies) are never asked for: the token is a header. What it may read of the answer is all that the contract declares.
 */
#define SENT "Authorization, Content-Type, X-Request-ID, traceparent, tracestate"
#define PREFLIGHT_HELD_S "600"

/* The request's origin when it is configured, else NULL. Browsers write origins in one way, so bytes are compared. */
static const char *known_origin(const struct request *request) {
        const char *origin = request->headers.value[HEADER_ORIGIN];
        char **known = request->server->config->cors_origins;

        for (size_t i = 0; origin && known && known[i]; i++)
                if (strcmp(known[i], origin) == 0)
                        return origin;
        return NULL;
}

int cors_preflight(struct request *request, const char *allow) {
        reply_header(request, "Allow", allow);
        if (known_origin(request) && request->headers.value[HEADER_ACCESS_CONTROL_REQUEST_METHOD]) {
                reply_header(request, "Access-Control-Allow-Methods", allow);
                reply_header(request, "Access-Control-Allow-Headers",
                             arena_printf(request->arena, "%s, %s", SENT, contract_request_headers));
                reply_header(request, "Access-Control-Max-Age", PREFLIGHT_HELD_S);
        }
        return reply_bytes(request, 204, NULL, NULL, 0);
}

void cors_apply(struct request *request) {
        const char *origin = known_origin(request);

        if (!origin)
                return;
        reply_header(request, "Access-Control-Allow-Origin", origin);
        reply_header(request, "Access-Control-Expose-Headers", contract_answer_headers);
}
