"""Where faults are ordered, read and cancelled; no part of any API, and not counted as a request."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.faults.book import Book
from sandbox.faults.orders import OrderError


def blueprint(book: Callable[[], Book], account: Callable[[], str]) -> Blueprint:
    """`account` is the account of the request's key, or raises the provider's own 401."""
    faults = Blueprint("faults", __name__, url_prefix="/_sandbox/faults")

    @faults.post("")
    def add() -> ResponseReturnValue:
        who = account()
        try:
            order = book().order(who, request.get_json(force=True, silent=True))
        except OrderError as error:
            return jsonify({"error": "VALIDATION_ERROR", "message": str(error)}), 400
        return jsonify(order.as_json()), 201

    @faults.get("")
    def read() -> ResponseReturnValue:
        return jsonify(book().as_json(account()))

    @faults.delete("")
    def clear() -> ResponseReturnValue:
        book().cancel(account())
        return "", 204

    @faults.delete("/<number>")
    def cancel(number: str) -> ResponseReturnValue:
        if not book().cancel(account(), number):
            return jsonify({"error": "NOT_FOUND", "message": "No such fault"}), 404
        return "", 204

    return faults
