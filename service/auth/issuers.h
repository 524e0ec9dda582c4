/* The issuers file: whose tokens are believed, where their keys are, and what their tokens look like.

   [{"issuer": "https://login.example.jp/", "audience": "kiki",
     "jwks": "https://login.example.jp/keys" or a path, or "pem": a path,
     "algorithms": ["RS256"], and what auth/profile.h says}]

   Without jwks and pem the issuer is an https URL, and its own document says where its keys are (auth/discovery.h).
   Paths are relative to the file's folder. `algorithms` are of RS256 RS384 RS512 ES256 ES384; without it RS256 and
   ES256. */
#pragma once

#include "auth/keys.h"
#include "auth/profile.h"

/* The name that `kiki token --new-keys` gives itself. */
#define ISSUER_DEVELOPMENT "urn:kiki:development"

enum { ISSUERS_MAX = 32 };

struct issuer {
        struct profile profile;
        json_t *entry; /* what the profile is borrowed from; only read, so that threads may share it */
        enum keys_source source;
        char *location;
        unsigned algorithms; /* mask of enum algorithm */
        struct keys *keys;   /* filled in and closed by auth/authenticate.c */
};

/* 1 to ISSUERS_MAX, or -errno, logged with the file and what is wrong where in it. A development issuer is refused in
   production. Caller frees with issuers_free. */
int issuers_read(const char *path, bool production, struct issuer **ret_issuers, size_t *ret_count);
/* Logs of an issuer in it that there are no keys where it says. */
void issuers_refuse_keys(const char *path, size_t index, const struct issuer *issuer);
void issuers_free(struct issuer *issuers, size_t count);
