"""Who did what comes back whole with a backup, and what came after the backup is missed (rows 24 and 26)."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from handoff.adapters.audit_anchor import AnchorNote
from handoff.audit_command import verify
from handoff.domain.audit import FAULT_WORDS, Anchor, Fault
from handoff.services.audit.link_rows import LinkRows
from kernel.sealing import Sealer
from tests.integration.backup_support import Keyed
from tests.integration.conftest import Database


async def linked(kept: Keyed) -> Anchor:
    """Link what waits, as the worker does every few seconds; the end that is noted then."""
    hashed = Sealer.from_key_file(kept.key_file).lookup
    note = AnchorNote(kept.settings.var, hashed)
    assert await LinkRows(kept.service.store, kept.service.setting, hashed, note)()
    end = note.newest()
    assert end is not None
    return end


async def test_row_26_a_restored_audit_can_be_checked_and_its_end_is_missed(
    kept: Keyed, empty_database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    then = await linked(kept)
    await kept.parts.make()()
    for user in (5, 6):
        await kept.say("あとのことば", user)
    later = await linked(kept)
    assert later.number > then.number and await verify(kept.settings) == 0
    await kept.parts.restore(empty_database.owner_url)(kept.backups[0])
    there = kept.settings.model_copy(
        update={"database_url": empty_database.owner_url, "var": tmp_path / "another machine"}
    )

    async def told(*noted: Anchor) -> tuple[int, str]:
        capsys.readouterr()
        code = await verify(there, [str(one) for one in noted])
        said = capsys.readouterr()
        return code, said.out + said.err

    # By itself it is whole, up to the moment of the backup.
    code, said = await told(then)
    assert code == 0 and said.startswith(f"監査記録は壊れていません: {then.number:,}件") and str(then) in said
    code, said = await told()
    assert code == 0 and "控えた終わりがない" in said, "who noted no end misses none"
    # What the house did after it is noticed: by an end that was noted elsewhere, and by the note of this machine.
    for settings, noted in ((there, (later,)), (there.model_copy(update={"var": kept.settings.var}), ())):
        there = settings
        code, said = await told(*noted)
        assert (code, FAULT_WORDS[Fault.END_CUT] in said) == (1, True), said
    there = there.model_copy(update={"var": tmp_path / "another machine"})
    # And the restored one isn't one that anybody could cut or change.
    with psycopg.connect(empty_database.owner_url) as owner:
        owner.execute("DELETE FROM audit_events WHERE sequence = (SELECT max(sequence) FROM audit_links)")
        owner.execute("DELETE FROM audit_links WHERE number = (SELECT max(number) FROM audit_links)")
    code, said = await told(then)
    assert (code, FAULT_WORDS[Fault.END_CUT] in said) == (1, True)
    assert (await told())[0] == 0, "only the noted end shows it"
    with psycopg.connect(empty_database.owner_url) as owner:
        owner.execute(
            "UPDATE audit_events SET actor = 'staff:b' WHERE sequence = (SELECT min(sequence) FROM audit_links)"
        )
    code, said = await told()
    assert (code, FAULT_WORDS[Fault.CHANGED] in said) == (1, True)
