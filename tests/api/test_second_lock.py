"""What row-level security keeps from a caller, whatever a statement forgets."""

import contextlib

import pytest


class TestTheSecondLock:
    """What row-level security keeps from a caller, whatever a statement forgets."""

    @pytest.fixture
    def inside(self, database):
        """inside("210002"): a cursor of the service's role, as that member of staff."""
        connection = database.cluster.connect(database.name, "kiki_service")
        connection.autocommit = False
        with contextlib.closing(connection), connection.cursor() as cursor:

            def enter(number):
                connection.rollback()
                cursor.execute("SELECT api.enter('', %s, NULL, '', '{user}', 'test', 'test')", (number,))
                return cursor

            yield enter

    @pytest.mark.parametrize("number", ["210001", "210002", "900003"])
    def test_hides_clients_and_the_audit_log(self, inside, number):
        cursor = inside(number)
        for table in ("api_clients", "audit_log"):
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone() == (0,)

    @pytest.mark.parametrize("table", ["department_records", "department_terms", "staff_records", "staff_names", "staff_transfers", "post_records",
                                       "post_terms", "post_assignments", "settings", "api_clients"])
    def test_lets_a_member_change_nothing(self, inside, table):
        cursor = inside("210002")
        cursor.execute(f"UPDATE {table} SET updated_at = now()")
        assert cursor.rowcount == 0

    @pytest.mark.parametrize("number, rows", [("100001", 1), ("210001", 0), ("900002", 0)])
    def test_keeps_the_settings_to_the_general_manager(self, inside, number, rows):
        cursor = inside(number)
        cursor.execute("UPDATE settings SET updated_at = now()")
        assert cursor.rowcount == rows
