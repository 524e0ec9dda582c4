/* Each rule of web meetings through every combination of what the table lets it depend on, all else in order. */
#include "rules/meeting.h"

#include "core/cleanup.h"
#include "judgement_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Tables 1 and 3 of the version of 2024-06-24, with a service that a later one might have. */
enum { WEBEX, ZOOM_JGP, ZOOM, TEAMS, MEET, BARE, OTHER, SERVICES };
static const char *const codes[SERVICES] = {"webex", "zoom_jgp", "zoom", "teams", "meet", "bare", "other"};
static const struct meeting_service tables[OTHER] = {
        {"webex", CONFIDENTIALITY_I, true, true, ENCRYPTION_AVAILABLE, true, true, true, true, true, true, false},
        {"zoom_jgp", CONFIDENTIALITY_I, true, true, ENCRYPTION_AVAILABLE, true, true, true, true, true, true, false},
        {"zoom", CONFIDENTIALITY_II, false, false, ENCRYPTION_AVAILABLE, true, true, true, true, true, false, false},
        {"teams", CONFIDENTIALITY_I, true, true, ENCRYPTION_ONE_TO_ONE, true, true, true, true, true, true, false},
        {"meet", CONFIDENTIALITY_III, true, false, ENCRYPTION_UNAVAILABLE, false, true, true, false, false, false,
         false},
        {"bare", CONFIDENTIALITY_I, true, true, ENCRYPTION_UNAVAILABLE, true, false, false, true, true, true, true},
};

/* Host and class and service vary in every test, and beside them what the rule is about. */
static struct meeting_plan plan;
static struct meeting_facts facts;
static struct meeting_service services[OTHER];
static unsigned judged, service;

#define EACH(member, first, last) \
        for (plan.member = (first); plan.member <= (last); plan.member = (__typeof__(plan.member))(plan.member + 1))
#define EITHER(member) for (unsigned member = 0; plan.member = member == 1, member < 2; member++)
#define EACH_MEETING                                                  \
        EACH(role, MEETING_HOSTING, MEETING_JOINING)                  \
        EACH(confidentiality, CONFIDENTIALITY_I, CONFIDENTIALITY_III) \
        for (service = WEBEX; plan.service = codes[service % SERVICES], service <= OTHER; service++)

static int set_up(void **state) {
        (void)state;
        judged = 0;
        memcpy(services, tables, sizeof(services));
        facts = (struct meeting_facts){
                .versions = {.regulation_version = {2025, 10, 16}, .annex2_version = {2024, 6, 24}},
                .services = services,
                .services_count = OTHER,
        };
        plan = (struct meeting_plan){
                .role = MEETING_HOSTING,
                .confidentiality = CONFIDENTIALITY_I,
                .confidentiality_confirmed = true,
                .confidentiality_announced = true,
                .stage = STAGE_PLAN,
                .service = codes[WEBEX],
                .participants = 2,
                .server_region = REGION_JAPAN,
                .end_to_end_encryption = true,
                .waiting_room = true,
                .can_remove_participants = true,
                .admission_check = true,
                .recording = RECORDING_NONE,
                .recording_consent = CONSENT_NONE,
                .client = CLIENT_NATIVE_APP,
                .client_is_latest = true,
                .venue = VENUE_MEETING_ROOM,
                .microphone_muted_when_idle = true,
                .day = {2026, 4, 1},
                .service_name = "meet one",
        };
        return 0;
}

static bool hosting(void) {
        return plan.role == MEETING_HOSTING;
}
static bool classified(void) {
        return plan.confidentiality != CONFIDENTIALITY_III;
}
static bool on_ismap_and_japan(void) {
        return service == WEBEX || service == ZOOM_JGP || service == TEAMS || service == BARE;
}

/* The rule finds exactly this; MEETING_FINE: nothing. Its level is that of the table. */
static void expect(enum meeting_rule rule, enum meeting_reason reason, enum rule_level level) {
        struct judgement judgement;

        judged++;
        meeting_judge(&plan, &facts, &judgement);
        const struct finding *finding = judgement_find(&judgement, &meeting_rules[rule]);
        if (reason == MEETING_FINE) {
                assert_null(finding);
                return;
        }
        assert_non_null(finding);
        assert_ptr_equal(finding->reason, &meeting_reasons[reason]);
        assert_int_equal(finding->level, level);
        assert_true(judgement.verdict != VERDICT_PERMITTED || level == RULE_ADVICE);
        assert_true((judgement.verdict == VERDICT_REFUSED) || level != RULE_VIOLATION);
}

static void expect_when(enum meeting_rule rule, bool finds, enum meeting_reason reason, enum rule_level level) {
        expect(rule, finds ? reason : MEETING_FINE, level);
}

static void what_is_in_order_is_permitted(void **state) {
        (void)state;
        struct judgement judgement;
        meeting_judge(&plan, &facts, &judgement);
        assert_int_equal(judgement.count, 0);
        assert_int_equal(judgement.verdict, VERDICT_PERMITTED);
        assert_string_equal(judgement.regulation_version, "2025-10-16");
        assert_string_equal(judgement.annex2_version, "2024-06-24");
}

static void provided_terminal(void **state) {
        (void)state;
        EACH_MEETING
        EITHER(personal_terminal)
        expect_when(MEETING_PROVIDED_TERMINAL, plan.personal_terminal, MEETING_TERMINAL_IS_PERSONAL, RULE_EXCEPTION);
        assert_int_equal(judged, 2 * 3 * SERVICES * 2);
}

static void service_allowed(void **state) {
        (void)state;
        EACH_MEETING {
                bool allowed = on_ismap_and_japan() || service == OTHER ||
                               (service == ZOOM && plan.confidentiality >= CONFIDENTIALITY_II) ||
                               (service == MEET && plan.confidentiality == CONFIDENTIALITY_III);
                expect_when(MEETING_SERVICE_ALLOWED, !allowed, MEETING_SERVICE_NOT_FOR_CLASS, RULE_VIOLATION);
        }
        services[WEBEX].usable_up_to = 0; /* a version that allows it for nothing */
        plan.service = codes[WEBEX];
        EACH(confidentiality, CONFIDENTIALITY_I, CONFIDENTIALITY_III)
        expect(MEETING_SERVICE_ALLOWED, MEETING_SERVICE_NOT_FOR_CLASS, RULE_VIOLATION);
}

static const struct meeting_consultation good_answer = {
        .cited = true,
        .usable = true,
        .answered_name = "meet one",
        .answered_class = CONFIDENTIALITY_II,
        .valid_from = {2026, 4, 1},
        .valid_until = {2026, 4, 1},
};

static void service_consultation_is_needed(void **state) {
        (void)state;
        EACH_MEETING
        expect_when(MEETING_SERVICE_CONSULTATION, service == OTHER && classified(), MEETING_NOT_CONSULTED,
                    RULE_VIOLATION);
        facts.consultation = good_answer;
        EACH_MEETING
        expect_when(MEETING_SERVICE_CONSULTATION, service == OTHER && plan.confidentiality == CONFIDENTIALITY_I,
                    MEETING_CONSULTATION_DOES_NOT_FIT, RULE_VIOLATION);
        facts.consultation.conditions = "at the station only";
        EACH_MEETING {
                bool unfit = service == OTHER && plan.confidentiality == CONFIDENTIALITY_I;
                expect(MEETING_SERVICE_CONSULTATION,
                       unfit ? MEETING_CONSULTATION_DOES_NOT_FIT : MEETING_CONSULTATION_HAS_CONDITIONS,
                       unfit ? RULE_VIOLATION : RULE_ADVICE);
        }
        facts.consultation.usable = false; /* what an office says that refuses are no conditions */
        EACH_MEETING
        expect_when(MEETING_SERVICE_CONSULTATION, service == OTHER && classified(), MEETING_CONSULTATION_DOES_NOT_FIT,
                    RULE_VIOLATION);
}

static void service_consultation_fits(void **state) {
        struct meeting_consultation wrong[] = {good_answer, good_answer, good_answer, good_answer};

        (void)state;
        plan.service = codes[OTHER];
        plan.confidentiality = CONFIDENTIALITY_II;
        facts.consultation = good_answer;
        expect(MEETING_SERVICE_CONSULTATION, MEETING_FINE, RULE_VIOLATION);
        facts.consultation.valid_from = facts.consultation.valid_until = (struct date){0};
        expect(MEETING_SERVICE_CONSULTATION, MEETING_FINE, RULE_VIOLATION);
        wrong[0].usable = false;
        wrong[1].answered_name = "meet two";
        wrong[2].valid_from = (struct date){2026, 4, 2};
        wrong[3].valid_until = (struct date){2026, 3, 31};
        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
                facts.consultation = wrong[i];
                expect(MEETING_SERVICE_CONSULTATION, MEETING_CONSULTATION_DOES_NOT_FIT, RULE_VIOLATION);
        }
}

static void server_region(void **state) {
        (void)state;
        EACH_MEETING
        EACH(server_region, REGION_JAPAN, REGION_UNKNOWN)
        if (plan.confidentiality == CONFIDENTIALITY_I && plan.server_region == REGION_UNKNOWN && !hosting())
                expect(MEETING_SERVER_REGION, MEETING_REGION_UNKNOWN_TO_GUEST, RULE_EXCEPTION);
        else
                expect_when(MEETING_SERVER_REGION,
                            plan.confidentiality == CONFIDENTIALITY_I && plan.server_region != REGION_JAPAN,
                            plan.server_region == REGION_UNKNOWN ? MEETING_REGION_UNKNOWN : MEETING_REGION_ELSEWHERE,
                            RULE_VIOLATION);
}

static void ismap(void **state) {
        (void)state;
        EACH_MEETING
        expect_when(MEETING_ISMAP, plan.confidentiality == CONFIDENTIALITY_I && service == ZOOM, MEETING_WITHOUT_ISMAP,
                    RULE_VIOLATION);
}

/* What a service cannot encrypt, whatever is recorded. */
static bool cannot_encrypt(void) {
        return service == MEET || service == BARE || (service == TEAMS && plan.participants > 2 && !plan.teams_premium);
}

static void end_to_end_encryption(void **state) {
        (void)state;
        EACH_MEETING
        EITHER(end_to_end_encryption)
        EACH(recording, RECORDING_NONE, RECORDING_CLOUD)
        EACH(participants, 2, 3)
        EITHER(teams_premium)
        EITHER(transcription) {
                bool off = hosting() && !plan.end_to_end_encryption;
                bool proviso = plan.recording == RECORDING_CLOUD || plan.transcription;
                bool spared = plan.confidentiality == CONFIDENTIALITY_II && cannot_encrypt();
                if (off && !classified())
                        expect(MEETING_END_TO_END_ENCRYPTION, MEETING_NOT_ENCRYPTED_CLASS_III, RULE_ADVICE);
                else if (off && on_ismap_and_japan())
                        expect_when(MEETING_END_TO_END_ENCRYPTION, !proviso,
                                    spared ? MEETING_NOT_ENCRYPTED_AS_IMPOSSIBLE : MEETING_NOT_ENCRYPTED_ON_ISMAP,
                                    spared ? RULE_ADVICE : RULE_EXCEPTION);
                else
                        expect_when(MEETING_END_TO_END_ENCRYPTION, off, MEETING_NOT_ENCRYPTED, RULE_VIOLATION);
        }
}

static void end_to_end_impossible(void **state) {
        (void)state;
        EACH_MEETING
        EITHER(end_to_end_encryption)
        EITHER(teams_premium)
        EACH(participants, 1, 4)
        EACH(recording, RECORDING_NONE, RECORDING_CLOUD)
        EITHER(transcription) {
                bool claimed = hosting() && plan.end_to_end_encryption;
                bool kept = plan.recording != RECORDING_NONE || plan.transcription;
                enum meeting_reason reason = service == MEET || service == BARE ? MEETING_ENCRYPTION_NOT_OFFERED
                                             : cannot_encrypt()                 ? MEETING_ENCRYPTION_FOR_TWO
                                             : kept                             ? MEETING_ENCRYPTED_AND_RECORDED
                                                                                : MEETING_FINE;
                expect(MEETING_END_TO_END_IMPOSSIBLE, claimed ? reason : MEETING_FINE, RULE_VIOLATION);
        }
}

static void recording_allowed(void **state) {
        (void)state;
        EACH_MEETING
        EACH(recording, RECORDING_NONE, RECORDING_CLOUD)
        EITHER(transcription) {
                bool kept = plan.recording != RECORDING_NONE || plan.transcription;
                bool forbidden = service == ZOOM || service == MEET;
                expect_when(MEETING_RECORDING_ALLOWED, hosting() && kept && forbidden,
                            classified() ? MEETING_RECORDING_NOT_ALLOWED : MEETING_RECORDING_NOT_ALLOWED_CLASS_III,
                            RULE_VIOLATION);
        }
}

static void screen_sharing_and_chat(void **state) {
        (void)state;
        EACH_MEETING
        EITHER(screen_sharing)
        EITHER(chat) {
                bool forbidden = hosting() && service == MEET;
                expect_when(MEETING_SCREEN_SHARING_ALLOWED, forbidden && plan.screen_sharing,
                            MEETING_SCREEN_SHARING_NOT_ALLOWED, RULE_VIOLATION);
                expect_when(MEETING_CHAT_ALLOWED, forbidden && plan.chat, MEETING_CHAT_NOT_ALLOWED, RULE_VIOLATION);
        }
}

static void file_transfer_allowed(void **state) {
        (void)state;
        EACH_MEETING
        EITHER(file_transfer) {
                bool used = hosting() && plan.file_transfer;
                if (service == OTHER || service == BARE) /* not forbidden by table 3 */
                        expect_when(MEETING_FILE_TRANSFER_ALLOWED, used && classified(),
                                    MEETING_FILE_TRANSFER_TO_BE_AVOIDED, RULE_EXCEPTION);
                else
                        expect_when(MEETING_FILE_TRANSFER_ALLOWED, used,
                                    classified() ? MEETING_FILE_TRANSFER_NOT_ALLOWED
                                                 : MEETING_FILE_TRANSFER_NOT_ALLOWED_CLASS_III,
                                    RULE_VIOLATION);
        }
}

/* What is done on the day: nothing but advice of a plan. */
static void expect_of_the_day(enum meeting_rule rule, bool finds, enum meeting_reason held,
                              enum meeting_reason planned) {
        plan.stage = STAGE_HELD;
        expect_when(rule, finds, held, RULE_VIOLATION);
        plan.stage = STAGE_PLAN;
        expect_when(rule, finds, planned, RULE_ADVICE);
}

static void confidentiality_announced(void **state) {
        (void)state;
        EACH_MEETING
        EITHER(confidentiality_announced) {
                plan.confidentiality_confirmed = true;
                expect_of_the_day(MEETING_CONFIDENTIALITY_ANNOUNCED, hosting() && !plan.confidentiality_announced,
                                  MEETING_CLASS_NOT_ANNOUNCED, MEETING_CLASS_TO_BE_ANNOUNCED);
                plan.confidentiality_confirmed = false;
                EACH(stage, STAGE_PLAN, STAGE_HELD)
                expect_when(MEETING_CONFIDENTIALITY_ANNOUNCED, hosting(), MEETING_CLASS_NOT_CONFIRMED, RULE_VIOLATION);
        }
}

static void admission(void **state) {
        (void)state;
        EACH_MEETING
        EITHER(waiting_room)
        EITHER(can_remove_participants)
        EITHER(other_admission_measure)
        EITHER(admission_check) {
                bool there = service != BARE, waiting = plan.waiting_room && there;
                bool open = !waiting && !(plan.can_remove_participants && there) && !plan.other_admission_measure;
                expect_when(MEETING_UNINVITED_KEPT_OUT, hosting() && classified() && open, MEETING_NOBODY_KEPT_OUT,
                            RULE_VIOLATION);
                expect_of_the_day(MEETING_ADMISSION_CHECK,
                                  hosting() && classified() && waiting && !plan.admission_check,
                                  MEETING_ADMITTED_UNCHECKED, MEETING_ADMISSION_TO_BE_CHECKED);
        }
}

static void recording_consent(void **state) {
        (void)state;
        EACH_MEETING
        EACH(recording, RECORDING_NONE, RECORDING_CLOUD)
        EACH(recording_consent, CONSENT_NONE, CONSENT_CONSENTED)
        EITHER(transcription) {
                bool without = hosting() && plan.recording != RECORDING_NONE && plan.recording_consent == CONSENT_NONE;
                if (classified())
                        expect_of_the_day(MEETING_RECORDING_CONSENT, without, MEETING_RECORDED_WITHOUT_CONSENT,
                                          MEETING_CONSENT_TO_BE_ASKED);
                else
                        expect_when(MEETING_RECORDING_CONSENT, without, MEETING_RECORDED_WITHOUT_CONSENT_CLASS_III,
                                    RULE_ADVICE);
        }
}

static void account_and_client(void **state) {
        (void)state;
        EACH_MEETING
        EITHER(personal_account)
        EACH(client, CLIENT_NATIVE_APP, CLIENT_WEB_BROWSER)
        EITHER(client_is_latest) {
                bool app = plan.client == CLIENT_NATIVE_APP;
                expect_when(MEETING_CITY_ACCOUNT, plan.personal_account, MEETING_ACCOUNT_IS_PERSONAL, RULE_EXCEPTION);
                bool want = service == MEET;
                expect_when(MEETING_NATIVE_APP, !app, want ? MEETING_IN_BROWSER_FOR_WANT_OF_APP : MEETING_IN_BROWSER,
                            want ? RULE_ADVICE : RULE_EXCEPTION);
                expect_of_the_day(MEETING_APP_LATEST, app && !plan.client_is_latest, MEETING_APP_IS_OLD,
                                  MEETING_APP_TO_BE_UPDATED);
        }
}

static void venue_and_microphone(void **state) {
        (void)state;
        EACH_MEETING
        EACH(venue, VENUE_MEETING_ROOM, VENUE_OPEN)
        EITHER(microphone_muted_when_idle) {
                expect_when(MEETING_VENUE, plan.venue == VENUE_OPEN, MEETING_VENUE_IS_OPEN, RULE_EXCEPTION);
                expect_when(MEETING_MICROPHONE, !plan.microphone_muted_when_idle, MEETING_MICROPHONE_STAYS_ON,
                            RULE_ADVICE);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(what_is_in_order_is_permitted, set_up),
                cmocka_unit_test_setup(provided_terminal, set_up),
                cmocka_unit_test_setup(service_allowed, set_up),
                cmocka_unit_test_setup(service_consultation_is_needed, set_up),
                cmocka_unit_test_setup(service_consultation_fits, set_up),
                cmocka_unit_test_setup(server_region, set_up),
                cmocka_unit_test_setup(ismap, set_up),
                cmocka_unit_test_setup(end_to_end_encryption, set_up),
                cmocka_unit_test_setup(end_to_end_impossible, set_up),
                cmocka_unit_test_setup(recording_allowed, set_up),
                cmocka_unit_test_setup(screen_sharing_and_chat, set_up),
                cmocka_unit_test_setup(file_transfer_allowed, set_up),
                cmocka_unit_test_setup(confidentiality_announced, set_up),
                cmocka_unit_test_setup(admission, set_up),
                cmocka_unit_test_setup(recording_consent, set_up),
                cmocka_unit_test_setup(account_and_client, set_up),
                cmocka_unit_test_setup(venue_and_microphone, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
