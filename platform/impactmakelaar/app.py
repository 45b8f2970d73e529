"""Makes the application: settings, database, web layer, features. Nothing happens at import."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from impactmakelaar import config, daily, home, retention, serve
from impactmakelaar.accounts import identity
from impactmakelaar.accounts import services as accounts_services
from impactmakelaar.accounts import views as accounts_views
from impactmakelaar.admission import cli as admission_cli
from impactmakelaar.admission import queries_certificates as admission_queries
from impactmakelaar.admission import (
    rules_words,
    views_bulk,
    views_decision,
    views_meeting,
    views_policy,
    views_proposals,
)
from impactmakelaar.admission import views_desk as admission_desk
from impactmakelaar.admission import views_standing as admission_views_standing
from impactmakelaar.badges import cli as badges_cli
from impactmakelaar.badges import services as badges_services
from impactmakelaar.badges import views as badges_views
from impactmakelaar.core import limits, mail, reference, reference_cli, trail
from impactmakelaar.core.db import db, prepare_engine
from impactmakelaar.core.jobs import Paced, Worker
from impactmakelaar.intake import cli as intake_cli
from impactmakelaar.intake import permissions as intake_permissions
from impactmakelaar.intake import queries as intake_queries
from impactmakelaar.intake import services_outcome as intake_outcomes
from impactmakelaar.intake import services_plan as intake_services
from impactmakelaar.intake import views as intake_views
from impactmakelaar.intake import views_day as intake_views_day
from impactmakelaar.intake import views_desk as intake_desk
from impactmakelaar.intake import views_participant as intake_views_participant
from impactmakelaar.intake import views_plan as intake_views_plan
from impactmakelaar.intake.models import IntakeTable
from impactmakelaar.organisations import cli as organisations_cli
from impactmakelaar.organisations import queries as organisations_queries
from impactmakelaar.organisations import services as organisations_services
from impactmakelaar.organisations import views_staff as organisations_views_staff
from impactmakelaar.organisations.rules import STAFF, Role
from impactmakelaar.profiles import cli as profiles_cli
from impactmakelaar.profiles import services as profiles_services
from impactmakelaar.profiles import views_activities as profiles_views_activities
from impactmakelaar.profiles import views_certificates as profiles_views_certificates
from impactmakelaar.profiles import views_proposals as profiles_views_proposals
from impactmakelaar.profiles import views_staff as profiles_views_staff
from impactmakelaar.proposals import views as proposals_views
from impactmakelaar.register import cli as register_cli
from impactmakelaar.register import permissions as register_permissions
from impactmakelaar.register import queries as register_queries
from impactmakelaar.register import services as register_services
from impactmakelaar.register import services_found, services_index
from impactmakelaar.register import views_keeping as register_views
from impactmakelaar.register import views_region as register_views_region
from impactmakelaar.register.models import Shortlist
from impactmakelaar.social_return import cli as social_return_cli
from impactmakelaar.social_return import permissions as social_return_permissions
from impactmakelaar.social_return import views as social_return_views
from impactmakelaar.social_return import views_desk as social_return_desk
from impactmakelaar.social_return import views_effort as social_return_views_effort
from impactmakelaar.social_return import views_officer as social_return_views_officer
from impactmakelaar.social_return import views_proposals as social_return_views_proposals
from impactmakelaar.social_return import views_rules as social_return_views_rules
from impactmakelaar.social_return import views_search as social_return_views_search
from impactmakelaar.social_return.models import Contract
from impactmakelaar.tenders import cli as tenders_cli
from impactmakelaar.tenders import permissions as tenders_permissions
from impactmakelaar.tenders import services_running as tenders_services
from impactmakelaar.tenders import views_desk as tenders_desk
from impactmakelaar.tenders import views_proposals as tenders_views_proposals
from impactmakelaar.tenders import views_supplier as tenders_views
from impactmakelaar.tenders.models import Tender
from impactmakelaar.toolbox import cli as toolbox_cli
from impactmakelaar.toolbox import views_people as toolbox_views
from impactmakelaar.web import (
    assets,
    errors,
    filters,
    headers,
    kept,
    labels,
    logs,
    navigation,
    tasks,
    uploads,
)

ROOT = Path(__file__).resolve().parents[2]
MIGRATIONS = Path(__file__).resolve().parent / "migrations"

BLUEPRINTS = (
    home.bp,
    accounts_views.bp,
    organisations_views_staff.bp,
    proposals_views.bp,
    *dict.fromkeys(
        pages.bp
        for pages in (
            profiles_views_activities,
            profiles_views_certificates,
            profiles_views_staff,
            profiles_views_proposals,
        )
    ),
    *dict.fromkeys(
        pages.bp
        for pages in (views_bulk, views_decision, views_meeting, views_policy, views_proposals)
    ),
    admission_views_standing.bp,
    badges_views.bp,
    *dict.fromkeys(pages.bp for pages in (register_views, register_views_region)),
    *dict.fromkeys(
        pages.bp
        for pages in (
            social_return_views,
            social_return_views_officer,
            social_return_views_effort,
            social_return_views_rules,
            social_return_views_proposals,
            social_return_views_search,
            intake_views,
            intake_views_day,
            intake_views_participant,
            intake_views_plan,
        )
    ),
    *dict.fromkeys(pages.bp for pages in (tenders_views, tenders_views_proposals)),
    toolbox_views.bp,
)

migrate = Migrate(directory=str(MIGRATIONS), render_as_batch=True, compare_type=True)
csrf = CSRFProtect()


class UnsafeSettings(Exception):  # noqa: N818
    """The settings are not fit for production; the message lists which."""


def create_app(settings: dict[str, Any] | None = None) -> Flask:
    """The application for these settings (or those of the environment).

    :raises UnsafeSettings: for an unknown mode, and in production mode when a setting is missing
        or dangerous.
    """
    given = settings or {}
    instance = Path(
        given.get("INSTANCE") or os.environ.get(config.PREFIX + "INSTANCE") or ROOT / "instance"
    )
    app = Flask(
        "impactmakelaar",
        root_path=str(ROOT),
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static" / "dist"),
        static_url_path="/static",
        instance_path=str(instance),
    )
    load_settings(app, given, instance)
    wire_core(app)
    wire_web(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app


def load_settings(app: Flask, given: dict[str, Any], instance: Path) -> None:
    """Defaults, then the mode's, ``instance/config.py``, the environment, and what was given."""
    environment = config.from_environment(os.environ) if not given else {}
    mode = given.get("MODE") or environment.get("MODE") or config.DEFAULTS["MODE"]
    if mode not in config.MODES:
        known = ", ".join(config.MODES)
        raise UnsafeSettings(f"refusing to start:\n- IMPACT_MODE is {mode!r}; known are {known}")
    settings = dict(config.DEFAULTS)
    if mode == "development":
        settings |= config.development_settings(instance)
    app.config.from_mapping(settings)
    if not given:
        app.config.from_pyfile(str(instance / "config.py"), silent=True)
    app.config.update(environment | given | {"MODE": mode})
    if mode == "production":
        wrong = config.unsafe_settings(app.config)
        if wrong:
            raise UnsafeSettings("refusing to start:\n- " + "\n- ".join(wrong))
    chosen = {name: app.config[name] for name in config.DEFAULTS}
    app.config.update(config.complete(chosen, instance))


def wire_core(app: Flask) -> None:
    """Database, migrations, reference tables, worker."""
    Path(app.instance_path).mkdir(parents=True, exist_ok=True)
    db.init_app(app)
    migrate.init_app(app, db)
    with app.app_context():
        prepare_engine(db.engine)
    reference.configure(ROOT / "content", Path(app.instance_path))
    for commands in (
        reference_cli,
        organisations_cli,
        profiles_cli,
        admission_cli,
        badges_cli,
        register_cli,
        social_return_cli,
        intake_cli,
        tenders_cli,
        daily,
        retention,
        toolbox_cli,
        serve,
    ):
        commands.init_app(app)
    worker = Worker()
    worker.rounds["mail"] = lambda now: mail.send_waiting(mail.transport_from_config(), now)
    worker.apart.add("mail")
    worker.rounds["resets"] = accounts_services.answer_resets
    worker.rounds["limits"] = Paced(timedelta(hours=1), limits.sweep)
    worker.rounds["index"] = services_index.update_index
    worker.rounds["badges"] = Paced(
        timedelta(seconds=5), badges_services.Follower(admission_queries.regions)
    )
    worker.rounds["alerts"] = Paced(timedelta(minutes=10), register_services.send_alerts)
    worker.rounds["capacity"] = Paced(timedelta(hours=1), profiles_services.remind_of_capacity)
    worker.rounds["follow_ups"] = Paced(timedelta(hours=1), intake_outcomes.follow_up_round)
    worker.rounds["deadlines"] = Paced(timedelta(hours=1), tenders_services.remind_of_deadlines)
    worker.rounds["found"] = Paced(timedelta(minutes=1), services_found.fold_found)
    worker.rounds["retention"] = Paced(timedelta(days=1), retention.daily_round)
    worker.kinds[intake_queries.PROPOSE] = intake_services.run_proposal
    app.extensions["worker"] = worker
    app.extensions["enterprise_figures"] = register_queries.enterprise_figures
    trail.NAMED.update(
        tender=trail.Named(Tender, "title", tenders_permissions.may_see, "organisation_id"),
        social_contract=trail.Named(Contract, "title", social_return_permissions.may_see),
        intake_table=trail.Named(IntakeTable, "title", intake_permissions.organises, "region_id"),
        shortlist=trail.Named(
            Shortlist, "name", register_permissions.may_use_shortlist, "organisation_id"
        ),
    )
    if register_services.take_over not in organisations_services.TAKEOVERS:
        organisations_services.TAKEOVERS.append(register_services.take_over)
    if profiles_services.carry_draft not in organisations_services.MERGES:
        organisations_services.MERGES.append(profiles_services.carry_draft)


def wire_web(app: Flask) -> None:
    """Headers, logs, guards' user, forms, errors, templates."""
    if app.config["PROXY_COUNT"]:
        count = app.config["PROXY_COUNT"]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]
    uploads.init_app(app)
    headers.init_app(app)
    logs.init_app(app)
    csrf.init_app(app)
    identity.init_app(app)
    identity.use_roles(organisations_queries.acting)
    errors.init_app(app)
    filters.init_app(app)
    kept.init_app(app)
    labels.init_app(app)
    app.jinja_env.globals.update(
        standing_label=rules_words.label,
        standing_tag=rules_words.tag,
        standing_sentence=rules_words.sentence,
        standing_kind=rules_words.kind,
    )
    assets.init_app(app)
    navigation.add(
        navigation.Item("Ondernemingen", "register.search", order=10),
        navigation.Item("Shortlists", "register.shortlists", register_views.MAY_KEEP, 20),
        navigation.Item("Zoekopdrachten", "register.saved_searches", register_views.MAY_KEEP, 30),
        navigation.Item("Opdrachten", "tenders.index", tenders_views.MENU["tenders.index"], 15),
        navigation.Item(
            "Uitnodigingen", "tenders.invitations", tenders_views.MENU["tenders.invitations"], 35
        ),
        navigation.Item("Uw profiel", "profiles.own", (Role.ENTREPRENEUR,), 40),
        navigation.Item("Toelating", "admission.own", (Role.ENTREPRENEUR,), 42),
        navigation.Item("Commissie", "admission.desk", views_meeting.DOSSIER_ROLES, 45),
        navigation.Item("Badge", "standing.own", (Role.ENTREPRENEUR,), 45),
        navigation.Item("Intaketafel", "intake.index", intake_views.EVERYBODY, 48),
        navigation.Item("Social return", "social_return.desk", social_return_views.READERS, 46),
        navigation.Item("Regio", "organisations.staff_desk", STAFF, 50),
        navigation.Item("Toolbox", "toolbox.overview", order=80),
        navigation.Item("Uitleg", "home.guide_index", order=90),
    )
    navigation.init_app(app)
    tasks.add(
        admission_desk.committee_tasks,
        admission_desk.verifying_tasks,
        admission_desk.enterprise_tasks,
        tenders_desk.request_tasks,
        social_return_desk.officer_tasks,
        social_return_desk.contractor_tasks,
        intake_desk.invitation_tasks,
        home.link_tasks,
        home.proposal_tasks,
    )
