# kiki (機器): build, run and test. `make help` lists the targets.

VARIANT ?= default
PORT ?= 8080
FUZZ_SECONDS ?= 60
ATTACK_SECONDS ?= 6
PYTHON := /usr/bin/python3

ifneq ($(filter clang asan tsan fuzz,$(VARIANT)),)
CC := clang
else ifeq ($(origin CC),default)
CC := gcc
else ifeq ($(CC),clang)
VARIANT := clang
endif

BUILD := build/$(VARIANT)
# V=1 shows every command.
ifeq ($(V),)
Q = @printf '  %-8s %s\n' $(1) $(2);
endif
GEN := build/gen

# --- What is compiled, and how --------------------------------------------------------------------------------------

SOURCES := $(sort $(shell find service -name '*.c' -o -name '*.S'))
SQL := $(sort $(shell find service -mindepth 2 -name '*.sql'))
CONTRACT := $(sort $(shell find openapi -name '*.yaml'))
MIGRATIONS := $(sort $(wildcard migrations/*.sql migrations/code/*.sql))
UNIT_PYTHON := $(sort $(wildcard tests/unit/test_*.py))
UNIT := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
# Programs that a test in Python drives.
DRIVERS := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(sort $(wildcard tests/unit/*_driver.c)))
FUZZ := $(patsubst tests/fuzz/%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

# service/usage/entries.sql -> build/gen/usage_entries.sql.h
sql_header = $(GEN)/$(subst /,_,$(patsubst service/%,%,$1)).h
GEN_SQL := $(foreach file,$(SQL),$(call sql_header,$(file)))
GEN_CONTRACT := $(GEN)/bounds.h $(GEN)/problems.h $(GEN)/operations.h $(GEN)/problems.c $(GEN)/refusals.c $(GEN)/vocabularies.h $(GEN)/vocabularies.c $(GEN)/contract.c $(GEN)/openapi.json
GEN_MIGRATIONS := $(GEN)/migrations.c
GEN_OPERATIONS := $(GEN)/operation_statements.c $(GEN)/operation_statements.h $(GEN)/steps.json
GEN_ROWS := $(GEN)/rows.h $(GEN)/rows.c
GEN_C := $(filter %.c,$(GEN_CONTRACT)) $(GEN_MIGRATIONS) $(filter %.c,$(GEN_OPERATIONS)) $(filter %.c,$(GEN_ROWS))
GEN_H := $(filter %.h,$(GEN_CONTRACT)) $(GEN_SQL) $(filter %.h,$(GEN_OPERATIONS)) $(filter %.h,$(GEN_ROWS))

OBJECTS := $(patsubst service/%,$(BUILD)/service/%.o,$(SOURCES)) $(patsubst $(GEN)/%,$(BUILD)/gen/%.o,$(GEN_C))
LIBRARY_OBJECTS := $(filter-out $(BUILD)/service/main.c.o,$(OBJECTS))

LIBRARIES := libulfius libmicrohttpd jansson libjwt liborcania libpq libpcre2-8 libcurl libcrypto zlib
# Asked when first needed, because `make deps` installs pkg-config.
PKG_CFLAGS = $(eval PKG_CFLAGS := $(shell pkg-config --cflags $(LIBRARIES)))$(PKG_CFLAGS)
# libunistring and libm have no pkg-config file.
PKG_LIBS = $(eval PKG_LIBS := $(shell pkg-config --libs $(LIBRARIES)) -lunistring -lm)$(PKG_LIBS)

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unversioned)
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wmissing-prototypes -Wvla -Werror
HARDENING := -fstack-protector-strong -Wformat -Wformat-security
OPTIMISE_default := -O2 -D_FORTIFY_SOURCE=2
OPTIMISE_clang := $(OPTIMISE_default)
OPTIMISE_asan := -DKIKI_SANITIZED -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
OPTIMISE_tsan := -DKIKI_SANITIZED -O1 -fno-omit-frame-pointer -fsanitize=thread
OPTIMISE_fuzz := $(OPTIMISE_asan) -fsanitize=fuzzer-no-link
OPTIMISE := $(OPTIMISE_$(VARIANT))
ifeq ($(OPTIMISE),)
$(error VARIANT is one of default clang asan tsan fuzz)
endif

CPPFLAGS = -D_GNU_SOURCE -Iservice -I$(GEN) $(PKG_CFLAGS)
CFLAGS = -std=gnu17 -g -fPIE -pthread $(OPTIMISE) $(WARNINGS) $(HARDENING)
LDFLAGS = -pie -pthread $(filter -fsanitize=%,$(OPTIMISE)) -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed

# Debian 12 and 13. The first list builds the service, the second also runs it here, the third tests it.
BUILD_PACKAGES := ca-certificates gcc libc6-dev libcurl4-gnutls-dev libjansson-dev libjwt-dev libmicrohttpd-dev \
        liborcania-dev libpcre2-dev libpq-dev libssl-dev libulfius-dev libunistring-dev make npm pkgconf python3 python3-yaml \
        zlib1g-dev
PACKAGES := $(BUILD_PACKAGES) curl postgresql
TEST_PACKAGES := clang clang-format clang-tidy cppcheck libclang-rt-dev libcmocka-dev \
        libtest-json-schema-acceptance-perl llvm python3-cryptography python3-jsonschema python3-jwt python3-psycopg2 \
        python3-pyflakes python3-pytest python3-pytest-xdist python3-requests shellcheck wrk

# --- Building -------------------------------------------------------------------------------------------------------

.DEFAULT_GOAL := build
.DELETE_ON_ERROR:
.PHONY: help deps deps-run deps-build build gen

help: ## what can be made
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

deps: ## install the Debian packages that are missing
	@deploy/local/packages $(PACKAGES) $(TEST_PACKAGES)

deps-run:
	@deploy/local/packages $(PACKAGES)

deps-build:
	@deploy/local/packages $(BUILD_PACKAGES)

build: $(BUILD)/kiki build/openapi.yaml ## build/<variant>/kiki; CC=clang, VARIANT=asan|tsan

gen: $(GEN_C) $(GEN_H)

$(BUILD)/kiki: $(OBJECTS)
	$(call Q,LINK,$@)$(CC) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

# Everything but main, for the unit and fuzz tests.
$(BUILD)/libkiki.a: $(LIBRARY_OBJECTS)
	@rm -f $@
	$(call Q,AR,$@)ar rcs $@ $^

$(BUILD)/service/%.c.o: service/%.c | $(GEN_H)
	@mkdir -p $(@D)
	$(call Q,$(CC),$<)$(CC) $(CPPFLAGS) $(CFLAGS) -DKIKI_VERSION='"$(VERSION)"' -MMD -MP -c -o $@ $<

$(BUILD)/gen/%.c.o: $(GEN)/%.c | $(GEN_H)
	@mkdir -p $(@D)
	$(call Q,$(CC),$<)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/service/%.S.o: service/%.S $(wildcard service/http/docs/*) $(GEN)/docs/swagger-ui-bundle.js.gz $(GEN)/docs/swagger-ui.css.gz
	@mkdir -p $(@D)
	$(call Q,$(CC),$<)$(CC) -I$(GEN) -Iservice -c -o $@ $<

-include $(OBJECTS:.o=.d) $(UNIT:=.d) $(DRIVERS:=.d)

# --- Generated sources ----------------------------------------------------------------------------------------------

# Their list, which is newer than what was made of them once one was added or taken away.
LIST := $(GEN)/list
$(shell mkdir -p $(GEN); printf '%s\n' $(SQL) $(CONTRACT) $(MIGRATIONS) | cmp -s - $(LIST) || \
        printf '%s\n' $(SQL) $(CONTRACT) $(MIGRATIONS) >$(LIST))

# The compiler leaves unchanged files alone, so that only what depends on a change is built again.
$(GEN)/contract.stamp: $(wildcard openapi/*.py) $(CONTRACT) $(LIST) $(GEN)/steps.json $(GEN)/raised.json
	@mkdir -p $(GEN)
	$(call Q,CONTRACT,$(GEN))$(PYTHON) openapi/compile.py --steps $(GEN)/steps.json --raised $(GEN)/raised.json $(GEN)
	@touch $@
$(GEN_CONTRACT): $(GEN)/contract.stamp ;

# The whole contract for those who read it or make clients from it.
build/openapi.yaml: $(GEN)/contract.stamp
	@cp $(GEN)/openapi.yaml $@

STATEMENTS := $(addprefix service/db/,statements.py parts.py refusals.py rows.py tables.py)

define statements_rule
$(call sql_header,$1): $(wildcard $(dir $1)*.sql) $(STATEMENTS)
	@mkdir -p $(GEN)
	$$(call Q,SQL,$1)$(PYTHON) service/db/statements.py $1 $$@
endef
$(foreach file,$(SQL),$(eval $(call statements_rule,$(file))))

$(GEN_OPERATIONS) &: $(SQL) $(LIST) $(STATEMENTS)
	@mkdir -p $(GEN)
	$(call Q,SQL,$(GEN)/steps.json)$(PYTHON) service/db/statements.py --operations $(GEN)/operation_statements.c $(GEN)/steps.json $(SQL)

# Left alone when they come out the same.
$(GEN)/rows.stamp: $(SQL) $(LIST) $(STATEMENTS)
	@mkdir -p $(GEN)
	$(call Q,SQL,$(GEN)/rows.h)$(PYTHON) service/db/statements.py --rows $(GEN_ROWS) $(SQL)
	@touch $@
$(GEN_ROWS): $(GEN)/rows.stamp ;

# The C in which problems are decided: that of the rooms, and how they import.
DECIDING := $(filter-out $(foreach folder,core db auth contract http,service/$(folder)/%),$(wildcard service/*/*.c)) service/http/health.c service/http/import.c
$(GEN)/raised.json: service/db/raised.py $(STATEMENTS) $(SQL) $(LIST) $(MIGRATIONS) $(DECIDING)
	@mkdir -p $(GEN)
	$(call Q,SQL,$@)$(PYTHON) service/db/raised.py $@ $(SQL) $(MIGRATIONS) $(DECIDING)

$(GEN)/migrations.c: service/db/migrations.py $(MIGRATIONS) $(LIST)
	@mkdir -p $(GEN)
	$(call Q,EMBED,$@)$(PYTHON) service/db/migrations.py $@ $(MIGRATIONS)

# Swagger UI, exactly as the lock file pins it.
$(GEN)/docs/swagger-ui-bundle.js.gz $(GEN)/docs/swagger-ui.css.gz &: service/http/docs/package-lock.json
	@mkdir -p build/npm/docs $(GEN)/docs
	@cp service/http/docs/package.json service/http/docs/package-lock.json build/npm/docs/
	$(call Q,NPM,swagger-ui-dist)cd build/npm/docs && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@for file in swagger-ui-bundle.js swagger-ui.css; do \
	        gzip -9 -n -c build/npm/docs/node_modules/swagger-ui-dist/$$file >$(GEN)/docs/$$file.gz || exit 1; \
	done

# --- Tests ----------------------------------------------------------------------------------------------------------

.PHONY: unit unit-c fuzz sql contract api faults attack exercised test test-asan test-tsan test-containers test-npm bench lint

$(BUILD)/tests/unit/%: tests/unit/%.c $(BUILD)/libkiki.a
	@mkdir -p $(@D)
	$(call Q,$(CC),$<)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MT $@ -o $@ $< $(LDFLAGS) $(BUILD)/libkiki.a $(PKG_LIBS) -lcmocka

# What is compiled only to be tested: a small contract, and the official JSON Schema test suite.
SUITE := /usr/share/perl5/auto/share/dist/Test-JSON-Schema-Acceptance/tests/draft2020-12
$(GEN)/fixture/contract.c: $(wildcard openapi/*.py) openapi/problems.yaml tests/contract/fixture/openapi.yaml
	$(call Q,CONTRACT,$(@D))$(PYTHON) openapi/compile.py --source tests/contract/fixture $(@D)
	@touch $@
$(GEN)/schema_suite.h: $(wildcard openapi/*.py) tests/unit/schema_suite.py
	@mkdir -p $(@D)
	$(call Q,SUITE,$@)$(PYTHON) tests/unit/schema_suite.py $(SUITE) $@
$(BUILD)/tests/unit/test_contract $(BUILD)/tests/unit/test_schema: $(GEN)/fixture/contract.c
$(BUILD)/tests/unit/test_schema_suite build/fuzz/fuzz_schema: $(GEN)/schema_suite.h

$(GEN)/statements.h: $(SQL) $(LIST) $(STATEMENTS)
	@mkdir -p $(GEN)
	$(call Q,SQL,$@)$(PYTHON) service/db/statements.py --index $@ $(SQL)
$(BUILD)/tests/unit/test_prepare: $(GEN)/statements.h

SUFFIX := $(if $(filter-out default,$(VARIANT)),-$(VARIANT))
PYTEST := $(PYTHON) -m pytest -c tests/pytest.ini -q

unit-c: $(UNIT)
	@$(PYTHON) tests/unit/run.py build/results/unit$(SUFFIX) $(UNIT)

unit: unit-c $(DRIVERS) ## tests of single modules (cmocka) and of the build's own scripts (pytest)
	@KIKI_BUILD=$(BUILD) $(PYTEST) --junitxml=build/results/unit-python$(SUFFIX).xml $(UNIT_PYTHON)

build/fuzz/%: tests/fuzz/%.c build/fuzz/libkiki.a
	$(call Q,$(CC),$<)$(CC) $(CPPFLAGS) $(CFLAGS) -fsanitize=fuzzer -o $@ $< $(LDFLAGS) build/fuzz/libkiki.a $(PKG_LIBS)

fuzz: ## libFuzzer on every parser, FUZZ_SECONDS (60) each
	@$(MAKE) --no-print-directory VARIANT=fuzz build/fuzz/libkiki.a $(FUZZ:%=build/fuzz/%)
	@$(PYTHON) tests/fuzz/run.py --seconds $(FUZZ_SECONDS) $(FUZZ:%=build/fuzz/%)

# On the real binary and a real PostgreSQL, in .local/test. Files of tests side by side, each with databases of its own.
SIDE_BY_SIDE_api := -n 2 --dist loadfile
# What tries the records with very many random steps tries nothing more of the program under the sanitizers.
LEFT_OUT_asan := $(patsubst %,--ignore=tests/api/test_%.py,random_lives usage_histories days_past import_agreement meeting_random)
PYTEST_SUITES := sql contract api faults attack

sql: ## the schema: constraints, policies, statements
contract: ## the contract and its compiler
api: ## every operation, by HTTP
faults: ## what must survive: kill -9, lost connections, a full pool
attack: export KIKI_ATTACK_SECONDS := $(ATTACK_SECONDS)
attack: ## random requests by every role for ATTACK_SECONDS (6); KIKI_ATTACK_SEED repeats a run
$(PYTEST_SUITES): build
	@KIKI=$(BUILD)/kiki $(PYTEST) $(SIDE_BY_SIDE_$@) $(LEFT_OUT_$(VARIANT)) --junitxml=build/results/$@$(SUFFIX).xml tests/$@

exercised: gen ## that the suites left no operation and no declared problem out
	@$(PYTEST) --junitxml=build/results/exercised.xml tests/contract/exercised.py

test: deps ## every test there is, and their counts
	@rm -rf build/results; failed=0; \
	for suite in unit $(PYTEST_SUITES); do \
	        echo "--- $$suite"; $(MAKE) --no-print-directory $$suite || failed=1; \
	done; \
	$(MAKE) --no-print-directory exercised || failed=1; \
	$(PYTHON) tests/summary.py && [ $$failed = 0 ]

test-asan: ## unit and API tests and the attack under AddressSanitizer and UndefinedBehaviorSanitizer
	@$(MAKE) --no-print-directory VARIANT=asan unit
	@$(MAKE) --no-print-directory VARIANT=asan api
	@$(MAKE) --no-print-directory VARIANT=asan ATTACK_SECONDS=30 attack

test-tsan: ## unit tests under ThreadSanitizer
	@$(MAKE) --no-print-directory VARIANT=tsan unit-c

test-npm: build/openapi.yaml ## Redocly's lint of the contract, and a generated TypeScript client that compiles
	@$(PYTHON) tests/contract/npm/run.py

test-containers: deps ## build the image and run the stack of docker-compose.yml
	@tests/containers/run

bench: deps ## load on the running service beside pgbench; BENCH='--rounds 1 --connections 256'
	@$(MAKE) --no-print-directory build
	@tests/bench/run $(BENCH)

lint: gen ## formatting, clang-tidy, cppcheck, who includes whom, lengths, SQL
	@$(PYTHON) tests/lint/run.py -- $(CPPFLAGS) -std=gnu17 $(filter -W%,$(WARNINGS)) -DKIKI_VERSION='""'

.PHONY: format
format: ## lay out every C file as .clang-format says
	clang-format -i $$(git ls-files -co --exclude-standard '*.[ch]')

# --- Running here ---------------------------------------------------------------------------------------------------

.PHONY: run token postgres down clean-local

run: deps-run ## build and serve on 127.0.0.1:PORT (8080) with the sample bureau
	@$(MAKE) --no-print-directory -s build
	@deploy/local/run $(PORT)

token: ## print a token of STAFF=<number>
	@$(if $(STAFF),,$(error whose token? make token STAFF=210002))$(BUILD)/kiki token --key .local/keys/development.key --staff $(STAFF)

postgres: deps-run ## start the private PostgreSQL cluster of .local/
	@deploy/local/postgres start .local

down: ## stop everything that was started
	@deploy/local/down

clean-local: down ## forget the clusters and everything in them
	@for folder in .local/*/ .local; do \
	        [ ! -f $$folder/postgres.env ] || deploy/local/postgres forget $$folder; \
	done

# --- Tidying --------------------------------------------------------------------------------------------------------

.PHONY: clean
clean: ## forget what was built
	rm -rf build
