"""The rules of meetings stated a second time, from the table of Annex 2 and nothing else: what the engine is built of is not
used. And random plans on random versions of the catalogue to hold the two against each other."""

import datetime
import random

ROMAN = ["I", "II", "III"]
# Table 1 as the strictest class of each service; table 3 in the order of its columns, and whether there is an application.
COLUMNS = ["usable_up_to", "ismap", "end_to_end_encryption", "domestic_servers", "waiting_room", "removal", "screen_sharing", "chat",
           "recording", "file_transfer", "application"]
TABLES = {
    "webex": ("I", True, "available", True, True, True, True, True, True, False, True),
    "zoom_jgp": ("I", True, "available", True, True, True, True, True, True, False, True),
    "zoom": ("II", False, "available", False, True, True, True, True, False, False, True),
    "microsoft_teams": ("I", True, "one_to_one", True, True, True, True, True, True, False, True),
    "google_meet": ("III", True, "unavailable", False, True, True, False, False, False, False, False),
}
# What a later version might add.
LATER = ["new_meet", "z9"]
WORDS = {"usable_up_to": [None, *ROMAN], "end_to_end_encryption": ["unavailable", "one_to_one", "available"]}

JAPAN = datetime.timezone(datetime.timedelta(hours=9))
VIOLATION, EXCEPTION, ADVICE = "violation", "exception", "advice"
RULES = {}


def rule(*clauses: str, further: str | None = None, joining: bool = False):
    """A row of the table: the clauses, one more for the classes I and II, and whether it is asked of those who join."""
    def add(judge):
        RULES[judge.__name__] = (judge, list(clauses), further, joining)
        return judge
    return add


def strict(plan) -> bool:
    return plan["confidentiality"] in ("I", "II")


def listed(plan) -> dict | None:
    return next((row for row in plan["services"] if row["code"] == plan["service"]), None)


def recorded(plan) -> bool:
    return plan["recording"] != "none"


def day_of(plan) -> str:
    return str(datetime.datetime.fromisoformat(plan["starts_at"]).astimezone(JAPAN).date())


def of_the_day(plan) -> str:
    return VIOLATION if plan["stage"] == "held" else ADVICE


def cannot_encrypt(plan) -> bool:
    """Teams with more than two and no Premium, Google Meet."""
    row = listed(plan)
    return row is not None and (row["end_to_end_encryption"] == "unavailable" or row["end_to_end_encryption"] == "one_to_one"
                                and plan["participants"] > 2 and not plan["teams_premium"])


def there(plan, claim: str, capability: str) -> bool:
    row = listed(plan)
    return plan[claim] and (row is None or row[capability])


@rule("annex2.2.1", joining=True)
def provided_terminal(plan):
    return EXCEPTION if any(terminal["kind"] == "personal" for terminal in plan["terminals"]) else None


@rule("annex2.2.2", "annex2.table1", joining=True)
def service_allowed(plan):
    row = listed(plan)
    if row is not None and (row["usable_up_to"] is None or ROMAN.index(row["usable_up_to"]) > ROMAN.index(plan["confidentiality"])):
        return VIOLATION


@rule("annex2.2.2", joining=True)
def service_consultation(plan):
    answer, day = plan["consultation"], day_of(plan)
    if listed(plan) is None and strict(plan):
        if not (answer and answer["usable"] and answer["service_name"] == plan["folded_service_name"]
                and answer["confidentiality"] == plan["confidentiality"]
                and (answer["valid_from"] or day) <= day <= (answer["valid_until"] or day)):
            return VIOLATION
    if answer and answer["usable"] and answer["conditions"]:
        return ADVICE


@rule("annex2.table1", joining=True)
def server_region(plan):
    if plan["confidentiality"] == "I" and plan["server_region"] != "japan":
        return EXCEPTION if plan["role"] == "joining" and plan["server_region"] == "unknown" else VIOLATION


@rule("annex2.table1", "annex2.table3", joining=True)
def ismap(plan):
    row = listed(plan)
    return VIOLATION if plan["confidentiality"] == "I" and row is not None and not row["ismap"] else None


@rule("annex2.table1", "annex2.4.2")
def end_to_end_encryption(plan):
    if plan["end_to_end_encryption"]:
        return None
    if plan["confidentiality"] == "III":
        return ADVICE
    row = listed(plan)
    if row is None or not (row["ismap"] and row["domestic_servers"]):
        return VIOLATION
    if plan["recording"] == "cloud" or plan["transcription"]:
        return None
    return ADVICE if plan["confidentiality"] == "II" and cannot_encrypt(plan) else EXCEPTION


@rule("annex2.table3", "annex2.4.2")
def end_to_end_impossible(plan):
    if plan["end_to_end_encryption"] and (cannot_encrypt(plan) or recorded(plan) or plan["transcription"]):
        return VIOLATION


def forbidden(plan, capability: str) -> bool:
    row = listed(plan)
    return row is not None and not row[capability]


@rule("annex2.table3", further="annex2.4.3.u")
def recording_allowed(plan):
    return VIOLATION if (recorded(plan) or plan["transcription"]) and forbidden(plan, "recording") else None


@rule("annex2.table3")
def screen_sharing_allowed(plan):
    return VIOLATION if plan["screen_sharing"] and forbidden(plan, "screen_sharing") else None


@rule("annex2.table3")
def chat_allowed(plan):
    return VIOLATION if plan["chat"] and forbidden(plan, "chat") else None


@rule("annex2.table3", further="annex2.4.3.o")
def file_transfer_allowed(plan):
    if plan["file_transfer"] and forbidden(plan, "file_transfer"):
        return VIOLATION
    return EXCEPTION if plan["file_transfer"] and strict(plan) else None


@rule("annex2.4.1")
def confidentiality_announced(plan):
    if not plan["confidentiality_confirmed"]:
        return VIOLATION
    return None if plan["confidentiality_announced"] else of_the_day(plan)


@rule("annex2.4.3.a")
def uninvited_kept_out(plan):
    kept_out = (there(plan, "waiting_room", "waiting_room") or there(plan, "can_remove_participants", "removal")
                or plan["other_admission_measure"] is not None)
    return VIOLATION if strict(plan) and not kept_out else None


@rule("annex2.4.3.i")
def admission_check(plan):
    unchecked = there(plan, "waiting_room", "waiting_room") and not plan["admission_check"]
    return of_the_day(plan) if strict(plan) and unchecked else None


@rule("annex2.4.3.e")
def recording_consent(plan):
    if recorded(plan) and plan["recording_consent"] == "none":
        return of_the_day(plan) if strict(plan) else ADVICE


@rule("annex2.5.1", joining=True)
def city_account(plan):
    return EXCEPTION if plan["account"]["kind"] == "personal" else None


@rule("annex2.5.2", joining=True)
def native_app(plan):
    if plan["client"] == "web_browser":
        return ADVICE if forbidden(plan, "application") else EXCEPTION


@rule("annex2.5.2", joining=True)
def app_latest(plan):
    return of_the_day(plan) if plan["client"] == "native_app" and not plan["client_is_latest"] else None


@rule("annex2.5.3", joining=True)
def venue(plan):
    return EXCEPTION if plan["venue"] == "open" else None


@rule("annex2.5.3", joining=True)
def microphone(plan):
    return None if plan["microphone_muted_when_idle"] else ADVICE


def judge(plan: dict) -> tuple[str, list[tuple[str, str, list[str]]]]:
    """The verdict, and (rule, level, clauses) of each finding."""
    findings = []
    for name, (ask, clauses, further, joining) in RULES.items():
        level = ask(plan) if joining or plan["role"] == "hosting" else None
        if level:
            findings.append((f"meeting.{name}", level, clauses + ([further] if further and strict(plan) else [])))
    levels = {level for _, level, _ in findings}
    return ("refused" if VIOLATION in levels else "permitted_with_exception" if EXCEPTION in levels else "permitted"), findings


def make_catalogue(chance: random.Random) -> list[dict]:
    """The tables in force, or at times those of a later version, with seven services."""
    rows = [{"code": code} | dict(zip(COLUMNS, cells)) for code, cells in TABLES.items()]
    if chance.random() < 0.6:
        rows += [{"code": code} | dict(zip(COLUMNS, TABLES["webex"])) for code in LATER]
        for row in rows:
            for cell in COLUMNS:
                if chance.random() < 0.2:
                    row[cell] = chance.choice(WORDS.get(cell, [True, False]))
    chance.shuffle(rows)
    return rows


def make_plan(chance: random.Random) -> dict:
    """Mostly in order, so that single findings and none at all come often enough."""
    wrongness = chance.choice([0.0, 0.05, 0.15, 0.5])

    def pick(good, bad):
        return chance.choice(bad if chance.random() < wrongness else good)

    def flag(good: bool) -> bool:
        return pick([good], [not good])

    services = make_catalogue(chance)
    klass, service = chance.choice(ROMAN), chance.choice([*(row["code"] for row in services), "other"])
    start = datetime.datetime(2026, 4, 1, tzinfo=chance.choice([JAPAN, datetime.timezone.utc]))
    start += chance.choice([-1, 0, 1]) * datetime.timedelta(seconds=1)
    day, one = start.astimezone(JAPAN).date(), datetime.timedelta(days=1)
    answer = {
        "usable": flag(True), "service_name": pick(["meet one"], ["meet two"]), "confidentiality": pick([klass], ROMAN),
        "valid_from": pick([None, str(day), str(day - one)], [str(day + one)]),
        "valid_until": pick([None, str(day), str(day + one)], [str(day - one)]),
        "conditions": chance.choice([None, "待合室を使うこと。\n「録画」は\\不可"])}
    recording = pick(["none"], ["local", "cloud"])
    return {
        "stage": chance.choice(["plan", "held"]), "role": chance.choice(["hosting", "hosting", "hosting", "joining"]),
        "confidentiality": klass, "confidentiality_confirmed": flag(True), "confidentiality_announced": flag(True),
        "service": service, "service_name": "Meet One" if service == "other" else None,
        "folded_service_name": "meet one" if service == "other" else None,
        "consultation": pick([answer], [None]) if service == "other" else chance.choice([None, None, answer]),
        "teams_premium": chance.random() < 0.3, "participants": chance.choice([1, 2, 2, 3, 40]),
        "server_region": pick(["japan"], ["other", "unknown"]),
        "end_to_end_encryption": flag(True) if chance.random() < 0.8 else chance.random() < 0.5,
        "waiting_room": chance.random() < 0.6, "can_remove_participants": flag(True),
        "other_admission_measure": pick([None], ["名簿で確認"]), "admission_check": flag(True), "recording": recording,
        "transcription": pick([False], [True]),
        "recording_consent": pick(["notified", "consented"], ["none"]) if recording != "none" else "none",
        "screen_sharing": chance.random() < 0.4, "chat": chance.random() < 0.4, "file_transfer": pick([False], [True]),
        "terminals": [{"kind": pick(["device", "official_smartphone", "other_provided"], ["personal"])}
                      for _ in range(chance.randrange(1, 4))],
        "account": {"kind": pick(["city", "none"], ["personal"])}, "client": pick(["native_app"], ["web_browser"]),
        "client_is_latest": flag(True), "venue": pick(["meeting_room", "virtual_background", "camera_off"], ["open"]),
        "microphone_muted_when_idle": flag(True), "starts_at": start.isoformat(), "services": services,
    }


def columns(plan: dict) -> dict:
    """What the engine is told of a plan."""
    kinds, answer = [terminal["kind"] for terminal in plan["terminals"]], plan["consultation"] or {}
    return plan | {
        "service_name": plan["folded_service_name"], "other_admission_measure": plan["other_admission_measure"] is not None,
        "personal_terminal": "personal" in kinds, "terminal_kinds": kinds, "terminal_devices": [None for _ in kinds],
        "personal_account": plan["account"]["kind"] == "personal", "day": day_of(plan), "regulation_version": "2025-10-16",
        "annex2_version": "2024-06-24", "cited": bool(answer), "usable": answer.get("usable", False),
        "answered_name": answer.get("service_name"), "answered_class": answer.get("confidentiality"),
        "valid_from": answer.get("valid_from"), "valid_until": answer.get("valid_until"), "conditions": answer.get("conditions")}
