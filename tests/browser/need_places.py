"""Where a need stands, and somebody in line: rows put beside the demo data."""

from __future__ import annotations

import secrets
from functools import cached_property
from typing import Any

SLUG = "artois-lys"


class NeedPlaces:
    """Part of `Places`, which answers for the rows of the running portal."""

    portal: Any
    _one: Any
    _slot: Any
    _keyed: Any
    _member_row: Any

    @cached_property
    def need_posted(self) -> int:
        """A need of the desk's for a GP, open to everybody and not answered yet."""
        query = """
            INSERT INTO unscheduled_care_careneed (cpts_id, asker_id, status, professions,
                reason_id, kind, commune_id, radius_km, age_band, mobility, wanted_from,
                wanted_until, has_consented, key, posted_at, team_at, radius_at, alert_at,
                told_wave, end_reason)
            SELECT member.cpts_id, member.id, 'open', '{medecin-generaliste}', 'fievre',
                'practice', covered.commune_id, 100, '0-5', 'alone', now(),
                now() + interval '1 day', true, gen_random_uuid(), now(), now(), now(),
                now() + interval '1 hour', 'radius', ''
            FROM members_membership AS member
            JOIN members_cptscommune AS covered ON covered.cpts_id = member.cpts_id
            WHERE member.id = %s ORDER BY covered.id LIMIT 1 RETURNING id
        """
        need = int(self._one(query, self._coordinator)["id"])
        self._contact_of("need", need)
        return need

    @cached_property
    def link_waiting(self) -> str:
        """The private page of somebody in line."""
        return self._in_line()[1]

    @cached_property
    def link_offered(self) -> str:
        """The private page of somebody to whom a slot is offered for an hour."""
        (entry, token), slot = self._in_line(), self._slot("status = 'open'", "starts_at DESC")
        query = """
            WITH kept AS (
                INSERT INTO unscheduled_care_hold (cpts_id, slot_id, holder_id, held_by_id,
                    expires_at, is_extended, is_for_waiting)
                SELECT cpts_id, id, %s, %s, now() + interval '1 hour', false, true
                FROM unscheduled_care_slot WHERE id = %s RETURNING id, cpts_id)
            INSERT INTO unscheduled_care_waitingoffer (cpts_id, entry_id, hold_id, answer)
            SELECT cpts_id, %s, id, '' FROM kept RETURNING id
        """
        self._one(query, self._coordinator, self._coordinator, slot, entry)
        return token

    def _in_line(self) -> tuple[int, str]:
        """Somebody who waits for a GP, and the key to her page."""
        query = """
            INSERT INTO unscheduled_care_waitingentry (cpts_id, added_by_id, status,
                profession_id, reason_id, commune_id, travel_km, age_band, sex, mobility, own_gp,
                has_consented, key, wanted_until)
            SELECT member.cpts_id, member.id, 'waiting', 'medecin-generaliste', 'fievre',
                covered.commune_id, 15, '0-5', '', 'alone', 'no', true, gen_random_uuid(),
                now() + interval '1 day'
            FROM members_membership AS member
            JOIN members_cptscommune AS covered ON covered.cpts_id = member.cpts_id
            WHERE member.id = %s ORDER BY covered.id LIMIT 1 RETURNING id
        """
        entry, token = int(self._one(query, self._coordinator)["id"]), secrets.token_hex(16)
        self._contact_of("waiting", entry, self._keyed(token))
        return entry, token

    def _contact_of(self, noun: str, row: int, link_hash: str | None = None) -> None:
        """A contact as unreadable as another, of which it is a copy."""
        column = {"need": "need_id", "waiting": "entry_id"}[noun]
        self.portal.rows(
            f"INSERT INTO unscheduled_care_{noun}contact (cpts_id, {column}, first_name, phone,"  # noqa: S608 - ours
            " phone_hash, email, language, link_hash)"
            " SELECT cpts_id, %s, first_name, phone, phone_hash, email, 'fr', %s"
            " FROM unscheduled_care_claimcontact WHERE cpts_id ="
            " (SELECT id FROM members_cpts WHERE slug = %s) AND phone <> '' LIMIT 1",
            *(row, link_hash, SLUG),
        )

    @cached_property
    def _coordinator(self) -> int:
        return int(self._member_row("members_membership", "role = 'coordinator'")["id"])
