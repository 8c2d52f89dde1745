"""Routes without state: health and the lists."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from sandbox.submagic.access import guarded
from sandbox.submagic.catalogue import HOOK_TEMPLATES, LANGUAGES, TEMPLATES
from sandbox.submagic.context import context

health = Blueprint("health", __name__)
lists = Blueprint("lists", __name__)


@health.get("/health")
def healthy() -> ResponseReturnValue:
    return jsonify({"status": "healthy", "service": "submagic-public-api", "timestamp": context().now()})


@lists.get("/languages")
@guarded("lists")
def languages() -> ResponseReturnValue:
    return jsonify({"languages": [{"name": name, "code": code} for name, code in LANGUAGES]})


@lists.get("/templates")
@guarded("lists")
def templates() -> ResponseReturnValue:
    return jsonify({"templates": list(TEMPLATES)})


@lists.get("/hook-title/templates")
@guarded("lists")
def hook_templates() -> ResponseReturnValue:
    return jsonify({"templates": list(HOOK_TEMPLATES)})
