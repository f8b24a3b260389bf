"""Every page that people look at: its URL name, who looks, and where it is in the demo data.

A page missing here fails `test_every_page_is_looked_at`.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

from tests.browser.places import Places

ANYBODY = ""


@dataclass(frozen=True)
class Sight:
    """One page as one role sees it."""

    role: str
    name: str
    kinds: tuple[str, ...] = ()
    query: str = ""
    status: int = 200

    @property
    def room(self) -> str:
        """The app that the page is in; the account's pages are in none."""
        return self.name.rpartition(":")[0] or "portal"

    def __str__(self) -> str:
        return " ".join((self.role or "anybody", self.name, *self.kinds, self.query)).rstrip()

    def path(self, places: Places) -> str:
        return places.path(self.name, *self.kinds) + self.query


SIGHTS = (
    Sight(ANYBODY, "home"),
    Sight(ANYBODY, "privacy"),
    Sight(ANYBODY, "accessibility"),
    Sight(ANYBODY, "legal"),
    Sight(ANYBODY, "demo_messages"),
    Sight(ANYBODY, "patients:filing_outside", query="?commune=59350"),
    Sight(ANYBODY, "patients:private_new_link"),
    Sight(ANYBODY, "patients:private_sent"),
    Sight(ANYBODY, "patients:private_show", ("link_qualified",)),
    Sight(ANYBODY, "patients:private_show", ("link_to_complete",)),
    Sight(ANYBODY, "patients:private_show", ("link_first_visit",)),
    Sight(ANYBODY, "patients:private_show", ("link_declared",)),
    Sight(ANYBODY, "patients:private_show", ("no_link",), status=404),
    Sight(ANYBODY, "patients:private_correct", ("link_qualified",)),
    Sight(ANYBODY, "patients:private_situation", ("link_qualified",)),
    Sight(ANYBODY, "patients:private_complete", ("link_to_complete",)),
    Sight(ANYBODY, "patients:private_withdraw", ("link_qualified",)),
    Sight(ANYBODY, "members:invitation_show", ("link_to_join",)),
    Sight(ANYBODY, "members:invitation_show", ("no_link",), status=404),
    Sight(ANYBODY, "members:application_choice", query="?ou=62840"),
    Sight(ANYBODY, "members:application_choice", query="?ou=nullepart"),
    Sight(ANYBODY, "members:application_start", ("slug",)),
    Sight(ANYBODY, "members:application_text", ("slug", "charter")),
    Sight(ANYBODY, "members:application_private", ("no_link",), status=404),
    Sight(ANYBODY, "account_login"),
    Sight(ANYBODY, "account_inactive"),
    Sight(ANYBODY, "account_signup"),
    Sight(ANYBODY, "account_reset_password"),
    Sight(ANYBODY, "account_reset_password_done"),
    Sight(ANYBODY, "account_reset_password_from_key_done"),
    Sight("coordination", "members:cpts_choice"),
    Sight("coordination", "patients:request_list", ("slug",)),
    Sight("coordination", "patients:request_list", ("slug",), "?vue=a-rappeler"),
    Sight("coordination", "patients:request_list", ("slug",), "?vue=reponse-attendue"),
    Sight("coordination", "patients:request_list", ("slug",), "?vue=toutes&filtres=1"),
    Sight("coordination", "patients:request_detail", ("slug", "received")),
    Sight("coordination", "patients:request_detail", ("slug", "qualified")),
    Sight("coordination", "patients:request_detail", ("slug", "referred")),
    Sight("coordination", "patients:request_detail", ("slug", "accepted")),
    Sight("coordination", "patients:request_detail", ("slug", "declared")),
    Sight("coordination", "patients:request_new", ("slug",)),
    Sight("coordination", "members:application_list", ("slug",)),
    Sight("coordination", "members:application_list", ("slug",), "?vue=refusees"),
    Sight("coordination", "members:application_detail", ("slug", "waiting_candidate")),
    Sight("coordination", "members:application_detail", ("slug", "refused_candidate")),
    Sight("coordination", "members:document_list", ("slug",)),
    Sight("coordination", "members:document_detail", ("slug", "document")),
    Sight("coordination", "members:document_new", ("slug",), "?type=charter"),
    Sight("coordination", "members:document_edit", ("slug", "kit_document")),
    Sight("coordination", "account_change_password"),
    Sight("coordination", "account_email"),
    Sight("coordination", "account_logout"),
    Sight("coordination", "account_reauthenticate"),
    Sight("coordination", "mfa_index"),
    Sight("coordination", "mfa_activate_totp"),
    Sight("coordination", "mfa_list_webauthn"),
    Sight("coordination", "mfa_add_webauthn"),
    Sight("coordination", "usersessions_list"),
    Sight("coordination", "members:invitation_list", ("slug",)),
    Sight("coordination", "members:delegation_list", ("slug",)),
    Sight("medecin", "members:delegation_list", ("slug",)),
    Sight("medecin", "members:document_list", ("slug",)),
    Sight("medecin", "members:document_detail", ("slug", "document")),
    Sight("coordination", "members:factor_reset_list", ("slug",)),
    Sight("secretariat", "members:delegation_list", ("slug",)),
    Sight("medecin", "members:leaving_show", ("slug",)),
    Sight("coordination", "members:leaving_show", ("slug",)),
    Sight("medecin", "patients:referral_list", ("slug",)),
    Sight("medecin", "patients:referral_detail", ("slug", "proposed_to_gp")),
    Sight("medecin", "patients:referral_detail", ("slug", "accepted_by_gp")),
    Sight("medecin", "patients:intake_edit", ("slug",)),
    Sight(ANYBODY, "members:directory_public_choice", query="?commune=62840"),
    Sight(ANYBODY, "members:directory_public", ("slug",)),
    Sight(ANYBODY, "members:directory_public", ("slug",), "?q=introuvable"),
    Sight(ANYBODY, "members:directory_public_detail", ("slug", "public_member")),
    Sight("coordination", "members:directory_list", ("slug",)),
    Sight("medecin", "members:directory_list", ("slug",), "?competence=vaccination"),
    Sight("medecin", "members:directory_detail", ("slug", "colleague")),
    Sight("medecin", "members:profile_edit", ("slug",)),
    Sight("coordination", "members:profile_edit", ("slug",)),
    Sight("medecin", "members:practice_choose", ("slug",)),
    Sight("medecin", "members:practice_new", ("slug",)),
    Sight("medecin", "members:practice_edit", ("slug", "own_practice")),
    Sight("coordination", "members:contour_upload", ("slug",)),
    Sight("coordination", "members:import_list", ("slug",)),
    Sight("coordination", "members:import_detail", ("slug", "import_read")),
    Sight("coordination", "members:register_list", ("slug",)),
    Sight("coordination", "members:group_list", ("slug",)),
    Sight("coordination", "members:group_new", ("slug",)),
    Sight("coordination", "members:group_detail", ("slug", "working_group")),
    Sight("coordination", "members:group_edit", ("slug", "working_group")),
    Sight("coordination", "members:mandate_new", ("slug", "working_group")),
    Sight("coordination", "members:mandate_end", ("slug", "seat")),
    Sight("medecin", "members:group_list", ("slug",)),
    Sight("coordination", "members:meeting_list", ("slug",)),
    Sight("coordination", "members:meeting_list", ("slug",), "?vue=passees"),
    Sight("coordination", "members:meeting_new", ("slug",)),
    Sight("coordination", "members:meeting_detail", ("slug", "planned_meeting")),
    Sight("coordination", "members:meeting_detail", ("slug", "published_meeting")),
    Sight("coordination", "members:meeting_edit", ("slug", "planned_meeting")),
    Sight("coordination", "members:minutes_edit", ("slug", "unpublished_meeting")),
    Sight("coordination", "members:minutes_correct", ("slug", "published_meeting")),
    Sight("coordination", "members:attendance_list", ("slug", "held_meeting")),
    Sight("coordination", "members:attendance_count", ("slug", "held_meeting", "attended")),
    Sight("medecin", "members:meeting_list", ("slug",)),
    Sight("medecin", "members:attendance_confirm", ("slug", "presence")),
    Sight("coordination", "members:membership_list", ("slug",)),
    Sight("coordination", "members:membership_list", ("slug",), "?situation=lapsed"),
    Sight("coordination", "members:membership_new", ("slug",)),
    Sight("coordination", "members:membership_detail", ("slug", "colleague")),
    Sight("coordination", "members:membership_edit", ("slug", "colleague")),
    Sight("coordination", "members:place_list", ("slug", "colleague")),
    Sight("coordination", "members:place_list", ("slug", "colleague"), "?q=introuvable"),
    Sight("coordination", "members:place_new", ("slug", "colleague")),
    Sight("coordination", "members:place_edit", ("slug", "colleague", "own_practice")),
    Sight("coordination", "members:place_leave", ("slug", "colleague", "own_practice")),
    Sight("medecin", "members:membership_mine", ("slug",)),
    Sight("partenaire", "members:membership_mine", ("slug",)),
    Sight("coordination", "members:subscription_list", ("slug",)),
    Sight("coordination", "members:settings_hub", ("slug",)),
    Sight("coordination", "members:settings_cpts", ("slug",)),
    Sight("coordination", "members:college_list", ("slug",)),
    Sight("coordination", "unscheduled_care:care_settings", ("slug",)),
    Sight("coordination", "unscheduled_care:figures_show", ("slug",)),
    Sight("coordination", "members:college_new", ("slug",)),
    Sight("coordination", "members:college_edit", ("slug", "college")),
    Sight("coordination", "members:mission_list", ("slug",)),
    Sight("coordination", "members:mission_new", ("slug",)),
    Sight("coordination", "members:mission_edit", ("slug", "mission")),
    Sight("coordination", "members:statement_show", ("slug",)),
    Sight("medecin", "members:statement_mine", ("slug",)),
    Sight("medecin", "members:ad_list", ("slug",)),
    Sight("coordination", "members:ad_list", ("slug",), "?type=replacement"),
    Sight("medecin", "members:ad_new", ("slug",)),
    Sight("secretariat", "members:ad_new", ("slug",)),
    Sight("medecin", "members:ad_detail", ("slug", "ad_of_another")),
    Sight("medecin", "members:ad_detail", ("slug", "ad_answered")),
    Sight("medecin", "members:ad_edit", ("slug", "ad_answered")),
    Sight("medecin", "members:ad_talk", ("slug", "ad_of_another")),
    Sight("medecin", "members:ad_talk_with", ("slug", "ad_answered", "ad_correspondent")),
    Sight("medecin", "members:suggestion_list", ("slug",)),
    Sight("coordination", "members:suggestion_list", ("slug",)),
    Sight("coordination", "members:suggestion_answer", ("slug", "idea")),
    Sight("medecin", "members:survey_list", ("slug",)),
    Sight("coordination", "members:survey_list", ("slug",)),
    Sight("medecin", "members:survey_answer", ("slug", "open_survey")),
    Sight("medecin", "members:survey_answer", ("slug", "published_survey")),
    Sight("coordination", "members:survey_new", ("slug",)),
    Sight("coordination", "members:survey_edit", ("slug", "draft_survey")),
    Sight("medecin", "members:welcome_show", ("slug",)),
    Sight("coordination", "members:welcome_show", ("slug",)),
    Sight("coordination", "members:newcomer_list", ("slug",)),
    Sight("coordination", "members:newcomer_detail", ("slug", "newcomer_path")),
    Sight("coordination", "members:welcome_step_list", ("slug",)),
    Sight("coordination", "members:welcome_step_new", ("slug",)),
    Sight("coordination", "members:welcome_step_edit", ("slug", "welcome_step")),
    Sight(ANYBODY, "members:aid_public", ("slug",)),
    Sight("medecin", "members:aid_list", ("slug",)),
    Sight("coordination", "members:aid_list", ("slug",)),
    Sight("coordination", "members:aid_new", ("slug",)),
    Sight("coordination", "members:aid_edit", ("slug", "aid")),
    Sight("medecin", "board:minutes", ("slug",)),
    Sight("secretariat", "board:minutes", ("slug",)),
    Sight("medecin", "board:menu", ("slug",)),
    Sight("medecin", "unscheduled_care:feed_show", ("slug",)),
    Sight("medecin", "unscheduled_care:slot_show", ("slug", "free_slot")),
    Sight("secretariat", "unscheduled_care:slot_show", ("slug", "free_slot")),
    Sight("coordination", "unscheduled_care:slot_show", ("slug", "claimed_slot"), status=409),
    Sight("medecin", "unscheduled_care:hold_show", ("slug", "own_hold")),
    Sight("coordination", "board:menu", ("slug",)),
    Sight("medecin", "board:today", ("slug",)),
    Sight("secretariat", "board:today", ("slug",)),
    Sight("secretariat", "patients:referral_list", ("slug",)),
    Sight("bureau", "board:today", ("slug",)),
    Sight("partenaire", "board:today", ("slug",)),
    Sight("financeur", "board:today", ("slug",)),
)
WALKED = {
    "patients:filing_start": "the first step of the walk through the form",
    "patients:filing_step": "every question of the form is looked at on the way",
    "patients:filing_check": "on the way through the form",
    "patients:filing_code": "on the way through the form",
    "patients:filing_done": "at the end of the way through the form",
    **{
        f"members:application_{name}": "on the way through the candidate's form: test_candidate"
        for name in ("step", "place", "check", "code", "sent", "private")
    },
}
ACT = "an act by POST; its button is on a page looked at"
ACTS = (
    *("request_search", "request_assign", "note_add", "attempt_add", "call_back_plan"),
    *("call_back_cancel", "priority_override", "request_ask", "request_qualify", "request_refer"),
    *("referral_take_back", "first_visit_set", "request_declare", "request_end"),
    *("request_reopen", "referral_reserve", "referral_accept", "referral_decline"),
    *("referral_visit", "private_revoke"),
)
MEMBERS_ACTS = (
    *("import_read", "import_choose", "import_apply", "import_undo", "import_discard"),
    *("register_approve", "register_dismiss"),
    *("ad_prolong", "ad_fill", "ad_withdraw"),
    *("welcome_tick", "welcome_consent", "newcomer_start", "newcomer_finish"),
    *("application_place_remove", "application_leave", "application_admit"),
    *("application_refuse", "application_withdraw", "application_ratify"),
    *("document_publish", "document_discard"),
    *("survey_open", "survey_close", "survey_publish"),
    *("group_close", "meeting_cancel", "meeting_hold", "meeting_answer"),
    *("attendance_tick", "attendance_add"),
    *("invitation_send", "invitation_revoke", "invitation_send_all"),
    *("delegation_grant", "delegation_revoke"),
    *("membership_role", "membership_college", "membership_end", "membership_return"),
    *("membership_renew", "subscription_note_many", "subscription_open"),
    *("place_join", "place_main"),
    *("subscription_note", "subscription_waive", "subscription_take_back"),
    *("factor_reset_open", "factor_reset_confirm", "factor_reset_cancel"),
)
CARE_ACTS = (
    *("slot_hold", "hold_extend", "hold_release", "hold_claim"),
    *("sas_name", "sas_unname", "feed_open", "feed_revoke", "feed_follow", "feed_unfollow"),
)
EXCUSED = {
    **{f"unscheduled_care:{name}": ACT for name in CARE_ACTS},
    "unscheduled_care:feed_calendar": "a file for calendars",
    "unscheduled_care:figures_csv": "a file for spreadsheets",
    "unscheduled_care:figures_xlsx": "a file for spreadsheets",
    **{f"patients:{name}": ACT for name in ACTS},
    "healthz": "for machines",
    "readyz": "for machines",
    "set_language": "an act, then the page one came from",
    "text_size": "an act, then the page one came from",
    "members:leaving_confirm": "asks for the password again: tests/members",
    "members:leaving_data": "a file",
    "members:leaving_paper": "a file",
    "members:invitation_claim": "needs an invitation for an account: tests/members",
    **{f"members:{name}": ACT for name in MEMBERS_ACTS},
    "members:import_model": "a file",
    "members:import_results": "a file",
    "members:application_text_pdf": "a file",
    "members:document_file": "a file",
    "members:directory_card": "a file",
    "members:membership_export": "a file",
    "members:membership_certificate": "a file",
    "members:subscription_receipt": "a file",
    "members:directory_cards": "a file",
    "members:directory_pdf": "a file",
    "members:directory_public_card": "a file",
    "members:practice_join": ACT,
    "members:practice_leave": ACT,
    "members:practice_main": ACT,
    "members:contour_remove": ACT,
    "members:meeting_calendar": "a file for calendars",
    "members:statement_csv": "a file for spreadsheets",
    "members:statement_pdf": "a printed document",
    "members:statement_certificate": "a printed document",
    "members:demo_login": "an act; its buttons are on the log-in page",
    "account_set_password": "leads to the change of password: every account has one",
    "account_confirm_login_code": "log-in by code is off",
    "account_confirm_email": "addresses are not confirmed by a link",
    "account_email_verification_sent": "addresses are not confirmed by a link",
    "account_reset_password_from_key": "needs a key sent by e-mail: tests/members",
    "mfa_authenticate": "looked at with a key in hand: test_passkeys",
    "mfa_reauthenticate": "looked at with a key in hand: test_passkeys",
    "mfa_reauthenticate_webauthn": "looked at with a key in hand: test_passkeys",
    "mfa_deactivate_totp": "needs a second factor that is set up: tests/members",
    "mfa_view_recovery_codes": "looked at with a key in hand: test_passkeys",
    "mfa_generate_recovery_codes": "looked at with a key in hand: test_passkeys",
    "mfa_download_recovery_codes": "a text file",
    "mfa_remove_webauthn": "looked at with a key in hand: test_passkeys",
    "mfa_edit_webauthn": "looked at with a key in hand: test_passkeys",
    "mfa_login_webauthn": "for machines: the challenge of a passkey",
}


def url_names(resolver: URLResolver | None = None, namespace: str = "") -> set[str]:
    """Every URL name of the portal; Django's own back office is not of our making."""
    names: set[str] = set()
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLPattern):
            names.add(f"{namespace}{entry.name}")
        elif entry.namespace != "admin":
            inside = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            names |= url_names(entry, inside)
    return names
