#include "http/session.h"

#include "core/log.h"
#include "core/text.h"
#include "http/connection.h"
#include "http/fulfil.h"
#include "http/problem.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/server.h"
#include "http_session.sql.h"
#include "problems.h"

#include <openssl/sha.h>
#include <string.h>

enum { ATTEMPTS = 3, KEY_MAX = 255 };

struct session {
        struct request *request;
        const char *key; /* NULL: none given */
        const char *target, *hash;
        struct reply blank; /* what dispatch had to say before: RateLimit, traceparent, Connection */
};

int session_key(struct request *request, const char **ret_key, struct report *ret_report) {
        const char *value = request->headers.value[HEADER_IDEMPOTENCY_KEY];

        *ret_key = NULL;
        if (!value || request->method != METHOD_POST || !(request->operation->flags & OPERATION_WRITES))
                return 0;
        size_t length = strlen(value);
        if (length >= 2 && value[0] == '"' && value[length - 1] == '"') {
                value++;
                length -= 2;
        }
        *ret_key = arena_strndup(request->arena, value, length);
        bool plain = length > 0 && length <= KEY_MAX;
        for (size_t i = 0; i < length; i++)
                plain = plain && value[i] > ' ' && value[i] <= '~' && value[i] != '"' && value[i] != '\\';
        if (plain)
                return 0;
        *ret_report = (struct report){
                .problem = PROBLEM_INVALID_PARAMETER,
                .parameter = "Idempotency-Key",
                .ja = "Idempotency-Keyは空白と引用符を含まない255字までの英数記号です。",
                .en = "An Idempotency-Key has up to 255 printable ASCII characters without space and quotes."};
        return ret_report->problem;
}

/* Two requests are the same when path, query, media type and body are. */
static const char *request_hash(struct request *request) {
        const char *parts[] = {request->query ?: "", request->headers.value[HEADER_CONTENT_TYPE] ?: ""};
        unsigned char digest[SHA256_DIGEST_LENGTH];
        struct text text = {0};

        for (size_t i = 0; i < 2; i++)
                text_append(&text, parts[i], strlen(parts[i]) + 1);
        text_append(&text, request->payload, request->payload_length);
        SHA256((const unsigned char *)text.data, text.length, digest);
        text_free(&text);
        text_append_base64url(&text, digest, sizeof(digest));
        const char *hash = arena_strdup(request->arena, text.data);
        text_free(&text);
        return hash;
}

static int enter(struct request *request) {
        const struct caller *caller = &request->caller;

        return session_enter(request->transaction, caller->issuer, caller->subject, caller->client,
                             request->operation->scope, request->operation->roles, request->operation->id, request->id);
}

static int claim(struct session *session) {
        return session_claim(session->request->transaction, session->key, session->target, session->hash);
}

/* The handler's work, committed. */
static int attempt(struct session *session) {
        struct request *request = session->request;

        request->reply = session->blank;
        int r = enter(request);
        if (r == 0 && session->key)
                r = claim(session);
        if (r == 0)
                r = request->operation->handler(request);
        if (r == 0)
                r = transaction_commit(request->transaction);
        if (r == 0)
                r = fulfil(request);
        return r;
}

static int replay(struct session *session) {
        struct request *request = session->request;

        request->reply = session->blank;
        request->reply.kind = REPLY_ANSWER;
        int r = transaction_rollback(request->transaction);
        if (r == 0)
                r = enter(request);
        if (r == 0)
                r = session_replay(request->transaction, session->key, session->target);
        if (r == 0)
                r = transaction_commit(request->transaction);
        if (r == 0)
                r = fulfil(request);
        if (r != 0)
                return r;
        const char *language = transaction_value(request->transaction, 0, 0, 4);
        if (language)
                reply_header(request, "Content-Language", language);
        reply_header(request, "Idempotency-Replayed", "true");
        return 0;
}

/* A refusal is an answer too: it is kept, by a transaction of its own, as the one it came from changed nothing. */
static void keep(struct session *session) {
        struct request *request = session->request;
        struct reply answered = request->reply;

        if (answered.status >= 500 || transaction_rollback(request->transaction) != 0)
                return;
        if (enter(request) != 0 || claim(session) != 0 ||
            session_keep(request->transaction, answered.status, answered.body, language_tag(request->language)) != 0 ||
            transaction_commit(request->transaction) != 0)
                LOG(LOG_LEVEL_WARNING, "refusal-not-kept", LOG_TEXT("request_id", request->id));
        request->reply = answered;
}

/* Refusals that leave the key free: the caller was not let in, or the key itself is the matter. */
static bool keeps(int problem) {
        return problem != PROBLEM_FORBIDDEN && problem != PROBLEM_UNKNOWN_CALLER &&
               problem != PROBLEM_INSUFFICIENT_SCOPE && problem != PROBLEM_IDEMPOTENCY_KEY_REUSED &&
               problem != PROBLEM_REQUEST_IN_PROGRESS;
}

static int refuse(struct session *session, int r) {
        struct request *request = session->request;
        const struct refusal *refusal = transaction_refusal(request->transaction);

        /* The twin that holds the key is still at work after lock_timeout. */
        if (session->key && refusal && refusal->step == 1 && strcmp(refusal->sqlstate, "55P03") == 0)
                r = PROBLEM_REQUEST_IN_PROGRESS;
        if (r < 0)
                LOG(LOG_LEVEL_ERROR, "fault", LOG_TEXT("request_id", request->id),
                    LOG_TEXT("operation", request->operation->id), LOG_INT("errno", -r));
        /* A handler that refused has filled its reply itself. */
        if (request->reply.kind != REPLY_BODY || request->reply.status < 400) {
                struct report report = problem_of_refusal(request, r, refusal);
                request->reply = session->blank;
                problem_reply(request, &report);
        }
        if (session->key && keeps(r))
                keep(session);
        return r;
}

static bool again(const struct session *session, int r, const struct refusal *refusal) {
        return (refusal && refusal->retryable && r > 0) || (r == PROBLEM_OUTCOME_UNKNOWN && session->key);
}

int session_run(struct request *request) {
        struct session session = {.request = request, .blank = request->reply};
        struct report report;
        int r = session_key(request, &session.key, &report);

        if (r != 0) {
                problem_reply(request, &report);
                return r;
        }
        if (session.key) {
                session.target = arena_printf(request->arena, "%s %s", request->operation->id, request->path);
                session.hash = request_hash(request);
        }
        for (unsigned attempts = 1;; attempts++) {
                r = transaction_open(request->server->pool, request->arena, connection_gone, connection_current(),
                                     &request->transaction);
                if (r != 0) {
                        report = (struct report){.problem = r > 0 ? r : PROBLEM_INTERNAL_ERROR};
                        return problem_reply(request, &report), r;
                }
                if (!(request->operation->flags & OPERATION_WRITES))
                        transaction_read_only(request->transaction);
                r = attempt(&session);
                const struct refusal *refusal = transaction_refusal(request->transaction);
                if (r > 0 && refusal && strcmp(refusal->sqlstate, "KK200") == 0)
                        r = replay(&session);
                if (r == 0 || attempts == ATTEMPTS || !again(&session, r, refusal))
                        break;
                transaction_end(request->transaction);
        }
        if (r != 0)
                refuse(&session, r);
        return r;
}
