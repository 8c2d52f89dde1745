from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hashed names also inside `import … from "./x.js"`, so that a release never mixes old and new modules."""

    support_js_module_import_aggregation = True
