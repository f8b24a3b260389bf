"""Stock, kits and orders: what members ask for, what leaves the shelf, who is told."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core import mail
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cpts_portal.core.models import AuditEntry, Message
from cpts_portal.core.refusals import NotPermitted, Refused
from cpts_portal.core.scoping import open_scope
from members.models import Cpts, Membership, Role
from prevention.actions import materials as actions
from prevention.actions import orders
from prevention.models import Kit, Material, MaterialOrder
from prevention.queries import materials as queries
from tests.factories import CptsFactory, GpFactory, MembershipFactory, PracticeMemberFactory
from tests.prevention.makers import KitFactory, KitItemFactory, MaterialFactory, OrderLineFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(client: Client, settings: Any) -> Callable[[Membership], Client]:
    settings.SECOND_FACTOR_REQUIRED = False

    def as_member(member: Membership) -> Client:
        client.force_login(member.user)
        return client

    return as_member


@pytest.fixture
def leaflets(cpts: Cpts) -> Material:
    made: Material = MaterialFactory(cpts=cpts, name="Dépliant Mars bleu", stock=5, low_stock=2)
    return made


def address(name: str, cpts: Cpts, *args: Any) -> str:
    return reverse(f"prevention:{name}", args=[cpts.slug, *args])


def order_of(member: Membership, material: Material, quantity: int) -> MaterialOrder:
    return orders.order({material.pk: quantity}, by=member, key=uuid.uuid4(), practice=None)


# --- Asking ---------------------------------------------------------------------------------
def test_a_member_orders_a_kit_and_a_leaflet_from_her_phone(
    cpts: Cpts, visit: Callable[[Membership], Client], gp: Membership, leaflets: Material
) -> None:
    kit = KitFactory(cpts=cpts, professions=[gp.profession_id])
    KitItemFactory(kit=kit, material=leaflets, quantity=2)
    place = PracticeMemberFactory(membership=gp, is_main=True).practice
    form = visit(gp).get(address("order_new", cpts)).context["form"]

    response = visit(gp).post(
        address("order_new", cpts),
        {
            f"kit-{kit.pk}": "2",
            f"material-{leaflets.pk}": "1",
            "practice": place.pk,
            "key": form["key"].value(),
        },
    )

    order = MaterialOrder.objects.get()
    assert response["Location"] == address("order_mine", cpts)
    assert (order.asked_by, order.practice, order.status) == (gp, place, "asked")
    assert [(line.material, line.quantity) for line in order.lines.all()] == [(leaflets, 5)]


def test_the_same_order_sent_twice_is_one(gp: Membership, leaflets: Material) -> None:
    key = uuid.uuid4()

    made = [orders.order({leaflets.pk: 2}, by=gp, key=key, practice=None) for _click in range(2)]

    assert (made[0], MaterialOrder.objects.count(), made[1].lines.count()) == (made[1], 1, 1)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Choisissez un kit ou du matériel."),
        ("0", "Choisissez un kit ou du matériel."),
        ("-3", "Écrivez un nombre de 0 à 1000."),
        ("9999999999", "Écrivez un nombre de 0 à 1000."),
        ("beaucoup", "Écrivez un nombre de 0 à 1000."),
    ],
)
def test_an_order_that_says_nothing_sensible_is_told(
    cpts: Cpts,
    visit: Callable[[Membership], Client],
    gp: Membership,
    leaflets: Material,
    typed: str,
    sentence: str,
) -> None:
    sent = {f"material-{leaflets.pk}": typed, "key": str(uuid.uuid4())}

    response = visit(gp).post(address("order_new", cpts), sent)

    assert (response.status_code, MaterialOrder.objects.count()) == (422, 0)
    assert sentence in response.content.decode()


def test_a_practice_of_somebody_else_is_not_a_place_to_leave_it(
    cpts: Cpts, visit: Callable[[Membership], Client], gp: Membership, leaflets: Material
) -> None:
    other = PracticeMemberFactory(membership=GpFactory(cpts=cpts)).practice
    sent = {f"material-{leaflets.pk}": "1", "practice": other.pk, "key": str(uuid.uuid4())}

    response = visit(gp).post(address("order_new", cpts), sent)

    assert response.status_code == 422
    assert "Choisissez un de vos lieux d’exercice." in response.content.decode()


def test_material_set_aside_meanwhile_is_told(gp: Membership, leaflets: Material) -> None:
    Material.objects.filter(pk=leaflets.pk).update(is_active=False)

    with pytest.raises(Refused, match="n’est plus proposé"):
        order_of(gp, leaflets, 1)


def test_kits_are_for_the_professions_that_they_name(cpts: Cpts, gp: Membership) -> None:
    mine, everybody, others, empty = (
        KitFactory(cpts=cpts, name=name, professions=codes)
        for name, codes in (
            ("A", [gp.profession_id]),
            ("B", []),
            ("C", ["pharmacien"]),
            ("D", []),
        )
    )
    for kit in (mine, everybody, others):
        KitItemFactory(kit=kit, material=MaterialFactory(cpts=cpts))

    assert (queries.kits_for(gp), empty.items.count()) == ([mine, everybody], 0)


def test_a_partner_orders_nothing(cpts: Cpts, leaflets: Material) -> None:
    partner = MembershipFactory(cpts=cpts, role=Role.PARTNER, organisation="Mairie")

    with pytest.raises(NotPermitted):
        order_of(partner, leaflets, 1)


# --- Handing over ---------------------------------------------------------------------------
def test_an_order_handed_over_lowers_the_stock_and_tells_who_asked(
    cpts: Cpts,
    coordinator: Membership,
    gp: Membership,
    leaflets: Material,
    django_capture_on_commit_callbacks: Any,
) -> None:
    order = order_of(gp, leaflets, 3)

    with django_capture_on_commit_callbacks(execute=True):
        orders.serve(order, by=coordinator)

    leaflets.refresh_from_db()
    trace = AuditEntry.objects.get(subject_kind="prevention.materialorder", verb="serve")
    assert (leaflets.stock, trace.source, trace.target) == (2, "asked", "served")
    assert [message.to for message in mail.outbox] == [[gp.contact_email]]
    assert "Dépliant Mars bleu\u00a0: 3 × lot de 50" in mail.outbox[0].body


def test_stock_never_goes_below_nought(
    coordinator: Membership, gp: Membership, leaflets: Material
) -> None:
    other = MaterialFactory(cpts=gp.cpts, stock=10)
    order = orders.order({other.pk: 4, leaflets.pk: 6}, by=gp, key=uuid.uuid4(), practice=None)

    with pytest.raises(Refused, match="6 demandés et 5 en stock"):
        orders.serve(order, by=coordinator)

    order.refresh_from_db()
    other.refresh_from_db()
    assert (order.status, other.stock, Message.objects.count()) == ("asked", 10, 0)


def test_too_short_a_stock_is_shown_beside_the_order(
    cpts: Cpts,
    visit: Callable[[Membership], Client],
    coordinator: Membership,
    gp: Membership,
    leaflets: Material,
) -> None:
    order = order_of(gp, leaflets, 6)
    desk = visit(coordinator)

    listed = desk.get(address("order_list", cpts)).content.decode()
    response = desk.post(address("order_serve", cpts, order.pk))

    assert "Pas assez en stock" in listed
    assert response.status_code == 409
    assert "Il n’en reste pas assez" in response.content.decode()


def test_refused_and_cancelled_orders_tell_who_asked(
    coordinator: Membership, gp: Membership, leaflets: Material
) -> None:
    refused, cancelled, own = (order_of(gp, leaflets, 1) for _one in range(3))

    orders.refuse(refused, by=coordinator)
    orders.cancel(cancelled, by=coordinator)
    orders.cancel(own, by=gp)

    purposes = Message.objects.order_by("purpose").values_list("purpose", flat=True)
    assert list(purposes) == ["prevention.order_cancelled", "prevention.order_refused"]


def test_an_order_is_settled_once(
    cpts: Cpts,
    visit: Callable[[Membership], Client],
    coordinator: Membership,
    gp: Membership,
    leaflets: Material,
) -> None:
    order = order_of(gp, leaflets, 1)
    desk = visit(coordinator)

    answers = [
        desk.post(address(name, cpts, order.pk)).status_code
        for name in ("order_serve", "order_serve", "order_refuse", "order_cancel")
    ]

    leaflets.refresh_from_db()
    assert (answers, leaflets.stock) == ([302, 409, 409, 409], 4)


def test_somebody_else_does_not_cancel_an_order(
    cpts: Cpts, visit: Callable[[Membership], Client], gp: Membership, leaflets: Material
) -> None:
    order = order_of(GpFactory(cpts=cpts), leaflets, 1)

    response = visit(gp).post(address("order_cancel", cpts, order.pk))

    order.refresh_from_db()
    assert (response.status_code, order.status) == (404, "asked")


@pytest.mark.django_db(transaction=True)
def test_of_ten_orders_served_at_once_the_stock_serves_five() -> None:
    cpts = CptsFactory()
    with open_scope(cpts=cpts):
        coordinator = MembershipFactory(cpts=cpts, role=Role.COORDINATOR)
        gp, material = GpFactory(cpts=cpts), MaterialFactory(cpts=cpts, stock=5)
        waiting = [order_of(gp, material, 1) for _one in range(10)]

    def serve(order: MaterialOrder) -> str:
        try:
            with open_scope(cpts=cpts):
                return str(orders.serve(order, by=coordinator).status)
        except Refused:
            return "refused"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as threads:
        answers = sorted(threads.map(serve, waiting))

    with open_scope(cpts=cpts):
        material.refresh_from_db()
    assert (answers, material.stock) == (["refused"] * 5 + ["served"] * 5, 0)


# --- The shelf ------------------------------------------------------------------------------
def test_what_runs_low_stands_first(cpts: Cpts, gp: Membership, leaflets: Material) -> None:
    full = MaterialFactory(cpts=cpts, name="Affiche", stock=50, low_stock=5)
    gone = MaterialFactory(cpts=cpts, name="Bracelet", stock=0, is_active=False)
    Material.objects.filter(pk=leaflets.pk).update(stock=2)
    order_of(gp, full, 7)

    shelf = [(one.name, one.rank, one.asked) for one in queries.stock()]

    assert shelf == [("Dépliant Mars bleu", 0, 0), ("Affiche", 1, 7), (gone.name, 2, 0)]


@pytest.mark.parametrize(("gesture", "left"), [("received", 25), ("counted", 20)])
def test_stock_is_received_or_counted(
    cpts: Cpts,
    visit: Callable[[Membership], Client],
    coordinator: Membership,
    leaflets: Material,
    gesture: str,
    left: int,
) -> None:
    sent = {"gesture": gesture, "quantity": "20"}

    response = visit(coordinator).post(address("material_stock", cpts, leaflets.pk), sent)

    leaflets.refresh_from_db()
    assert (response.status_code, leaflets.stock) == (302, left)


def test_a_shelf_that_no_room_could_hold_is_told(coordinator: Membership, cpts: Cpts) -> None:
    material = MaterialFactory(cpts=cpts, stock=999_999)

    with pytest.raises(Refused):
        actions.receive(material, 5, by=coordinator)


def test_a_name_is_taken_once(
    cpts: Cpts, visit: Callable[[Membership], Client], coordinator: Membership, leaflets: Material
) -> None:
    sent = {"name": leaflets.name, "unit": "boîte", "stock": "3", "low_stock": "0"}

    response = visit(coordinator).post(address("material_new", cpts), sent)

    shown = response.content.decode()
    assert (response.status_code, Material.objects.count()) == (409, 1)
    assert "Ce matériel existe déjà." in shown
    assert 'value="boîte"' in shown


def test_a_kit_is_composed_then_changed(
    cpts: Cpts, visit: Callable[[Membership], Client], coordinator: Membership, leaflets: Material
) -> None:
    desk = visit(coordinator)
    sent = {"name": "Kit pharmacie", f"material-{leaflets.pk}": "3", "is_active": "on"}
    desk.post(address("kit_new", cpts), sent)
    kit = Kit.objects.get()

    desk.post(address("kit_edit", cpts, kit.pk), {**sent, f"material-{leaflets.pk}": "4"})

    assert [(item.material, item.quantity) for item in kit.items.all()] == [(leaflets, 4)]


def test_an_empty_kit_is_told(
    cpts: Cpts, visit: Callable[[Membership], Client], coordinator: Membership, leaflets: Material
) -> None:
    response = visit(coordinator).post(address("kit_new", cpts), {"name": "Kit vide"})

    assert (response.status_code, Kit.objects.count()) == (422, 0)
    assert "Un kit contient au moins un matériel." in response.content.decode()


def test_a_professional_does_not_keep_the_stock(gp: Membership, leaflets: Material) -> None:
    with pytest.raises(NotPermitted):
        actions.count(leaflets, 5, by=gp)


@pytest.mark.parametrize("name", ["material_list", "order_list", "order_mine", "order_new"])
def test_lists_cost_the_same_for_one_order_and_three(
    cpts: Cpts, visit: Callable[[Membership], Client], coordinator: Membership, name: str
) -> None:
    desk = visit(coordinator)

    def one_more() -> None:
        kit = KitFactory(cpts=cpts)
        line = OrderLineFactory(order__asked_by=coordinator)
        KitItemFactory(kit=kit, material=line.material)

    one_more()
    desk.get(address(name, cpts))
    with CaptureQueriesContext(connection) as alone:
        desk.get(address(name, cpts))
    one_more()
    one_more()

    with CaptureQueriesContext(connection) as together:
        desk.get(address(name, cpts))

    assert len(together) == len(alone)
