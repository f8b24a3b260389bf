from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse

from cpts_portal.core.refusals import NotPermitted
from members.access import role_required
from members.models import Membership, Role


@role_required(Role.COORDINATOR, Role.SECRETARY)
def view(request: HttpRequest, cpts: str) -> HttpResponse:
    return HttpResponse(cpts)


def request_of(role: Role) -> HttpRequest:
    request = HttpRequest()
    request.membership = Membership(role=role)
    return request


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.SECRETARY])
def test_role_required_lets_its_roles_in(role: Role) -> None:
    assert view(request_of(role), cpts="artois-lys").content == b"artois-lys"


@pytest.mark.parametrize("role", [Role.PROFESSIONAL, Role.BOARD, Role.PARTNER, Role.FUNDER])
def test_role_required_refuses_the_others(role: Role) -> None:
    with pytest.raises(NotPermitted, match="rôle"):
        view(request_of(role), cpts="artois-lys")
