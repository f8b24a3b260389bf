"""Where prevention has something to show: the campaigns and sessions of the demo data."""

from __future__ import annotations

import io
import secrets
from functools import cached_property
from typing import Any

from django.core.signing import Signer
from PIL import Image


class PreventionPlaces:
    """Part of `Places`, which answers for the rows of the running portal."""

    _member_row: Any
    _one: Any
    _keyed: Any
    portal: Any

    @cached_property
    def campaign_open(self) -> int:
        return int(self._member_row("prevention_campaign", "status = 'published'")["id"])

    @cached_property
    def campaign_draft(self) -> int:
        return int(self._member_row("prevention_campaign", "status = 'draft'")["id"])

    @cached_property
    def campaign_page(self) -> int:
        of_campaign = f"campaign_id = {self.campaign_open}"
        return int(self._member_row("prevention_campaignpage", of_campaign)["id"])

    @cached_property
    def picture(self) -> int:
        """A picture put on a page of the demo, which has none."""
        drawn = io.BytesIO()
        Image.new("RGB", (320, 200), "pink").save(drawn, "WEBP")
        query = """
            INSERT INTO prevention_picture (cpts_id, page_id, content, alt, width, height, position)
            SELECT cpts_id, id, %s, 'Un ruban rose', 320, 200, 0
            FROM prevention_campaignpage WHERE id = %s RETURNING id
        """
        return int(self._one(query, drawn.getvalue(), self.campaign_page)["id"])

    @cached_property
    def material(self) -> int:
        return int(self._member_row("prevention_material", "one.is_active")["id"])

    @cached_property
    def kit(self) -> int:
        return int(self._member_row("prevention_kit", "one.is_active")["id"])

    @cached_property
    def session_to_come(self) -> int:
        """Planned, with people and volunteers."""
        wanted = (
            "status = 'planned' AND starts_at > now() AND NOT is_for_professionals AND taken > 0"
            " AND EXISTS (SELECT 1 FROM prevention_shift WHERE session_id = one.id)"
        )
        return int(self._member_row("prevention_session", wanted)["id"])

    @cached_property
    def session_past(self) -> int:
        return int(self._member_row("prevention_session", "status = 'held'")["id"])

    @cached_property
    def shift_to_come(self) -> int:
        of_session = f"session_id = {self.session_to_come}"
        return int(self._member_row("prevention_shift", of_session)["id"])

    @cached_property
    def public_campaign(self) -> int:
        return self._public_campaign("published")

    @cached_property
    def public_campaign_over(self) -> int:
        return self._public_campaign("closed")

    @cached_property
    def public_session(self) -> int:
        """One to which residents may still come."""
        return self._public_session(f"campaign_id = {self.public_campaign} AND starts_at > now()")

    @cached_property
    def public_session_over(self) -> int:
        return self._public_session(f"campaign_id = {self.public_campaign_over}")

    def _public_campaign(self, status: str) -> int:
        wanted = (
            f"status = '{status}' AND NOT is_for_professionals AND EXISTS"  # noqa: S608 - ours
            " (SELECT 1 FROM prevention_session AS held WHERE held.campaign_id = one.id"
            " AND NOT held.is_for_professionals AND held.starts_at"
            f" {'>' if status == 'published' else '<'} now())"
        )
        return int(self._member_row("prevention_campaign", wanted)["id"])

    def _public_session(self, condition: str) -> int:
        wanted = f"NOT is_for_professionals AND status <> 'cancelled' AND {condition}"
        return int(self._member_row("prevention_session", wanted)["id"])

    @cached_property
    def session_for_members(self) -> int:
        wanted = "status = 'planned' AND starts_at > now() AND is_for_professionals"
        return int(self._member_row("prevention_session", wanted)["id"])

    @cached_property
    def link_seated(self) -> str:
        """The private page of somebody with a seat."""
        return self._link_of("confirmed")

    @cached_property
    def link_in_line(self) -> str:
        """The private page of somebody who waits for a seat."""
        return self._link_of("waiting")

    def _link_of(self, status: str) -> str:
        """A new key for somebody of the demo, whose own is kept nowhere."""
        token = secrets.token_hex(16)
        query = """
            UPDATE prevention_registrationcontact SET link_hash = %s WHERE registration_id = (
                SELECT one.id FROM prevention_registration AS one
                JOIN prevention_session AS session ON session.id = one.session_id
                JOIN prevention_registrationcontact AS known ON known.registration_id = one.id
                WHERE one.status = %s AND session.starts_at > now() ORDER BY one.id LIMIT 1)
            RETURNING id
        """
        self._one(query, self._keyed(token), status)
        return token

    @cached_property
    def plan_active(self) -> int:
        return int(self._member_row("prevention_reminderplan", "status = 'active'")["id"])

    @cached_property
    def way_out(self) -> str:
        """The way out of an e-mail, signed by the running portal's own key."""
        campaign = self._member_row("prevention_campaign", "status = 'published'")
        seal = self._keyed(f"topic/{campaign['topic_id']}")[:12]
        signer = Signer(key=self.portal.env["SECRET_KEY"], salt="prevention.unsubscribe", sep=".")
        return signer.sign(f"{campaign['cpts_id']}.email.{seal}.{self._keyed('odette')}")

    @cached_property
    def recall_list_open(self) -> int:
        return int(self._member_row("prevention_recalllist", "closed_at IS NULL")["id"])

    @cached_property
    def link_attended(self) -> str:
        """The private page of somebody who came and has not said what she thought of it."""
        token = secrets.token_hex(16)
        query = """
            UPDATE prevention_registrationcontact SET link_hash = %s WHERE id = (
                SELECT known.id FROM prevention_registrationcontact AS known
                JOIN prevention_registration AS one ON one.id = known.registration_id
                JOIN prevention_session AS session ON session.id = one.session_id
                WHERE one.status = 'attended' AND NOT one.has_answered
                    AND session.ends_at < now() ORDER BY one.id LIMIT 1)
            RETURNING id
        """
        self._one(query, self._keyed(token))
        return token

    @cached_property
    def link_recalled(self) -> str:
        """The private page of somebody on a recall list, for whom it is not done."""
        token = secrets.token_hex(16)
        query = """
            UPDATE prevention_recallcontact SET link_hash = %s WHERE entry_id = (
                SELECT id FROM prevention_recallentry WHERE status = 'pending'
                ORDER BY id LIMIT 1)
            RETURNING id
        """
        self._one(query, self._keyed(token))
        return token
