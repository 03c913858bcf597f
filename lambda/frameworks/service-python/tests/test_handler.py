import time

import handler  # noqa: F401
import snapshot_restore_py


def test_a_process_out_of_a_snapshot_begins_when_it_is_restored() -> None:
    [(restore, args, kwargs)] = snapshot_restore_py.get_after_restore()
    process = restore.__self__
    process.started -= 3600
    before = time.time()
    restore(*args, **kwargs)
    info = process.info(process.answer())
    assert info["start"] == "cold"
    assert info["uptimeSeconds"] <= time.time() - before + 0.001
