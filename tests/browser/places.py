"""Where the demo data has something to show, found in its tables or written there.

Read without Django: it refuses the ORM in a thread where Playwright runs.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.urls import reverse

from patients.queries.private import token_hash
from tests.browser.need_places import NeedPlaces
from tests.browser.portal import Portal
from tests.browser.prevention_places import PreventionPlaces

SLUG = "artois-lys"


@dataclass(frozen=True)
class Places(NeedPlaces, PreventionPlaces):
    """Where the demo data has something to show."""

    portal: Portal

    def path(self, name: str, *kinds: str) -> str:
        """The address of a page; each of `kinds` names a property that gives an argument."""
        return reverse(name, args=[getattr(self, kind) for kind in kinds])

    slug = SLUG

    @cached_property
    def received(self) -> str:
        return self._request("received")["reference"]

    @cached_property
    def qualified(self) -> str:
        return self._request("qualified")["reference"]

    @cached_property
    def referred(self) -> str:
        return self._request("referred")["reference"]

    @cached_property
    def accepted(self) -> str:
        return self._request("accepted")["reference"]

    @cached_property
    def declared(self) -> str:
        return self._request("declared")["reference"]

    @cached_property
    def proposed_to_gp(self) -> int:
        return self._referral("proposed")

    @cached_property
    def accepted_by_gp(self) -> int:
        return self._referral("accepted")

    @cached_property
    def link_qualified(self) -> str:
        return self._link("qualified")

    @cached_property
    def link_to_complete(self) -> str:
        return self._link("to_complete")

    @cached_property
    def link_first_visit(self) -> str:
        return self._link("first_visit_set")

    @cached_property
    def link_declared(self) -> str:
        return self._link("declared")

    no_link = "A" * 22

    @cached_property
    def link_to_join(self) -> str:
        """A new invitation of a member of the demo, to an address that nobody has an account of."""
        query = """
            SELECT member.id, member.cpts_id FROM members_membership AS member
            JOIN members_cpts AS cpts ON cpts.id = member.cpts_id
            WHERE cpts.slug = %s AND member.ends_on IS NULL
            AND NOT EXISTS (SELECT 1 FROM members_invitation AS sent
                            WHERE sent.membership_id = member.id AND revoked_at IS NULL) LIMIT 1
        """
        member, token = self._one(query, SLUG), secrets.token_urlsafe(16)
        self.portal.rows(
            "INSERT INTO members_invitation (cpts_id, membership_id, email, token_hash, created_at,"
            " expires_at) VALUES (%s, %s, %s, %s, now(), now() + interval '7 days')",
            *(member["cpts_id"], member["id"], "invitee@sante.example", self._keyed(token)),
        )
        return token

    charter = "charte"

    @cached_property
    def waiting_candidate(self) -> int:
        return self._member_row("members_application", "status = 'submitted'")["id"]

    @cached_property
    def refused_candidate(self) -> int:
        return self._member_row("members_application", "status = 'refused'")["id"]

    @cached_property
    def document(self) -> int:
        return self._member_row("members_document", "kind = 'charter' AND version = 2")["id"]

    @cached_property
    def kit_document(self) -> int:
        return self._member_row("members_document", "kind = 'kit'")["id"]

    @cached_property
    def working_group(self) -> int:
        return self._member_row("members_group", "kind = 'working' AND closed_on IS NULL")["id"]

    @cached_property
    def seat(self) -> int:
        return self._member_row("members_mandate", "ends_on IS NULL")["id"]

    @cached_property
    def mission(self) -> int:
        return self._member_row("members_mission")["id"]

    @cached_property
    def planned_meeting(self) -> int:
        return self._member_row("members_meeting", "status = 'planned'")["id"]

    @cached_property
    def held_meeting(self) -> int:
        return self._member_row("members_meeting", "status = 'held'")["id"]

    @cached_property
    def published_meeting(self) -> int:
        return self._member_row("members_meeting", "minutes_published_at IS NOT NULL")["id"]

    @cached_property
    def unpublished_meeting(self) -> int:
        return self._member_row("members_meeting", "minutes_published_at IS NULL")["id"]

    @cached_property
    def presence(self) -> str:
        return str(self._member_row("members_meeting", "status = 'held'")["presence_key"])

    @cached_property
    def attended(self) -> int:
        """Somebody who was at `held_meeting`."""
        found = self._member_row(
            "members_attendance",
            f"present_at IS NOT NULL AND meeting_id = {int(self.held_meeting)}",
        )
        return int(found["membership_id"])

    @cached_property
    def ad_of_another(self) -> int:
        return self._member_row("members_ad", f"author_id <> {self.colleague}")["id"]

    @cached_property
    def ad_answered(self) -> int:
        """An ad of the GP's, with a colleague's answer."""
        others = f"membership_id <> {self.colleague}"
        correspondent = self._member_row("members_practicemember", others)["membership_id"]
        values = (self.colleague, correspondent, correspondent)
        query = """
            WITH ad AS (
                INSERT INTO members_ad (cpts_id, author_id, status, kind, side, title, body,
                    published_on, expires_on)
                SELECT cpts_id, id, 'published', 'internship', 'offer', 'Stage au printemps',
                    'Un externe accueilli deux mois.', current_date, current_date + 60
                FROM members_membership WHERE id = %s RETURNING id, cpts_id)
            INSERT INTO members_admessage (cpts_id, ad_id, correspondent_id, author_id, body, key,
                sent_at)
            SELECT cpts_id, id, %s, %s, '', gen_random_uuid(), now() FROM ad RETURNING ad_id
        """
        return int(self._one(query, *values)["ad_id"])

    @cached_property
    def newcomer_path(self) -> int:
        return self._member_row("members_welcome", "finished_at IS NULL")["id"]

    @cached_property
    def welcome_step(self) -> int:
        return self._member_row("members_welcomestep")["id"]

    @cached_property
    def aid(self) -> int:
        return self._member_row("members_installationaid")["id"]

    @cached_property
    def idea(self) -> int:
        return self._member_row("members_suggestion", "answer = ''")["id"]

    @cached_property
    def open_survey(self) -> int:
        return self._member_row("members_survey", "status = 'open'")["id"]

    @cached_property
    def draft_survey(self) -> int:
        """A new questionnaire of the coordination's, not open yet."""
        author = self._member_row("members_membership", "role = 'coordinator'")
        query = """
            INSERT INTO members_survey (cpts_id, title, intro, status, created_by_id, conclusion)
            VALUES (%s, 'Formations de l’an prochain', '', 'draft', %s, '') RETURNING id
        """
        return int(self._one(query, author["cpts_id"], author["id"])["id"])

    @cached_property
    def published_survey(self) -> int:
        return self._member_row("members_survey", "status = 'published'")["id"]

    @cached_property
    def ad_correspondent(self) -> int:
        said = self._member_row("members_admessage", f"ad_id = {self.ad_answered}")
        return int(said["correspondent_id"])

    @cached_property
    def free_slot(self) -> int:
        """The earliest one that any member may claim."""
        return self._slot("status = 'open'", "starts_at")

    @cached_property
    def claimed_slot(self) -> int:
        return self._slot("status = 'claimed'", "starts_at")

    @cached_property
    def own_free_slot(self) -> int:
        return self._own_slot("open")

    @cached_property
    def own_claimed_slot(self) -> int:
        return self._own_slot("claimed")

    @cached_property
    def own_claim(self) -> int:
        """The claim of one of the GP's slots, to come."""
        return int(self._booked(f"slot.professional_id = {self.colleague}")["id"])

    @cached_property
    def appointment_to_come(self) -> str:
        """A new key to somebody's appointment, as her message would give it."""
        claim, token = self._booked("true"), secrets.token_urlsafe(16)
        self.portal.rows(
            "UPDATE unscheduled_care_claimcontact SET link_hash = %s WHERE claim_id = %s",
            *(token_hash(token), claim["id"]),
        )
        return token

    def _booked(self, condition: str) -> dict[str, Any]:
        query = f"""
            SELECT claim.* FROM unscheduled_care_claim AS claim
            JOIN unscheduled_care_slot AS slot ON slot.id = claim.slot_id
            JOIN members_cpts AS cpts ON cpts.id = claim.cpts_id
            WHERE cpts.slug = %s AND claim.status = 'booked'
            AND slot.starts_at > now() + interval '1 hour' AND {condition}
            ORDER BY slot.starts_at, claim.id LIMIT 1
        """  # noqa: S608 - our own words
        return self._one(query, SLUG)

    def _own_slot(self, status: str) -> int:
        """One of the GP's, to come."""
        to_come = "starts_at > now() + interval '10 minutes'"
        condition = f"professional_id = {self.colleague} AND status = '{status}' AND {to_come}"
        return int(self._member_row("unscheduled_care_slot", condition)["id"])

    @cached_property
    def own_week(self) -> int:
        """A weekly template of the GP's."""
        condition = f"professional_id = {self.colleague} AND stopped_at IS NULL"
        return int(self._member_row("unscheduled_care_availability", condition)["id"])

    @cached_property
    def own_hold(self) -> int:
        """The latest free slot, kept by the GP for longer than the pages take to look at."""
        slot, holder = self._slot("status = 'open'", "starts_at DESC"), self.colleague
        query = """
            INSERT INTO unscheduled_care_hold (cpts_id, slot_id, holder_id, held_by_id, expires_at,
                is_extended, is_for_waiting)
            SELECT cpts_id, id, %s, %s, now() + interval '1 hour', false, false
            FROM unscheduled_care_slot WHERE id = %s RETURNING id
        """
        return int(self._one(query, holder, holder, slot)["id"])

    def _slot(self, condition: str, order: str) -> int:
        query = f"""
            SELECT slot.id FROM unscheduled_care_slot AS slot
            JOIN members_cpts AS cpts ON cpts.id = slot.cpts_id
            WHERE cpts.slug = %s AND slot.{condition} AND channels @> '{{members}}'
            AND NOT is_hidden AND closes_at > now() + interval '10 minutes'
            AND NOT EXISTS (SELECT 1 FROM unscheduled_care_hold AS hold
                            WHERE hold.slot_id = slot.id AND hold.expires_at > now())
            ORDER BY {order} LIMIT 1
        """  # noqa: S608 - our own words
        return int(self._one(query, SLUG)["id"])

    def _member_row(self, table: str, condition: str = "true") -> dict[str, Any]:
        return self._one(
            f"SELECT one.* FROM {table} AS one JOIN members_cpts AS cpts"  # noqa: S608 - ours
            f" ON cpts.id = one.cpts_id WHERE cpts.slug = %s AND {condition}"
            " ORDER BY one.id LIMIT 1",
            SLUG,
        )

    @cached_property
    def import_read(self) -> int:
        """A file of three lines that waits for a decision: one good, a homonym, one to mend."""
        query = """
            SELECT member.id, member.cpts_id, person.last_name, person.first_name
            FROM members_membership AS member
            JOIN members_user AS person ON person.id = member.user_id
            JOIN members_cpts AS cpts ON cpts.id = member.cpts_id
            WHERE cpts.slug = %s AND member.role = 'coordinator' LIMIT 1
        """
        author = self._one(query, SLUG)
        batch = self._one(
            "INSERT INTO members_importbatch (cpts_id, created_by_id, file_name, status,"
            " ignored_columns, error, created_at) VALUES (%s, %s, 'membres.csv', 'read',"
            """ '["Observations"]', '', now()) RETURNING id""",
            *(author["cpts_id"], author["id"]),
        )["id"]
        namesake = {"last_name": author["last_name"], "first_name": author["first_name"]}
        lines = (
            ("ready", "add", {"last_name": "Inventé", "first_name": "Zoë"}, []),
            ("homonym", "skip", namesake, [{"field": "last_name", "code": "namesake"}]),
            ("wrong", "skip", {"last_name": "Modèle"}, [{"field": "rpps", "code": "rpps"}]),
        )
        for number, (verdict, choice, cells, problems) in enumerate(lines, start=2):
            self.portal.rows(
                "INSERT INTO members_importrow (cpts_id, batch_id, line, data, verdict, choice,"
                " problems, like_id) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                *(author["cpts_id"], batch, number, json.dumps({"cells": cells}), verdict),
                *(choice, json.dumps(problems), author["id"] if verdict == "homonym" else None),
            )
        return int(batch)

    def _keyed(self, token: str) -> str:
        """`core.fields.keyed_hash` under the running portal's own key."""
        key = hashlib.sha256(self.portal.env["SECRET_KEY"].encode()).hexdigest()
        return hmac.new(key.encode(), token.encode(), hashlib.sha256).hexdigest()

    @cached_property
    def colleague(self) -> int:
        return self._member("medecin")

    @cached_property
    def public_member(self) -> int:
        """Somebody of whom everything may be seen by everybody."""
        query = """
            SELECT member.id FROM members_membership AS member
            JOIN members_cpts AS cpts ON cpts.id = member.cpts_id
            WHERE cpts.slug = %s AND member.ends_on IS NULL AND public_fields @> '{identity}'
            ORDER BY cardinality(public_fields) DESC, member.id LIMIT 1
        """
        return int(self._one(query, SLUG)["id"])

    @cached_property
    def own_practice(self) -> int:
        query = "SELECT practice_id FROM members_practicemember WHERE membership_id = %s LIMIT 1"
        return int(self._one(query, self.colleague)["practice_id"])

    @cached_property
    def college(self) -> int:
        query = """
            SELECT college.id FROM members_college AS college
            JOIN members_cpts AS cpts ON cpts.id = college.cpts_id
            WHERE cpts.slug = %s ORDER BY position LIMIT 1
        """
        return int(self._one(query, SLUG)["id"])

    def _member(self, username: str) -> int:
        query = """
            SELECT member.id FROM members_membership AS member
            JOIN members_user AS person ON person.id = member.user_id
            WHERE person.username = %s AND member.ends_on IS NULL LIMIT 1
        """
        return int(self._one(query, username)["id"])

    def _link(self, status: str) -> str:
        """A new private link of a request in that state, as her message would give it."""
        request, token = self._request(status), secrets.token_urlsafe(16)
        self.portal.rows(
            "INSERT INTO patients_privatelink (cpts_id, request_id, token_hash, created_at,"
            " expires_at) VALUES (%s, %s, %s, now(), now() + interval '1 day')",
            *(request["cpts_id"], request["id"], token_hash(token)),
        )
        return token

    def _request(self, status: str) -> dict[str, Any]:
        query = """
            SELECT request.* FROM patients_gprequest AS request
            JOIN members_cpts AS cpts ON cpts.id = request.cpts_id
            WHERE cpts.slug = %s AND status = %s ORDER BY rank, first_requested_at LIMIT 1
        """
        return self._one(query, SLUG, status)

    def _referral(self, status: str) -> int:
        query = """
            SELECT referral.id FROM patients_referral AS referral
            JOIN members_membership AS gp ON gp.id = referral.gp_id
            JOIN members_user AS person ON person.id = gp.user_id
            WHERE person.username = 'medecin' AND status = %s LIMIT 1
        """
        return int(self._one(query, status)["id"])

    def _one(self, query: str, *values: Any) -> dict[str, Any]:
        rows = self.portal.rows(query, *values)
        assert rows, (query, values)
        return rows[0]
