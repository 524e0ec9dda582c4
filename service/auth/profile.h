/* What an issuer's tokens look like: which of them are access tokens, by which claim they name a person or a client, and
   where their scopes are. It is a part of the issuer's entry in the issuers file (auth/issuers.h):

   "access_token": {"claim": "typ", "is": "Bearer"}
        what tells its access tokens where their header does not have the typ at+jwt (RFC 9068 section 2.1); without it
        all others are refused, as an ID token may have the same issuer, audience and subject
   "person": {"claim": "sub", "matches": "subject"}
        the claim that names a member of staff, and what of his it is: subject, or number; null: nobody
   "client": {"claim": "client_id", "matches": "client_id", "when": {"claim": "sub", "is": ["{client}", null]}}
        the claim that names an API client, and what of its it is: client_id, or subject; null: none. A token is its own
        when that holds, and otherwise a person's, who does not become the client that he uses
   "scopes": "scope"
        the claim that has them, a text or a list; without it scope, or else scp

   What is not said of person and client is as above. `is` is a text, or null for a claim that is missing, or a list of
   these; {client} in a text stands for the name of the client. Without `is` the claim must be there. Pure. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

struct claim_rule {
        const char *claim; /* NULL: it never holds */
        const json_t *is;  /* or NULL */
};

/* By which claim whom, and which member of staff or api-clients that is. `claim` is NULL: nobody. */
struct claim_name {
        const char *claim, *matches;
};

/* Borrowed from the entry. */
struct profile {
        const char *issuer, *audience;
        struct claim_rule access_token, for_itself;
        struct claim_name person, client;
        const char *scopes; /* or NULL */
};

/* What is wrong with an entry, and where in it. */
struct complaint {
        char member[128]; /* JSON pointer */
        const char *reason;
};

/* Adds to the entry what it does not say, and takes all of the above and issuer and audience from it. The entry's other
   members are `others`, a list that ends with NULL. 0, or -EINVAL and the complaint. */
int profile_read(json_t *entry, const char *const *others, struct profile *ret_profile,
                 struct complaint *ret_complaint);

/* Whether a token's claims are as the rule says. `client` may be NULL. */
bool claim_rule_holds(const struct claim_rule *rule, const json_t *claims, const char *client);
