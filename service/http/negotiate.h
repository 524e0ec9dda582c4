/* Content negotiation (RFC 9110 section 12). Pure. What is malformed in a header counts as not said. */
#pragma once

#include "http/request.h"

/* Japanese unless Accept-Language ranks English higher. */
enum language negotiate_language(const char *accept_language);

/* The operation's answer the client likes best: the first of equals, the first of all without an Accept header, NULL
   when none will do. Of the parameters only charset counts, and only when both sides state it. */
const char *negotiate_media(const char *const *answers, const char *accept);

/* The answer that a word of ?format= stands for, in the same place of both lists. NULL when there is none. */
const char *negotiate_format(const char *const *answers, const char *const *formats, const char *format);

/* True when gzip was asked for and is liked no less than the plain answer. */
bool negotiate_gzip(const char *accept_encoding);

/* True when a Content-Type value names that media type, whatever its parameters. */
bool negotiate_is(const char *content_type, const char *media);
