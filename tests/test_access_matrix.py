"""The signed table of who gets what: every URL name, each kind of visitor, one status.

A URL that is missing from the table fails, and so does a line whose URL is gone. `other_cpts` is a
coordinator of another CPTS; the professional is the GP to whom the referral is addressed. Everyone
has a second factor, as in production. A POST carries nothing: 302, 400, 409 or 422 all mean that
the door is open and the form, or the state of things, is what stops.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from cpts_portal.core.scoping import open_scope
from members.models import Cpts, Membership, Role, Suggestion, Survey
from members.queries.applications import token_hash, token_of
from patients import notifications
from tests.factories import (
    AdMessageFactory,
    ApplicationFactory,
    CollegeFactory,
    CptsFactory,
    DelegationFactory,
    DocumentFactory,
    FactorResetFactory,
    GpFactory,
    GPRequestFactory,
    ImportRowFactory,
    InstallationAidFactory,
    IntakeFactory,
    InvitedFactory,
    MandateFactory,
    MeetingFactory,
    MembershipFactory,
    MissionFactory,
    PracticeMemberFactory,
    ReferralFactory,
    RppsDifferenceFactory,
    SubscriptionFactory,
    WelcomeFactory,
    WelcomeStepFactory,
)
from tests.members.rows import ROWS as ROWS_OF

pytestmark = pytest.mark.django_db

VISITORS = "anonymous other_cpts professional secretary coordinator board partner funder".split()

# method, name, then the status for: anonymous, other_cpts, professional, secretary, coordinator,
# board, partner, funder
TABLE = """
GET  healthz                                   200  200  200  200  200  200  200  200
GET  readyz                                    503  503  503  503  503  503  503  503
GET  home                                      200  302  302  302  302  302  302  302
GET  privacy                                   200  200  200  200  200  200  200  200
GET  accessibility                             200  200  200  200  200  200  200  200
POST text_size                                 302  302  302  302  302  302  302  302
GET  legal                                     200  200  200  200  200  200  200  200
GET  set_language                              302  302  302  302  302  302  302  302
GET  demo_messages                             404  404  404  404  404  404  404  404
GET  account_login                             200  302  302  302  302  302  302  302
GET  account_logout                            302  200  200  200  200  200  200  200
GET  account_inactive                          200  200  200  200  200  200  200  200
GET  account_signup                            200  302  302  302  302  302  302  302
GET  account_reauthenticate                    302  200  200  200  200  200  200  200
GET  account_email                             302  200  200  200  200  200  200  200
GET  account_email_verification_sent           200  200  200  200  200  200  200  200
GET  account_change_password                   302  200  200  200  200  200  200  200
GET  account_set_password                      302  302  302  302  302  302  302  302
GET  account_reset_password                    200  200  200  200  200  200  200  200
GET  account_confirm_login_code                302  302  302  302  302  302  302  302
GET  account_confirm_email                     200  200  200  200  200  200  200  200
GET  account_reset_password_from_key_done      200  200  200  200  200  200  200  200
GET  account_reset_password_from_key           200  200  200  200  200  200  200  200
GET  account_reset_password_done               200  200  200  200  200  200  200  200
GET  mfa_index                                 302  200  200  200  200  200  200  200
GET  mfa_authenticate                          302  302  302  302  302  302  302  302
GET  mfa_reauthenticate                        302  200  200  200  200  200  200  200
GET  mfa_activate_totp                         302  302  302  302  302  302  302  302
GET  mfa_deactivate_totp                       302  302  302  302  302  302  302  302
GET  mfa_view_recovery_codes                   302  404  404  404  404  404  404  404
GET  mfa_generate_recovery_codes               302  302  302  302  302  302  302  302
GET  mfa_download_recovery_codes               302  404  404  404  404  404  404  404
GET  mfa_list_webauthn                         302  200  200  200  200  200  200  200
GET  mfa_add_webauthn                          302  302  302  302  302  302  302  302
GET  mfa_reauthenticate_webauthn               302  302  302  302  302  302  302  302
GET  mfa_remove_webauthn                       302  302  302  302  302  302  302  302
GET  mfa_edit_webauthn                         302  302  302  302  302  302  302  302
GET  mfa_login_webauthn                        302  302  302  302  302  302  302  302
GET  usersessions_list                         302  200  200  200  200  200  200  200
GET  admin:index                               302  302  302  302  302  302  302  302
GET  admin:login                               302  403  403  403  403  403  403  403
GET  admin:logout                              302  302  302  302  302  302  302  302
GET  admin:password_change                     302  302  302  302  302  302  302  302
GET  admin:password_change_done                302  302  302  302  302  302  302  302
GET  admin:autocomplete                        302  302  302  302  302  302  302  302
GET  admin:jsi18n                              302  302  302  302  302  302  302  302
GET  admin:view_on_site                        302  302  302  302  302  302  302  302
GET  admin:members_cpts_changelist             302  302  302  302  302  302  302  302
GET  admin:members_cpts_add                    302  302  302  302  302  302  302  302
GET  admin:members_cpts_history                302  302  302  302  302  302  302  302
GET  admin:members_cpts_delete                 302  302  302  302  302  302  302  302
GET  admin:members_cpts_change                 302  302  302  302  302  302  302  302
GET  admin:members_profession_changelist       302  302  302  302  302  302  302  302
GET  admin:members_profession_add              302  302  302  302  302  302  302  302
GET  admin:members_profession_history          302  302  302  302  302  302  302  302
GET  admin:members_profession_delete           302  302  302  302  302  302  302  302
GET  admin:members_profession_change           302  302  302  302  302  302  302  302
GET  admin:members_user_changelist             302  302  302  302  302  302  302  302
GET  admin:members_user_add                    302  302  302  302  302  302  302  302
GET  admin:members_user_history                302  302  302  302  302  302  302  302
GET  admin:members_user_delete                 302  302  302  302  302  302  302  302
GET  admin:members_user_change                 302  302  302  302  302  302  302  302
GET  admin:members_membership_changelist       302  302  302  302  302  302  302  302
GET  admin:members_membership_add              302  302  302  302  302  302  302  302
GET  admin:members_membership_history          302  302  302  302  302  302  302  302
GET  admin:members_membership_delete           302  302  302  302  302  302  302  302
GET  admin:members_membership_change           302  302  302  302  302  302  302  302
GET  admin:app_list                            302  302  302  302  302  302  302  302
GET  patients:filing_start                     302  302  302  302  302  302  302  302
POST patients:filing_start                     302  302  302  302  302  302  302  302
GET  patients:filing_check                     302  302  302  302  302  302  302  302
POST patients:filing_check                     302  302  302  302  302  302  302  302
GET  patients:filing_code                      302  302  302  302  302  302  302  302
POST patients:filing_code                      302  302  302  302  302  302  302  302
GET  patients:filing_done                      302  302  302  302  302  302  302  302
GET  patients:filing_outside                   200  200  200  200  200  200  200  200
GET  patients:filing_step                      200  200  200  200  200  200  200  200
POST patients:filing_step                      422  422  422  422  422  422  422  422
GET  patients:private_new_link                 200  200  200  200  200  200  200  200
POST patients:private_new_link                 422  422  422  422  422  422  422  422
GET  patients:private_sent                     200  200  200  200  200  200  200  200
GET  patients:private_show                     200  200  200  200  200  200  200  200
GET  patients:private_correct                  200  200  200  200  200  200  200  200
POST patients:private_correct                  422  422  422  422  422  422  422  422
GET  patients:private_situation                200  200  200  200  200  200  200  200
POST patients:private_situation                302  302  302  302  302  302  302  302
GET  patients:private_complete                 200  200  200  200  200  200  200  200
POST patients:private_complete                 422  422  422  422  422  422  422  422
GET  patients:private_withdraw                 200  200  200  200  200  200  200  200
POST patients:private_withdraw                 422  422  422  422  422  422  422  422
POST patients:private_revoke                   302  302  302  302  302  302  302  302
GET  patients:request_list                     302  404  403  403  200  403  403  403
POST patients:request_search                   302  404  403  403  422  403  403  403
GET  patients:request_new                      302  404  403  403  200  403  403  403
POST patients:request_new                      302  404  403  403  200  403  403  403
GET  patients:request_detail                   302  404  403  403  200  403  403  403
POST patients:request_assign                   302  404  403  403  302  403  403  403
POST patients:note_add                         302  404  403  403  422  403  403  403
POST patients:attempt_add                      302  404  403  403  422  403  403  403
POST patients:call_back_plan                   302  404  403  403  422  403  403  403
POST patients:call_back_cancel                 302  404  403  403  302  403  403  403
POST patients:priority_override                302  404  403  403  302  403  403  403
POST patients:request_ask                      302  404  403  403  409  403  403  403
POST patients:request_qualify                  302  404  403  403  409  403  403  403
POST patients:request_refer                    302  404  403  403  422  403  403  403
POST patients:referral_take_back               302  404  403  403  302  403  403  403
POST patients:first_visit_set                  302  404  403  403  422  403  403  403
POST patients:request_declare                  302  404  403  403  409  403  403  403
POST patients:request_end                      302  404  403  403  422  403  403  403
POST patients:request_reopen                   302  404  403  403  409  403  403  403
GET  patients:referral_list                    302  404  200  200  403  403  403  403
GET  patients:referral_detail                  302  404  200  404  403  403  403  403
POST patients:referral_reserve                 302  404  302  404  403  403  403  403
POST patients:referral_accept                  302  404  302  404  403  403  403  403
POST patients:referral_decline                 302  404  422  404  403  403  403  403
POST patients:referral_visit                   302  404  422  404  403  403  403  403
GET  patients:intake_edit                      302  404  200  403  403  403  403  403
POST patients:intake_edit                      302  404  200  403  403  403  403  403
GET  members:cpts_choice                       302  302  302  302  302  302  302  302
GET  members:directory_public_choice           200  200  200  200  200  200  200  200
GET  members:directory_public                  200  200  200  200  200  200  200  200
GET  members:directory_public_detail           200  200  200  200  200  200  200  200
GET  members:directory_public_card             200  200  200  200  200  200  200  200
GET  members:directory_list                    302  404  200  200  200  200  200  403
POST members:directory_cards                   302  404  200  200  200  200  200  403
POST members:directory_pdf                     302  404  200  200  200  200  200  403
GET  members:directory_detail                  302  404  200  200  200  200  200  403
POST members:directory_card                    302  404  200  200  200  200  200  403
GET  members:profile_edit                      302  404  200  200  200  200  200  200
POST members:profile_edit                      302  404  200  200  200  200  200  200
GET  members:practice_choose                   302  404  200  200  200  200  200  403
GET  members:practice_new                      302  404  200  200  200  200  200  403
POST members:practice_new                      302  404  200  200  200  200  200  403
GET  members:practice_edit                     302  404  200  404  404  404  404  403
POST members:practice_edit                     302  404  200  404  404  404  404  403
POST members:practice_join                     302  404  302  302  302  302  302  403
POST members:practice_leave                    302  404  302  302  302  302  302  403
POST members:practice_main                     302  404  302  409  409  409  409  403
GET  members:contour_upload                    302  404  403  403  200  403  403  403
POST members:contour_upload                    302  404  403  403  422  403  403  403
POST members:contour_remove                    302  404  403  403  302  403  403  403
GET  members:import_list                       302  404  403  403  200  403  403  403
POST members:import_list                       302  404  403  403  422  403  403  403
GET  members:import_model                      302  404  403  403  200  403  403  403
GET  members:import_detail                     302  404  403  403  200  403  403  403
POST members:import_read                       302  404  403  403  302  403  403  403
POST members:import_choose                     302  404  403  403  302  403  403  403
POST members:import_apply                      302  404  403  403  302  403  403  403
POST members:import_undo                       302  404  403  403  409  403  403  403
POST members:import_discard                    302  404  403  403  302  403  403  403
GET  members:import_results                    302  404  403  403  200  403  403  403
GET  members:register_list                     302  404  403  403  200  403  403  403
POST members:register_approve                  302  404  403  403  409  403  403  403
POST members:register_dismiss                  302  404  403  403  302  403  403  403
GET  members:application_choice                    200  200  200  200  200  200  200  200
GET  members:application_start                     200  200  200  200  200  200  200  200
POST members:application_start                     302  302  302  302  302  302  302  302
GET  members:application_place                     302  302  302  302  302  302  302  302
POST members:application_place                     302  302  302  302  302  302  302  302
POST members:application_place_remove              302  302  302  302  302  302  302  302
GET  members:application_text                      200  200  200  200  200  200  200  200
GET  members:application_text_pdf                  200  200  200  200  200  200  200  200
GET  members:application_check                     302  302  302  302  302  302  302  302
POST members:application_check                     302  302  302  302  302  302  302  302
GET  members:application_code                      302  302  302  302  302  302  302  302
POST members:application_code                      302  302  302  302  302  302  302  302
GET  members:application_sent                      302  302  302  302  302  302  302  302
GET  members:application_step                      200  200  200  200  200  200  200  200
POST members:application_step                      422  422  422  422  422  422  422  422
GET  members:application_private                   200  200  200  200  200  200  200  200
POST members:application_leave                     302  302  302  302  302  302  302  302
GET  members:application_list                      302  404  403  403  200  200  403  403
POST members:application_ratify                    302  404  403  403  422  422  403  403
GET  members:application_detail                    302  404  403  403  200  200  403  403
POST members:application_admit                     302  404  403  403  422  422  403  403
POST members:application_refuse                    302  404  403  403  422  422  403  403
POST members:application_withdraw                  302  404  403  403  302  302  403  403
GET  members:document_list                         302  404  200  200  200  200  200  200
GET  members:document_detail                       302  404  200  200  200  200  200  200
GET  members:document_file                         302  404  200  200  200  200  200  200
GET  members:document_new                          302  404  403  403  200  200  403  403
POST members:document_new                          302  404  403  403  422  422  403  403
GET  members:document_edit                         302  404  403  403  200  200  403  403
POST members:document_edit                         302  404  403  403  422  422  403  403
POST members:document_publish                      302  404  403  403  302  302  403  403
POST members:document_discard                      302  404  403  403  409  409  403  403
POST members:demo_login                        404  404  404  404  404  404  404  404
GET  members:invitation_show                   404  404  404  404  404  404  404  404
GET  members:invitation_claim                  302  404  404  404  404  404  404  404
GET  members:invitation_list                   302  404  403  403  200  200  403  403
POST members:invitation_send                   302  404  403  403  422  422  403  403
POST members:invitation_revoke                 302  404  403  403  409  409  403  403
POST members:invitation_send_all               302  404  403  403  302  302  403  403
GET  members:delegation_list                   302  404  200  200  200  403  403  403
POST members:delegation_grant                  302  404  422  403  422  403  403  403
POST members:delegation_revoke                 302  404  302  403  302  403  403  403
GET  members:factor_reset_list                 302  404  403  403  200  200  403  403
POST members:factor_reset_open                 302  404  403  403  422  422  403  403
POST members:factor_reset_confirm              302  404  403  403  403  403  403  403
POST members:factor_reset_cancel               302  404  403  403  302  302  403  403
GET  members:leaving_show                      302  404  200  200  200  200  200  200
GET  members:leaving_data                      302  404  200  200  200  200  200  200
GET  members:leaving_paper                     302  404  200  200  200  200  200  200
GET  members:leaving_confirm                   302  404  302  302  302  302  302  302
POST members:leaving_confirm                   302  404  302  302  302  302  302  302
GET  members:group_list                        302  404  200  200  200  200  200  403
GET  members:group_new                         302  404  403  403  200  200  403  403
POST members:group_new                         302  404  403  403  422  422  403  403
GET  members:group_detail                      302  404  200  200  200  200  200  403
GET  members:group_edit                        302  404  403  403  200  200  403  403
POST members:group_edit                        302  404  403  403  422  422  403  403
POST members:group_close                       302  404  403  403  302  302  403  403
GET  members:mandate_new                       302  404  403  403  200  200  403  403
POST members:mandate_new                       302  404  403  403  422  422  403  403
GET  members:mandate_end                       302  404  403  403  200  200  403  403
POST members:mandate_end                       302  404  403  403  422  422  403  403
GET  members:meeting_list                      302  404  200  200  200  200  200  403
GET  members:meeting_new                       302  404  403  403  200  200  403  403
POST members:meeting_new                       302  404  403  403  422  422  403  403
GET  members:meeting_detail                    302  404  200  200  200  200  200  403
GET  members:meeting_edit                      302  404  403  403  200  200  403  403
POST members:meeting_edit                      302  404  403  403  422  422  403  403
POST members:meeting_cancel                    302  404  403  403  302  302  403  403
POST members:meeting_hold                      302  404  403  403  302  302  403  403
POST members:meeting_answer                    302  404  422  422  422  422  422  403
GET  members:meeting_calendar                  302  404  200  200  200  200  200  403
GET  members:minutes_edit                      302  404  403  403  200  200  403  403
POST members:minutes_edit                      302  404  403  403  302  302  403  403
GET  members:minutes_correct                   302  404  403  403  200  200  403  403
POST members:minutes_correct                   302  404  403  403  422  422  403  403
GET  members:attendance_list                   302  404  403  403  200  200  403  403
POST members:attendance_tick                   302  404  403  403  302  302  403  403
POST members:attendance_add                    302  404  403  403  422  422  403  403
GET  members:attendance_count                  302  404  403  403  404  404  403  403
GET  members:attendance_confirm                302  404  200  200  200  200  200  403
POST members:attendance_confirm                302  404  302  302  302  302  302  403
GET  members:membership_list                   302  404  403  403  200  200  403  403
POST members:membership_export                 302  404  403  403  200  200  403  403
GET  members:membership_new                    302  404  403  403  200  200  403  403
POST members:membership_new                    302  404  403  403  422  422  403  403
GET  members:membership_detail                 302  404  403  403  200  200  403  403
GET  members:membership_edit                   302  404  403  403  200  200  403  403
POST members:membership_edit                   302  404  403  403  422  422  403  403
POST members:membership_role                   302  404  403  403  422  422  403  403
POST members:membership_college                302  404  403  403  302  302  403  403
POST members:membership_end                    302  404  403  403  422  422  403  403
POST members:membership_return                 302  404  403  403  422  422  403  403
GET  members:membership_mine                   302  404  200  200  200  200  200  200
POST members:membership_renew                  302  404  409  409  409  409  409  409
GET  members:membership_certificate            302  404  200  200  200  200  200  200
GET  members:subscription_list                 302  404  403  403  200  200  403  403
POST members:subscription_note_many            302  404  403  403  422  422  403  403
POST members:subscription_open                 302  404  403  403  409  409  403  403
POST members:subscription_note                 302  404  403  403  422  422  403  403
POST members:subscription_waive                302  404  403  403  422  422  403  403
POST members:subscription_take_back            302  404  403  403  422  422  403  403
GET  members:subscription_receipt              302  404  404  404  200  200  404  404
GET  members:settings_hub                      302  404  403  403  200  200  403  403
GET  members:settings_cpts                     302  404  403  403  200  200  403  403
POST members:settings_cpts                     302  404  403  403  422  422  403  403
GET  members:college_list                      302  404  403  403  200  200  403  403
GET  members:college_new                       302  404  403  403  200  200  403  403
POST members:college_new                       302  404  403  403  422  422  403  403
GET  members:college_edit                      302  404  403  403  200  200  403  403
POST members:college_edit                      302  404  403  403  422  422  403  403
GET  members:mission_list                      302  404  403  403  200  200  403  403
GET  members:mission_new                       302  404  403  403  200  200  403  403
POST members:mission_new                       302  404  403  403  422  422  403  403
GET  members:mission_edit                      302  404  403  403  200  200  403  403
POST members:mission_edit                      302  404  403  403  422  422  403  403
GET  members:statement_show                    302  404  403  403  200  200  403  403
GET  members:statement_csv                     302  404  403  403  200  200  403  403
GET  members:statement_pdf                     302  404  403  403  200  200  403  403
GET  members:statement_mine                    302  404  200  200  200  200  200  403
GET  members:statement_certificate             302  404  403  403  200  200  403  403
GET  members:suggestion_list                   302  404  200  200  200  200  200  403
POST members:suggestion_list                   302  404  422  422  422  422  422  403
GET  members:suggestion_answer                 302  404  403  403  200  200  403  403
POST members:suggestion_answer                 302  404  403  403  422  422  403  403
GET  members:survey_list                       302  404  200  200  200  200  200  403
GET  members:survey_new                        302  404  403  403  200  200  403  403
POST members:survey_new                        302  404  403  403  422  422  403  403
GET  members:survey_answer                     302  404  404  404  200  200  404  403
POST members:survey_answer                     302  404  404  404  422  422  404  403
GET  members:survey_edit                       302  404  403  403  200  200  403  403
POST members:survey_edit                       302  404  403  403  422  422  403  403
POST members:survey_open                       302  404  403  403  409  409  403  403
POST members:survey_close                      302  404  403  403  409  403  403  403
POST members:survey_publish                    302  404  403  403  422  422  403  403
GET  members:ad_list                           302  404  200  200  200  200  200  403
GET  members:ad_new                            302  404  200  200  200  200  200  403
POST members:ad_new                            302  404  422  422  422  422  422  403
GET  members:ad_detail                         302  404  200  200  200  200  200  403
GET  members:ad_edit                           302  404  200  403  403  403  403  403
POST members:ad_edit                           302  404  422  403  403  403  403  403
POST members:ad_prolong                        302  404  302  403  403  403  403  403
POST members:ad_fill                           302  404  302  403  302  403  403  403
POST members:ad_withdraw                       302  404  302  403  302  403  403  403
GET  members:ad_talk                           302  404  302  200  200  200  200  403
POST members:ad_talk                           302  404  302  422  422  422  422  403
GET  members:ad_talk_with                      302  404  200  404  404  404  404  403
POST members:ad_talk_with                      302  404  422  404  404  404  404  403
GET  members:welcome_show                      302  404  200  200  200  200  200  403
POST members:welcome_tick                      302  404  302  409  409  409  409  403
POST members:welcome_consent                   302  404  302  409  409  409  409  403
GET  members:newcomer_list                     302  404  403  403  200  200  403  403
POST members:newcomer_start                    302  404  403  403  422  422  403  403
GET  members:newcomer_detail                   302  404  403  403  200  200  403  403
POST members:newcomer_detail                   302  404  403  403  302  302  403  403
POST members:newcomer_finish                   302  404  403  403  302  302  403  403
GET  members:welcome_step_list                 302  404  403  403  200  200  403  403
GET  members:welcome_step_new                  302  404  403  403  200  200  403  403
POST members:welcome_step_new                  302  404  403  403  422  422  403  403
GET  members:welcome_step_edit                 302  404  403  403  200  200  403  403
POST members:welcome_step_edit                 302  404  403  403  422  422  403  403
GET  members:aid_public                        200  200  200  200  200  200  200  200
GET  members:aid_list                          302  404  200  200  200  200  200  403
GET  members:aid_new                           302  404  403  403  200  200  403  403
POST members:aid_new                           302  404  403  403  422  422  403  403
GET  members:aid_edit                          302  404  403  403  200  200  403  403
POST members:aid_edit                          302  404  403  403  422  422  403  403
GET  board:minutes                             302  404  200  200  200  200  200  403
GET  board:menu                                302  404  200  200  200  200  200  403
GET  board:today                               302  404  302  200  302  200  200  200
"""

PUBLIC = """
healthz readyz home privacy accessibility text_size legal set_language demo_messages
account_login account_logout account_inactive account_signup account_email_verification_sent
account_reset_password account_confirm_login_code account_confirm_email
account_reset_password_from_key_done account_reset_password_from_key account_reset_password_done
mfa_authenticate mfa_login_webauthn admin:login patients:filing_start patients:filing_check
patients:filing_code patients:filing_done patients:filing_outside patients:filing_step
patients:private_new_link patients:private_sent patients:private_show patients:private_correct
patients:private_situation patients:private_complete patients:private_withdraw
patients:private_revoke members:directory_public_choice members:directory_public
members:directory_public_detail members:directory_public_card members:aid_public
members:demo_login
members:invitation_show
members:application_choice members:application_start members:application_place
members:application_place_remove members:application_text members:application_text_pdf
members:application_check members:application_code members:application_sent
members:application_step members:application_private members:application_leave
"""
"""The views that bear `@login_not_required`, in the order of the URLs."""

Row = tuple[str, str, tuple[int, ...]]
ROWS: list[Row] = [
    (method, name, tuple(map(int, statuses)))
    for method, name, *statuses in (line.split() for line in TABLE.strip().splitlines())
]


@dataclass(frozen=True)
class Address:
    view: Any
    captures: tuple[str, ...]


def addresses(resolver: Any = None, space: str = "", held: tuple[str, ...] = ()) -> Iterator[Any]:
    """(name, Address) of each named URL, with the captures of the parts that lead to it."""
    for pattern in (resolver or get_resolver()).url_patterns:
        captures = (*held, *pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from addresses(pattern, inner, captures)
        elif pattern.name:
            yield f"{space}{pattern.name}", Address(pattern.callback, captures)


ADDRESSES: dict[str, Address] = dict(addresses())


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """One CPTS with a request, a referral and a visitor of each kind; rolled back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        cpts = CptsFactory(slug="artois-lys")
        with open_scope(cpts=cpts):
            browser = Client(raise_request_exception=False)
            yield {"browser": browser, "sessions": sessions(cpts), "arguments": arguments(cpts)}
        transaction.set_rollback(True)


def sessions(cpts: Cpts) -> dict[str, dict[str, str]]:
    """The cookies of a visitor of each kind, logged in."""
    places = {
        role.value: (GpFactory if role == Role.PROFESSIONAL else MembershipFactory)(
            cpts=cpts, role=role
        )
        for role in Role
    }
    places["other_cpts"] = MembershipFactory(cpts=CptsFactory())
    found: dict[str, dict[str, str]] = {"anonymous": {}}
    for visitor, place in places.items():
        TOTP.activate(place.user, generate_totp_secret())
        client = Client()
        client.force_login(place.user)
        found[visitor] = {settings.SESSION_COOKIE_NAME: client.session.session_key or ""}
    return found


def arguments(cpts: Cpts) -> dict[str, Any]:
    """What the URLs' captures stand for; `pk` is that of the referral."""
    gp = Membership.objects.get(role=Role.PROFESSIONAL)
    coordinator = Membership.objects.get(role=Role.COORDINATOR)
    IntakeFactory(membership=gp)
    request = GPRequestFactory(cpts=cpts, status="referred", reference="2026-0418")
    referral = ReferralFactory(request=request, gp=gp)
    mandate = MandateFactory(membership=gp)
    begun = timezone.now() - timedelta(minutes=10)
    meeting = MeetingFactory(cpts=cpts, created_by=coordinator, starts_at=begun)
    answer = AdMessageFactory(ad__author=gp)
    return {
        "cpts": cpts.slug,
        "reference": request.reference,
        "pk": referral.pk,
        "token": notifications.open_link(request),
        "delegation": DelegationFactory(principal=gp).pk,
        "reset": FactorResetFactory(membership=gp, opened_by=coordinator).pk,
        "member": InvitedFactory(cpts=cpts, role=Role.FUNDER).pk,
        "group": mandate.group_id,
        "mandate": mandate.pk,
        "meeting": meeting.pk,
        "presence": meeting.presence_key,
        "mission": MissionFactory(cpts=cpts).pk,
        "ad": answer.ad_id,
        "correspondent": answer.correspondent_id,
        "welcome": WelcomeFactory(membership=gp).pk,
        "welcome_step": WelcomeStepFactory(cpts=cpts).pk,
        "aid": InstallationAidFactory(cpts=cpts).pk,
        "idea": ROWS_OF[Suggestion](cpts).pk,
        "poll": ROWS_OF[Survey](cpts).pk,
        "person": shown_to_all(gp),
        "practice": PracticeMemberFactory(membership=gp).practice_id,
        "year": SubscriptionFactory(cpts=cpts, membership__role=Role.PARTNER, is_paid=True).pk,
        "college": CollegeFactory(cpts=cpts).pk,
        **applying(cpts),
        **importing(cpts, coordinator),
        "slug": "pour-qui",
        "key": "x-y",
        "uidb36": "1",
        "object_id": "1",
        "content_type_id": "1",
        "app_label": "members",
    }


def applying(cpts: Cpts) -> dict[str, Any]:
    """A charter in force, with its PDF, and a candidate who waits."""
    charter = DocumentFactory(cpts=cpts, file=b"%PDF-", file_name="charte.pdf")
    waiting = ApplicationFactory(cpts=cpts)
    candidate = token_of(waiting)
    waiting.token_hash = token_hash(candidate)
    waiting.save(update_fields=["token_hash"])
    return {
        "application": waiting.pk,
        "candidate": candidate,
        "document": charter.pk,
        "place": 1,
        "step": "vous",
        "text": "charte",
    }


def importing(cpts: Cpts, coordinator: Membership) -> dict[str, Any]:
    """A file that was read, one of its lines, and a difference with the register."""
    row = ImportRowFactory(batch__cpts=cpts, batch__created_by=coordinator)
    difference = RppsDifferenceFactory(membership=coordinator)
    return {"batch": row.batch_id, "line": row.pk, "difference": difference.pk}


def shown_to_all(member: Membership) -> int:
    """The member, once in the public directory."""
    member.public_fields = [Membership.PublicField.IDENTITY]
    member.save(update_fields=["public_fields"])
    return member.pk


@pytest.fixture
def production(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED, settings.DEMO = True, False


@pytest.mark.parametrize(("method", "name", "statuses"), ROWS, ids=[f"{m} {n}" for m, n, _ in ROWS])
def test_access(
    world: dict[str, Any], production: None, method: str, name: str, statuses: tuple[int, ...]
) -> None:
    captures = {capture: world["arguments"][capture] for capture in ADDRESSES[name].captures}
    asked, browser = reverse(name, kwargs=captures), world["browser"]

    given = []
    for visitor in VISITORS:
        with transaction.atomic():
            browser.cookies.clear()
            browser.cookies.load(world["sessions"][visitor])
            response = browser.generic(method, asked)
            transaction.set_rollback(True)
        given.append(response.status_code)

    assert dict(zip(VISITORS, given, strict=True)) == dict(zip(VISITORS, statuses, strict=True))


def test_every_url_stands_in_the_table_and_every_line_is_a_url() -> None:
    assert sorted({name for _method, name, _statuses in ROWS}) == sorted(ADDRESSES)


def test_public_views_are_these_and_no_others() -> None:
    public = [
        name
        for name, address in ADDRESSES.items()
        if not getattr(address.view, "login_required", True)
    ]

    assert sorted(public) == sorted(PUBLIC.split())
