#include "auth/issuers.h"

#include "folder.h"

#include <errno.h>

static int begin(void **state) {
        (void)state;
        return folder_make();
}

static int end(void **state) {
        (void)state;
        folder_remove();
        return 0;
}

static void issuers_files(void **state) {
        static const struct {
                const char *content;
                bool production;
                int result;
        } cases[] = {
                {"", false, -EINVAL},
                {"[]", false, -EINVAL},
                {"{}", false, -EINVAL},
                {"[{}]", false, -EINVAL},
                {"[{\"issuer\":\"a\",\"audience\":\"kiki\",\"jwks\":\"jwks.json\"}]", true, 0},
                {"[{\"issuer\":\"a\",\"audience\":\"kiki\",\"jwks\":\"jwks.json\",\"algorithms\":[\"RS256\",\"ES384\"]}"
                 "]",
                 true, 0},
                {"[{\"issuer\":\"a\",\"audience\":\"kiki\"}]", false, -EINVAL},
                {"[{\"issuer\":\"http://a.example\",\"audience\":\"kiki\"}]", false, -EINVAL},
                {"[{\"issuer\":\"https://a.example/?b\",\"audience\":\"kiki\"}]", false, -EINVAL},
                {"[{\"issuer\":\"https://a.example/#b\",\"audience\":\"kiki\"}]", false, -EINVAL},
                {"[{\"issuer\":\"https://a@b.example\",\"audience\":\"kiki\"}]", false, -EINVAL},
                {"[{\"issuer\":\"https:///a\",\"audience\":\"kiki\"}]", false, -EINVAL},
                {"[{\"issuer\":\"a\",\"audience\":\"kiki\",\"jwks\":null}]", false, -EINVAL},
                {"[{\"issuer\":\"a\",\"audience\":\"kiki\",\"jwks\":\"\"}]", false, -EINVAL},
                {"[{\"issuer\":\"a\",\"issuer\":\"b\",\"audience\":\"kiki\",\"jwks\":\"x\"}]", false, -EINVAL},
                {"[{\"issuer\":\"a\",\"audience\":\"kiki\",\"jwks\":\"x\",\"person\":\"sub\"}]", false, -EINVAL},
                {"[{\"issuer\":\"a\\nb\",\"audience\":\"kiki\",\"jwks\":\"jwks.json\"}]", false, -EINVAL},
                {"[{\"issuer\":\"\",\"audience\":\"kiki\",\"jwks\":\"jwks.json\"}]", false, -EINVAL},
                {"[{\"issuer\":\"a\",\"audience\":\"\",\"jwks\":\"jwks.json\"}]", false, -EINVAL},
                {"[{\"issuer\":\"a\",\"jwks\":\"jwks.json\"}]", false, -EINVAL},
                {"[{\"issuer\":\"a\",\"audience\":[\"kiki\"],\"jwks\":\"jwks.json\"}]", false, -EINVAL},
                {"[{\"issuer\":\"a\",\"audience\":\"kiki\",\"jwks\":\"jwks.json\",\"pem\":\"a.pem\"}]", false, -EINVAL},
                {"[{\"issuer\":\"a\",\"audience\":\"kiki\",\"jwks\":\"jwks.json\",\"alg\":\"RS256\"}]", false, -EINVAL},
                {"[{\"issuer\":\"a\",\"audience\":\"kiki\",\"jwks\":\"jwks.json\",\"algorithms\":[\"HS256\"]}]", false,
                 -EINVAL},
                {"[{\"issuer\":\"a\",\"audience\":\"kiki\",\"jwks\":\"jwks.json\",\"algorithms\":[]}]", false, -EINVAL},
                {"[{\"issuer\":\"a\",\"audience\":\"kiki\",\"jwks\":\"jwks.json\",\"algorithms\":\"RS256\"}]", false,
                 -EINVAL},
                {"[{\"issuer\":\"a\",\"audience\":\"kiki\",\"jwks\":\"http://a.example/keys\"}]", false, -EINVAL},
                {"[{\"issuer\":\"a\",\"audience\":\"kiki\",\"jwks\":\"file:///etc/passwd\"}]", false, -EINVAL},
                {"[{\"issuer\":\"a\",\"audience\":\"kiki\",\"jwks\":\"x\"},{\"issuer\":\"a\",\"audience\":\"k\","
                 "\"jwks\":\"y\"}]",
                 false, -EINVAL},
                {"[{\"issuer\":\"" ISSUER_DEVELOPMENT "\",\"audience\":\"kiki\",\"jwks\":\"jwks.json\"}]", false, 0},
                {"[{\"issuer\":\"" ISSUER_DEVELOPMENT "\",\"audience\":\"kiki\",\"jwks\":\"jwks.json\"}]", true,
                 -EINVAL},
        };
        int silent = open("/dev/null", O_WRONLY), standard_error = dup(STDERR_FILENO);

        (void)state;
        dup2(silent, STDERR_FILENO);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct issuer *issuers = NULL;
                size_t count = 0;
                folder_write("case.json", cases[i].content);
                assert_int_equal(issuers_read(in_folder("case.json"), cases[i].production, &issuers, &count),
                                 cases[i].result);
                assert_int_equal(count, cases[i].result == 0);
                if (count > 0)
                        assert_string_equal(issuers[0].location, in_folder("jwks.json"));
                issuers_free(issuers, count);
        }
        dup2(standard_error, STDERR_FILENO);
        close(standard_error);
        close(silent);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(issuers_files),
        };

        return cmocka_run_group_tests_name("issuers", tests, begin, end);
}
