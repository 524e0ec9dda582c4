#include "http/session.h"

#include "bounds.h"
#include "core/clock.h"
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

#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

enum { ATTEMPTS = 3, THINGS_MAX = 8 };

struct session {
        struct request *request;
        const char *key; /* NULL: none given */
        const char *target, *hash;
        struct reply blank; /* what dispatch had to say before: RateLimit, traceparent, Connection */
        struct errand errand;
        const char *things[THINGS_MAX]; /* the key first, when there is one */
        bool waits;                     /* for locks, having a place at the first that stood in its way */
        bool answered;                  /* the refusal is kept, and is the answer */
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
        bool plain = length > 0 && length <= BOUND_IDEMPOTENCY_KEY;
        for (size_t i = 0; i < length; i++)
                plain = plain && value[i] > ' ' && value[i] <= '~' && value[i] != '"' && value[i] != '\\';
        if (plain)
                return 0;
        *ret_report = (struct report){
                .problem = PROBLEM_INVALID_PARAMETER,
                .parameter = "Idempotency-Key",
                .ja = "Idempotency-Keyは、空白及び引用符を含まない255文字以内の英数字・記号としてください。",
                .en = "An Idempotency-Key has up to 255 printable ASCII characters without spaces and quotes."};
        return ret_report->problem;
}

/* Two requests are the same when path, query, media type, If-Match and body are. The path is part of the target. */
static const char *request_hash(struct request *request) {
        const char *parts[] = {request->query ?: "", request->headers.value[HEADER_CONTENT_TYPE] ?: "",
                               request->headers.value[HEADER_IF_MATCH] ?: ""};
        unsigned char digest[SHA256_DIGEST_LENGTH];
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        struct text text = {0};

        bool done = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
        for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
                done = done && EVP_DigestUpdate(context, parts[i], strlen(parts[i]) + 1) == 1;
        /* Where it is: a body may be large. */
        done = done && EVP_DigestUpdate(context, request->payload, request->payload_length) == 1;
        done = done && EVP_DigestFinal_ex(context, digest, NULL) == 1;
        EVP_MD_CTX_free(context);
        if (!done)
                abort(); /* no memory: as everywhere, the end of the process */
        text_append_base64url(&text, digest, sizeof(digest));
        const char *hash = arena_strdup(request->arena, text.data);
        text_free(&text);
        return hash;
}

/* A write that has no place yet where it would wait does not wait long. */
static int enter(struct request *request) {
        const struct caller *caller = &request->caller;
        bool hurries = request->operation->flags & OPERATION_WRITES && !request->session->waits;

        return session_enter(request->transaction, caller->issuer, caller->subject, caller->client,
                             request->operation->scope, request->operation->roles, request->operation->id, request->id,
                             hurries ? "50ms" : NULL, caller->matches);
}

/* With a key the whole is one transaction that holds the key's lock until its answer, or its refusal, is kept. */
static int claim(struct session *session) {
        struct request *request = session->request;

        if (!session->key)
                return 0;
        int r = transaction_explicit(request->transaction);
        if (r == 0)
                r = session_claim(request->transaction, session->key, session->target, session->hash,
                                  language_tag(request->language),
                                  request->operation->flags & OPERATION_SECRET_RESPONSE);
        return r == 0 ? transaction_mark(request->transaction) : r;
}

/* Before COMMIT what is checked late speaks, and a request that gave no answer has found nothing. An answer that no
   statement gave comes of no change (a dry run), and is not kept. */
static int settle(struct session *session) {
        struct request *request = session->request;

        if (!session->key || request->reply.kind == REPLY_BODY)
                return 0;
        int r = session_settle(request->transaction);
        transaction_ignore(request->transaction);
        return r;
}

/* What stands before a handler's statements. */
static int begin(struct session *session) {
        struct request *request = session->request;

        int r = enter(request);
        if (r == 0 && session->waits)
                r = session_wait(request->transaction);
        return r == 0 ? claim(session) : r;
}

void session_pause(struct request *request) {
        transaction_end(request->transaction);
}

int session_resume(struct request *request, unsigned milliseconds) {
        struct session *session = request->session;

        session->errand.until_ms = clock_monotonic_ms() + milliseconds;
        session->errand.bulk = true;
        int r = transaction_open(request->server->pool, request->arena, &session->errand, &request->transaction);
        if (r == 0)
                r = transaction_explicit(request->transaction);
        return r == 0 ? begin(session) : r;
}

/* Rendering, sending and logging hold no connection. */
static int finish(struct request *request) {
        transaction_release(request->transaction);
        return fulfil(request);
}

/* The handler's work, committed. */
static int work(struct session *session) {
        struct request *request = session->request;

        request->reply = session->blank;
        int r = begin(session);
        if (r == 0)
                r = request->operation->handler(request);
        if (r == 0)
                r = settle(session);
        if (r == 0)
                r = transaction_commit(request->transaction);
        return r == 0 ? finish(request) : r;
}

/* Whether PostgreSQL refused with this SQLSTATE. */
static bool refused_with(const struct session *session, const char *sqlstate) {
        const struct refusal *refusal = transaction_refusal(session->request->transaction);

        return refusal && strcmp(refusal->sqlstate, sqlstate) == 0;
}

/* In the language and with the tag that it had. Its day may be over since it was claimed: then it is to be tried again. */
static int replay(struct session *session, bool *ret_again) {
        struct request *request = session->request;

        request->reply = session->blank;
        int r = transaction_rollback(request->transaction);
        if (r == 0)
                r = enter(request);
        if (r == 0)
                r = session_replay(request->transaction, session->key, session->target);
        if (r == 0)
                r = transaction_commit(request->transaction);
        if (r != 0)
                return r;
        if (transaction_rows(request->transaction, 0) == 0) {
                *ret_again = true;
                return PROBLEM_BUSY;
        }
        bool english = strcmp(transaction_value(request->transaction, 0, 0, 4), language_tag(LANGUAGE_EN)) == 0;
        request->language = english ? LANGUAGE_EN : LANGUAGE_JA;
        request->reply.kind = REPLY_ANSWER;
        r = finish(request);
        if (request->reply.status >= 400)
                reply_header(request, "Content-Language", language_tag(request->language));
        reply_header(request, "Idempotency-Replayed", "true");
        return r;
}

/* Why it was not served: once, where it is answered. */
static void log_cause(struct request *request, int problem, const struct refusal *refusal) {
        const struct problem_type *type = problem_type(problem);

        if (problem < 0)
                LOG(LOG_LEVEL_ERROR, "fault", LOG_TEXT("request_id", request->id),
                    LOG_TEXT("operation", request->operation->id), LOG_INT("errno", -problem),
                    LOG_TEXT("cause", refusal ? refusal->cause : NULL));
        else if (refusal && type && type->status == 503)
                LOG(LOG_LEVEL_WARNING, "not-served", LOG_TEXT("request_id", request->id),
                    LOG_TEXT("problem", type->slug), LOG_TEXT("sqlstate", refusal->sqlstate),
                    LOG_TEXT("statement", refusal->statement), LOG_TEXT("cause", refusal->cause));
}

/* Fills the reply with the problem, unless the handler that refused has. */
static void report(struct session *session, int problem, const struct refusal *refusal) {
        struct request *request = session->request;

        if (request->reply.kind == REPLY_BODY && request->reply.status >= 400)
                return;
        struct report report = problem_of_refusal(request, problem, refusal);
        if (refusal && refusal->problem == problem) {
                report.ja = refusal->ja;
                report.en = refusal->en;
        }
        request->reply = session->blank;
        problem_reply(request, &report);
}

/* A refusal is an answer too, and is kept before the key's lock is let go. Not so where the caller was not let in, or
   where he is to look again and send the same with another If-Match. */
static int keep(struct session *session, int problem) {
        struct request *request = session->request;
        struct transaction *t = request->transaction;

        if (problem == PROBLEM_FORBIDDEN || problem == PROBLEM_PRECONDITION_FAILED || transaction_released(t))
                return problem;
        report(session, problem, transaction_refusal(t));
        if (request->reply.status >= 500 || transaction_return(t) != 0)
                return problem;
        struct reply refusal = request->reply;
        request->reply = session->blank;
        int r = session_keep(t, refusal.status, refusal.body);
        if (r == 0)
                r = transaction_commit(t);
        if (r != 0)
                return r;
        request->reply = refusal;
        session->answered = true;
        return problem;
}

static void add_thing(struct session *session, const char *name) {
        size_t *count = &session->errand.things_count;

        for (size_t i = 0; i < *count; i++)
                if (strcmp(session->things[i], name) == 0)
                        return;
        if (*count < THINGS_MAX)
                session->things[(*count)++] = name;
}

static bool is_claim(const struct refusal *refusal) {
        return refusal->statement && strcmp(refusal->statement, "session_claim") == 0;
}

/* A lock that was not free tells the name of what it guards, or only that it did not come free at once. It is waited for
   with a place there: the latter all together have those of one thing, as nobody knows what they wait for. */
static bool learn(struct session *session) {
        const struct refusal *refusal = transaction_refusal(session->request->transaction);

        if (session->waits || !refusal || session->errand.read_only)
                return false;
        if (strcmp(refusal->sqlstate, "KK503") == 0 && refusal->code)
                add_thing(session, refusal->code);
        else if (strcmp(refusal->sqlstate, "55P03") != 0)
                return false;
        else if (!is_claim(refusal)) /* whose key has a place already */
                add_thing(session, "lock");
        return session->waits = session->errand.waits = true;
}

/* One attempt. *ret_again: whether another may go better. */
static int attempt(struct session *session, bool *ret_again) {
        struct request *request = session->request;

        int r = transaction_open(request->server->pool, request->arena, &session->errand, &request->transaction);
        if (r != 0)
                return r;
        r = work(session);
        if (r > 0 && session->key && !refused_with(session, "KK200"))
                r = keep(session, r);
        if (r > 0 && refused_with(session, "KK200"))
                r = replay(session, ret_again);
        const struct refusal *refusal = transaction_refusal(request->transaction);
        *ret_again |= r > 0 && ((refusal && refusal->retryable) || (r == PROBLEM_OUTCOME_UNKNOWN && session->key) ||
                                learn(session));
        return r;
}

/* Another request under the key is at work, here or in another instance. */
static bool in_progress(const struct session *session, const struct refusal *refusal) {
        if (!session->key || !refusal)
                return false;
        return session->request->transaction ? is_claim(refusal) && strcmp(refusal->sqlstate, "55P03") == 0
                                             : session->errand.missing == 0;
}

static int refuse(struct session *session, int problem) {
        struct request *request = session->request;
        const struct refusal *refusal =
                request->transaction ? transaction_refusal(request->transaction) : &session->errand.refusal;

        if (problem == PROBLEM_BUSY && in_progress(session, refusal)) {
                problem = PROBLEM_REQUEST_IN_PROGRESS;
                request->reply = session->blank;
        }
        log_cause(request, problem, refusal);
        report(session, problem, refusal);
        return problem;
}

/* PostgreSQL writes ids in lower case. */
static const char *lowered(struct arena *arena, const char *id) {
        char *copy = arena_strdup(arena, id);

        for (char *c = copy; *c; c++)
                *c = (char)tolower((unsigned char)*c);
        return copy;
}

static const char *thing_of_key(struct session *session) {
        const struct caller *caller = &session->request->caller;

        return arena_printf(session->request->arena, "key\n%s\n%s\n%s\n%s", caller->issuer, caller->subject,
                            session->target, session->key);
}

/* What a write names in its path: by id, or by what stands before it. */
static void name_things(struct session *session) {
        struct request *request = session->request;
        const char *before = "";

        if (session->key)
                add_thing(session, thing_of_key(session));
        for (size_t i = 0; request->operation->path_parameters[i].name; i++) {
                const char *value = request->path_values[i];
                before = text_is_uuid(value) ? lowered(request->arena, value)
                                             : arena_printf(request->arena, "%s/%s", before, value);
                add_thing(session, before);
        }
}

int session_run(struct request *request) {
        bool writes = request->operation->flags & OPERATION_WRITES, again;
        struct session *session = request->session = arena_alloc(request->arena, sizeof(*session));
        struct report report;

        *session = (struct session){
                .request = request,
                .blank = request->reply,
                .waits = request->operation->flags & OPERATION_IMPORT, /* it is not sent through its file twice */
                .errand = {.read_only = !writes, .gone = connection_gone, .context = connection_current()}};
        session->errand.things = session->things;
        int r = session_key(request, &session->key, &report);
        if (r != 0) {
                problem_reply(request, &report);
                return r;
        }
        if (session->key) {
                session->target = arena_printf(request->arena, "%s %s", request->operation->id, request->path);
                session->hash = request_hash(request);
        }
        if (writes)
                name_things(session);
        for (unsigned attempts = 1;; attempts++) {
                again = false;
                r = attempt(session, &again);
                bool done = r == 0 || session->answered;
                if (!done && (!again || attempts == ATTEMPTS)) {
                        r = refuse(session, r);
                        done = true;
                }
                if (done) {
                        if (request->transaction)
                                transaction_release(request->transaction);
                        return r;
                }
                transaction_end(request->transaction);
                request->transaction = NULL;
        }
}
