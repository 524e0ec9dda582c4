/* `kiki token`: signs tokens for development, and makes the keys to sign them with. */
#pragma once

/* argv[0] is the sub-command. Prints the token and nothing else. Returns the exit status. */
int command_token(int argc, char **argv);
