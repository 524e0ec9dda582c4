#include "core/cleanup.h"
#include "core/memory.h"

#include <fcntl.h>
#include <jansson.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void what_there_is_is_given(void **state) {
        _cleanup_free_ char *text = memory_new(16);

        (void)state;
        memset(text, 'x', 16);
        assert_ptr_equal(memory_need(text), text);
}

/* Runs in a process of its own; what it says on standard error. */
static int ends_of(void (*run)(void), char *said, size_t size) {
        int ends[2], status = 0;

        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0) {
                setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
                signal(SIGABRT, SIG_DFL);
                dup2(ends[1], STDERR_FILENO);
                run();
                _exit(0);
        }
        close(ends[1]);
        ssize_t length = read(ends[0], said, size - 1);
        said[length > 0 ? length : 0] = '\0';
        close(ends[0]);
        waitpid(child, &status, 0);
        return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void need_nothing(void) {
        memory_need(NULL);
}

/* As in main: a value that jansson could not make would otherwise be one that was never there. */
static void *too_much(size_t size) {
        (void)size;
        return memory_need(NULL);
}

static void parse(void) {
        json_set_alloc_funcs(too_much, free);
        json_decref(json_loads("{}", 0, NULL));
}

static void running_out_of_it_ends_the_process(void **state) {
        char said[128];

        (void)state;
        assert_int_equal(ends_of(need_nothing, said, sizeof(said)), SIGABRT);
        assert_string_equal(said, "{\"level\":\"error\",\"event\":\"out-of-memory\"}\n");
        assert_int_equal(ends_of(parse, said, sizeof(said)), SIGABRT);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_there_is_is_given),
                cmocka_unit_test(running_out_of_it_ends_the_process),
        };
        return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
