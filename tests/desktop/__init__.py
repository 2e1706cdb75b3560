import pytest

pytest.register_assert_rewrite("tests.desktop.widgets", "tests.desktop.server")  # their assertions show values
