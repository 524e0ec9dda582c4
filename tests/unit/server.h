/* An https server for the tests of a program, which do with its answers what they want (https_server.py). */
#pragma once

#include "folder.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t server;
static char server_url[64], plain_server_url[64], ca_file[64]; /* without a slash at their ends */

/* Its folder is that of folder.h. */
static inline int server_start(void) {
        int out[2];

        if (pipe(out) != 0 || (server = fork()) < 0)
                return -1;
        if (server == 0) {
                dup2(out[1], STDOUT_FILENO);
                close(out[0]);
                close(out[1]);
                execl("/usr/bin/python3", "python3", "tests/unit/https_server.py", folder, NULL);
                _exit(127);
        }
        close(out[1]);
        FILE *port = fdopen(out[0], "r");
        int number = 0, plain = 0;
        if (fscanf(port, "%d %d", &number, &plain) != 2)
                return -1;
        snprintf(server_url, sizeof(server_url), "https://127.0.0.1:%d", number);
        snprintf(plain_server_url, sizeof(plain_server_url), "http://127.0.0.1:%d", plain);
        snprintf(ca_file, sizeof(ca_file), "%s/ca.pem", folder);
        return fclose(port);
}

static inline void server_stop(void) {
        kill(server, SIGTERM);
        waitpid(server, NULL, 0);
}

/* How many requests it had; the file is removed to count anew. */
static inline int server_requests(void) {
        struct stat status;

        return stat(in_folder("count"), &status) == 0 ? (int)status.st_size : 0;
}
