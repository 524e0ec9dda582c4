/* A signed token (JWT in JWS compact form) taken apart, strictly, before any library sees it.
   libjwt trusts the header and reads base64 generously; here one token has one spelling and a header asks for nothing.
   RFC 8725 section 3, RFC 7515, RFC 9068: typ may be JWT, at+jwt or absent. Pure. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        TOKEN_BYTES_MAX = 16384, /* the contract's head names it; 200 groups of Entra ID make 12 KiB */
        TOKEN_KEY_ID_MAX = 255,  /* bytes of kid */
};

/* Believe nothing of it until the signature is checked. */
struct token {
        json_t *header, *payload; /* objects; owned */
        const char *algorithm;
        const char *key_id; /* or NULL */
        bool says_access;   /* typ is at+jwt */
};

/* 0, or -EINVAL and what is wrong. Caller frees with token_free. */
int token_parse(const char *text, struct token *ret_token, const char **ret_reason);
void token_free(struct token *token);
