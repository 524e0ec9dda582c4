/* Each rule of web meetings through every combination of what the table lets it depend on, all else in order. */
#include "rules/meeting.h"

#include "core/cleanup.h"
#include "judgement_fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Tables 1 and 3 of the version of 2024-06-24. */
static const struct meeting_facts facts_in_force = {
        .versions = {.regulation_version = {2025, 10, 16}, .annex2_version = {2024, 6, 24}},
        .services = {[SERVICE_WEBEX] = {SERVICE_WEBEX, CONFIDENTIALITY_I, true, true, ENCRYPTION_AVAILABLE, true, true,
                                        true, false},
                     [SERVICE_ZOOM_JGP] = {SERVICE_ZOOM_JGP, CONFIDENTIALITY_I, true, true, ENCRYPTION_AVAILABLE, true,
                                           true, true, false},
                     [SERVICE_ZOOM] = {SERVICE_ZOOM, CONFIDENTIALITY_II, false, false, ENCRYPTION_AVAILABLE, true, true,
                                       false, false},
                     [SERVICE_MICROSOFT_TEAMS] = {SERVICE_MICROSOFT_TEAMS, CONFIDENTIALITY_I, true, true,
                                                  ENCRYPTION_ONE_TO_ONE, true, true, true, false},
                     [SERVICE_GOOGLE_MEET] = {SERVICE_GOOGLE_MEET, CONFIDENTIALITY_III, true, false,
                                              ENCRYPTION_UNAVAILABLE, false, false, false, false}},
};

/* Host and class and service vary in every test, and beside them what the rule is about. */
static struct meeting_plan plan;
static struct meeting_facts facts;
static unsigned judged;

#define EACH(member, first, last) \
        for (plan.member = (first); plan.member <= (last); plan.member = (__typeof__(plan.member))(plan.member + 1))
#define EITHER(member) for (unsigned member = 0; plan.member = member == 1, member < 2; member++)
#define EACH_MEETING                                                  \
        EACH(role, MEETING_HOSTING, MEETING_JOINING)                  \
        EACH(confidentiality, CONFIDENTIALITY_I, CONFIDENTIALITY_III) \
        EACH(service, SERVICE_WEBEX, SERVICE_OTHER)

static int set_up(void **state) {
        (void)state;
        judged = 0;
        facts = facts_in_force;
        plan = (struct meeting_plan){
                .role = MEETING_HOSTING,
                .confidentiality = CONFIDENTIALITY_I,
                .confidentiality_confirmed = true,
                .confidentiality_announced = true,
                .service = SERVICE_WEBEX,
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

static bool is_one_of(enum meeting_service_choice a, enum meeting_service_choice b, enum meeting_service_choice c) {
        return plan.service == a || plan.service == b || plan.service == c;
}

static bool on_ismap_and_japan(void) {
        return is_one_of(SERVICE_WEBEX, SERVICE_ZOOM_JGP, SERVICE_MICROSOFT_TEAMS);
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
        struct judgement judgement;

        (void)state;
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
        assert_int_equal(judged, 2 * 3 * 6 * 2);
}

static void service_allowed(void **state) {
        (void)state;
        EACH_MEETING {
                bool allowed = on_ismap_and_japan() || plan.service == SERVICE_OTHER ||
                               (plan.service == SERVICE_ZOOM && plan.confidentiality >= CONFIDENTIALITY_II) ||
                               (plan.service == SERVICE_GOOGLE_MEET && plan.confidentiality == CONFIDENTIALITY_III);
                expect_when(MEETING_SERVICE_ALLOWED, !allowed, MEETING_SERVICE_NOT_FOR_CLASS, RULE_VIOLATION);
        }
        facts.services[SERVICE_WEBEX].usable_up_to = 0; /* a version that allows it for nothing */
        plan.service = SERVICE_WEBEX;
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
        expect_when(MEETING_SERVICE_CONSULTATION, plan.service == SERVICE_OTHER && classified(), MEETING_NOT_CONSULTED,
                    RULE_VIOLATION);
        facts.consultation = good_answer;
        EACH_MEETING
        expect_when(MEETING_SERVICE_CONSULTATION,
                    plan.service == SERVICE_OTHER && plan.confidentiality == CONFIDENTIALITY_I,
                    MEETING_CONSULTATION_DOES_NOT_FIT, RULE_VIOLATION);
}

static void service_consultation_fits(void **state) {
        struct meeting_consultation wrong[] = {good_answer, good_answer, good_answer, good_answer};

        (void)state;
        plan.service = SERVICE_OTHER;
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
        static const enum meeting_reason reasons[] = {
                [REGION_JAPAN] = MEETING_FINE,
                [REGION_OTHER] = MEETING_REGION_ELSEWHERE,
                [REGION_UNKNOWN] = MEETING_REGION_UNKNOWN,
        };

        (void)state;
        EACH_MEETING
        EACH(server_region, REGION_JAPAN, REGION_UNKNOWN)
        expect(MEETING_SERVER_REGION,
               plan.confidentiality == CONFIDENTIALITY_I ? reasons[plan.server_region] : MEETING_FINE, RULE_VIOLATION);
}

static void ismap(void **state) {
        (void)state;
        EACH_MEETING
        expect_when(MEETING_ISMAP, plan.confidentiality == CONFIDENTIALITY_I && plan.service == SERVICE_ZOOM,
                    MEETING_WITHOUT_ISMAP, RULE_VIOLATION);
}

static void end_to_end_encryption(void **state) {
        (void)state;
        EACH_MEETING
        EITHER(end_to_end_encryption)
        EACH(recording, RECORDING_NONE, RECORDING_CLOUD)
        EITHER(transcription) {
                bool off = hosting() && !plan.end_to_end_encryption;
                bool proviso = plan.recording == RECORDING_CLOUD || plan.transcription;
                if (off && !classified())
                        expect(MEETING_END_TO_END_ENCRYPTION, MEETING_NOT_ENCRYPTED_CLASS_III, RULE_ADVICE);
                else if (off && on_ismap_and_japan())
                        expect_when(MEETING_END_TO_END_ENCRYPTION, !proviso, MEETING_NOT_ENCRYPTED_ON_ISMAP,
                                    RULE_EXCEPTION);
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
                bool for_two = plan.service == SERVICE_MICROSOFT_TEAMS && plan.participants > 2 && !plan.teams_premium;
                bool kept = plan.recording != RECORDING_NONE || plan.transcription;
                enum meeting_reason reason = plan.service == SERVICE_GOOGLE_MEET ? MEETING_ENCRYPTION_NOT_OFFERED
                                             : for_two                           ? MEETING_ENCRYPTION_FOR_TWO
                                             : kept                              ? MEETING_ENCRYPTED_AND_RECORDED
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
                bool forbidden = plan.service == SERVICE_ZOOM || plan.service == SERVICE_GOOGLE_MEET;
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
                bool forbidden = hosting() && plan.service == SERVICE_GOOGLE_MEET;
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
                if (plan.service == SERVICE_OTHER)
                        expect_when(MEETING_FILE_TRANSFER_ALLOWED, used && classified(),
                                    MEETING_FILE_TRANSFER_TO_BE_AVOIDED, RULE_EXCEPTION);
                else
                        expect_when(MEETING_FILE_TRANSFER_ALLOWED, used,
                                    classified() ? MEETING_FILE_TRANSFER_NOT_ALLOWED
                                                 : MEETING_FILE_TRANSFER_NOT_ALLOWED_CLASS_III,
                                    RULE_VIOLATION);
        }
}

static void confidentiality_announced(void **state) {
        (void)state;
        EACH_MEETING
        EITHER(confidentiality_confirmed)
        EITHER(confidentiality_announced) {
                enum meeting_reason reason = !plan.confidentiality_confirmed   ? MEETING_CLASS_NOT_CONFIRMED
                                             : !plan.confidentiality_announced ? MEETING_CLASS_NOT_ANNOUNCED
                                                                               : MEETING_FINE;
                expect(MEETING_CONFIDENTIALITY_ANNOUNCED, hosting() ? reason : MEETING_FINE, RULE_VIOLATION);
        }
}

static void admission(void **state) {
        (void)state;
        EACH_MEETING
        EITHER(waiting_room)
        EITHER(can_remove_participants)
        EITHER(other_admission_measure)
        EITHER(admission_check) {
                bool open = !plan.waiting_room && !plan.can_remove_participants && !plan.other_admission_measure;
                expect_when(MEETING_UNINVITED_KEPT_OUT, hosting() && classified() && open, MEETING_NOBODY_KEPT_OUT,
                            RULE_VIOLATION);
                expect_when(MEETING_ADMISSION_CHECK,
                            hosting() && classified() && plan.waiting_room && !plan.admission_check,
                            MEETING_ADMITTED_UNCHECKED, RULE_VIOLATION);
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
                        expect_when(MEETING_RECORDING_CONSENT, without, MEETING_RECORDED_WITHOUT_CONSENT,
                                    RULE_VIOLATION);
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
                expect_when(MEETING_NATIVE_APP, !app, MEETING_IN_BROWSER, RULE_VIOLATION);
                expect_when(MEETING_APP_LATEST, app && !plan.client_is_latest, MEETING_APP_IS_OLD, RULE_VIOLATION);
        }
}

static void venue_and_microphone(void **state) {
        (void)state;
        EACH_MEETING
        EACH(venue, VENUE_MEETING_ROOM, VENUE_OPEN)
        EITHER(microphone_muted_when_idle) {
                expect_when(MEETING_VENUE, plan.venue == VENUE_OPEN, MEETING_VENUE_IS_OPEN, RULE_VIOLATION);
                expect_when(MEETING_MICROPHONE, !plan.microphone_muted_when_idle, MEETING_MICROPHONE_STAYS_ON,
                            RULE_ADVICE);
        }
}

static void every_service_of_the_catalogue_is_needed(void **state) {
        struct meeting_service rows[MEETING_LISTED_SERVICES];

        (void)state;
        for (size_t i = 0; i < MEETING_LISTED_SERVICES; i++) /* in any order */
                rows[i] = facts_in_force.services[MEETING_LISTED_SERVICES - i];
        assert_int_equal(meeting_list_services(rows, MEETING_LISTED_SERVICES, &facts), 0);
        assert_int_equal(facts.services[SERVICE_MICROSOFT_TEAMS].end_to_end_encryption, ENCRYPTION_ONE_TO_ONE);
        assert_int_equal(facts.services[0].code, 0);

        assert_int_equal(meeting_list_services(rows, MEETING_LISTED_SERVICES - 1, &facts), -EINVAL);
        assert_int_equal(meeting_list_services(rows, 0, &facts), -EINVAL);
        rows[2].code = rows[1].code;
        assert_int_equal(meeting_list_services(rows, MEETING_LISTED_SERVICES, &facts), -EINVAL);
        rows[2].code = SERVICE_OTHER;
        assert_int_equal(meeting_list_services(rows, MEETING_LISTED_SERVICES, &facts), -EINVAL);
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
                cmocka_unit_test_setup(every_service_of_the_catalogue_is_needed, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
