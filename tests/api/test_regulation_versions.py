"""Versions of the regulation and its annexes."""

import uuid


class TestRegulationVersions:
    def test_known_ones(self, member):
        known = {(v["document"], v["effective_on"]) for v in member.every("regulation-versions")}
        assert known >= {("regulation", "2021-03-11"), ("regulation", "2025-10-16"), ("annex2", "2024-06-24")}
        annex = member.every("regulation-versions", document="annex2")[0]
        assert annex["document_number"] == "6川総デ第912号"
        assert member.get(f"regulation-versions/{annex['id']}", 200).json == annex
        assert member.get(f"regulation-versions/{uuid.uuid4()}", 404).problem == "not-found"

    def test_recording_one(self, general_manager, operator, database):
        body = {"document": "regulation", "effective_on": "2027-04-01", "title": "運用要綱", "note": "第3次改正"}
        answer = general_manager.post("regulation-versions", 201, body)
        database.on_record(answer, "regulation_version.created", ("regulation_versions", "insert"))
        taken = general_manager.post("regulation-versions", 409, body)
        assert taken.problem == "conflict" and taken.faults == {"/effective_on": "taken"}
        assert operator.post("regulation-versions", 403, body | {"effective_on": "2028-04-01"}).problem == "forbidden"
        assert general_manager.post("regulation-versions", 422, body | {"document": "annex3"}).faults == {"/document": "enum"}
