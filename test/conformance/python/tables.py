"""tables.json of the kit: the only source of rules of this port."""

import json
import pathlib

KIT = pathlib.Path(__file__).resolve().parent.parent
TABLES = json.loads((KIT / "tables.json").read_text(encoding="utf-8"))
