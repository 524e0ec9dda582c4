/* The first API client: before any member of staff is known, nobody could register one by the API. */
#pragma once

struct config;

/* Registers the client, or gives it these scopes (separated by spaces), over the migrator's connection and on record
   like any other change. 0 or -errno, logged. */
int enrol_client(const struct config *config, const char *client_id, const char *scopes);
