"""Command line: `python -m al_core COMMAND`, each with `--help`."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from al_core import catalogue, configfile, presets
from al_core.errors import BadInput, WorkbenchError

MODEL = (
    "a promoted model's name or name:version, a run's id (its best round on validation, or run:round), a "
    "labelling session's id (its newest model, or session:version), or the folder of an export"
)
LISTS = (
    "strategies",
    "wrappers",
    "starters",
    "classifiers",
    "calibration",
    "features",
    "stopping",
    "oracles",
    "corpora",
)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m al_core", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, words: str, *, as_json: bool = True) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=words, description=words)
        if as_json:
            made.add_argument("--json", action="store_true", help="one JSON value as the last line of stdout")
        return made

    run = command("run", "Run an experiment in the foreground.")
    run.add_argument("config", nargs="?", type=Path, help="a .toml or .json config")
    run.add_argument("--preset", help=f"one of {', '.join(presets.PRESETS)}")
    run.add_argument(
        "--set",
        nargs="+",
        action="extend",
        default=[],
        metavar="KEY=VALUE",
        help="change a setting, e.g. cycle.rounds=1",
    )
    run.add_argument("--store", help="URL of the store (default: AL_STORE_URL, else SQLite in AL_HOME)")

    command("presets", "List the presets.")
    for kind in LISTS:
        command(kind, f"List the {catalogue.REGISTRIES[kind].kind} entries and their parameters.")

    worker = command("worker", "Carry out a queued run (the app starts this by itself).", as_json=False)
    worker.add_argument("run", help="the run's id")
    prepare = command(
        "prepare", "Read a corpus into the cache (the app starts this by itself).", as_json=False
    )
    prepare.add_argument("key", help="the corpus's key in the store")
    train = command(
        "train", "Learn behind a labelling session (the app starts this by itself).", as_json=False
    )
    train.add_argument("session", help="the session's id")
    labels = command("labels", "Write the labels of a labelling session to a file.")
    labels.add_argument("session", help="the session's id")
    labels.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="ends in .csv, .jsonl, .ndjson or .parquet"
    )
    labels.add_argument(
        "--kind",
        choices=("labels", "answers", "events"),
        default="answers",
        help="what counts for each text, what each person says (default), or the whole history",
    )
    simulate = command("simulate", "Let an oracle label in a session, from the corpus's own labels.")
    simulate.add_argument("session", help="the session's id")
    simulate.add_argument("--labels", type=int, default=100, help="how many texts to answer (default: 100)")
    simulate.add_argument(
        "--pace",
        type=float,
        default=0.0,
        help="seconds between two answers, while the session's own trainer learns; "
        "0 (default): as fast as it goes, learning in between",
    )
    sweep = command("sweep", "Run strategies, models, corpora and seeds against each other.")
    sweep.add_argument("what", metavar="FILE", help="a .toml or .json of settings; or a sweep's id, to go on")
    sweep.add_argument(
        "--seeds", nargs="+", type=int, default=[], help="instead of the file's; more, for an id"
    )
    report = command("report", "Write the comparison of a sweep's runs to a file.")
    report.add_argument("sweep", nargs="?", help="the sweep's id")
    report.add_argument("--runs", nargs="+", default=[], metavar="ID", help="instead of a sweep, runs")
    report.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="ends in .html, or in .zip for everything"
    )
    report.add_argument("--metric", default="accuracy", help="accuracy (default), macro_f1, imbalance, ...")
    report.add_argument(
        "--target",
        help="count labels to a score of the metric, e.g. 0.85; or to a share of the way from the most "
        "frequent class to all labels, e.g. 90%% (default, where there is a way)",
    )
    report.add_argument("--fn-price", metavar="PRICE", help="of a false negative, for --metric cost")
    report.add_argument("--fp-price", metavar="PRICE", help="of a false positive, for --metric cost")
    command("models", "List the promoted models.")
    export = command("export", "Write a model to a folder or a .zip that needs none of this.")
    export.add_argument("model", help=MODEL)
    export.add_argument("out", type=Path, metavar="DIR", help="a new folder, or a file that ends in .zip")
    promote = command("promote", "Prepare a promoted model (the app starts this by itself).", as_json=False)
    promote.add_argument("name", help="the model's name")
    promote.add_argument("version", type=int, help="its version")
    serve = command("serve", "Put an exported model behind HTTP.", as_json=False)
    serve.add_argument("model", help=MODEL)
    serve.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1, this machine only")
    serve.add_argument("--port", type=int, default=8000, help="default: 8000; 0: any that is free")
    serve.add_argument(
        "--token",
        help="what clients must send as a bearer token (default: AL_SERVE_TOKEN; else, beyond this machine, "
        "one is made and printed)",
    )
    story = command("story", "Write the story for stakeholders to a file that works without a network.")
    story.add_argument("--out", type=Path, metavar="FILE", help="ends in .html; with --make, in .json")
    story.add_argument("--sweep", help="the id of a finished sweep to tell it of (default: the shipped demo)")
    story.add_argument("--make", action="store_true", help="run the demo's sweep anew, and keep its numbers")
    command("doctor", "Report versions, devices, store, data folder and what takes its room.")
    clean = command("clean", "Remove what can be computed again or is of no more use from the data folder.")
    clean.add_argument("--dry-run", action="store_true", help="only list what would go")
    clean.add_argument(
        "--days",
        type=int,
        default=30,
        metavar="N",
        help="keep features and logs that were used within so many days (default: 30)",
    )
    return parser


def _list(options: argparse.Namespace) -> int:
    if options.command == "presets":
        rows: list[dict[str, Any]] = [
            {
                "name": each.name,
                "title": each.title,
                "help": each.help,
                "parameters": each.config.model_dump(mode="json"),
            }
            for each in presets.PRESETS.values()
        ]
    else:
        rows = [entry.describe() for entry in catalogue.REGISTRIES[options.command].values()]
    if options.json:
        print(json.dumps(rows))
        return 0
    for row in rows:
        print(f"{row['name']}: {row['title']}. {row['help']}")
        if row.get("caution"):
            print(f"    Caution: {row['caution']}")
        for parameter in row["parameters"] if options.command != "presets" else ():
            print(f"    {parameter['name']} = {parameter['default']!r}: {parameter['help']}")
    return 0


def _run(options: argparse.Namespace) -> int:
    from al_core.workbench import Workbench
    from al_core.worker import process
    from al_core.worker.run import run

    if (options.config is None) == (options.preset is None):
        raise BadInput("Give either a config file or --preset NAME.")
    config = configfile.load(options.config) if options.config else presets.preset(options.preset).config
    config = configfile.override(config, options.set)
    if options.store:
        os.environ["AL_STORE_URL"] = options.store
    bench = Workbench()
    run_id = bench.create(config, owner=process.this())
    print(f"Run {run_id}: {config.name}", file=sys.stderr)
    state = run(bench.store, run_id, echo=lambda line: print(line, file=sys.stderr, flush=True))
    outcome = bench.outcome(run_id)
    if options.json:
        print(json.dumps(outcome))
    else:
        _print_rounds(outcome)
    if state != "finished":
        message = bench.run(run_id).message
        print(f"The run is {state}. {message}", file=sys.stderr)
    return 0 if state == "finished" else 1


def _print_rounds(outcome: dict[str, Any]) -> None:
    print(f"{'round':>8} {'labels':>8} {'accuracy':>9} {'FN':>6} {'FP':>6} {'loss':>7}")
    baseline = outcome["baseline_full"]
    for row in [*([{**baseline, "round": "all"}] if baseline else []), *outcome["rounds"]]:
        test = row["test"]
        print(
            f"{row['round']:>8} {row['labels']:>8,} {test['accuracy']:>9.4f} {test['fn']:>6} {test['fp']:>6} "
            f"{test['loss']:>7.4f}"
        )
    if rounds := outcome["rounds"]:
        print(f"and {rounds[-1]['validation']['n']:,} validation labels, the same in every round")


def _worker(options: argparse.Namespace) -> int:
    from al_core.workbench import Workbench
    from al_core.worker.run import run

    return 0 if run(Workbench().store, options.run) != "failed" else 1


def _prepare(options: argparse.Namespace) -> int:
    from al_core.workbench import Workbench
    from al_core.worker.prepare import prepare

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    return 0 if prepare(Workbench().store, options.key) == "ready" else 1


def _train(options: argparse.Namespace) -> int:
    from al_core.workbench import Workbench
    from al_core.worker.train import train

    return 0 if train(Workbench().store, options.session) else 1


def _labels(options: argparse.Namespace) -> int:
    from al_core.commands.labels import labels

    return labels(options.session, options.out, options.kind, options.json)


def _simulate(options: argparse.Namespace) -> int:
    from al_core.commands.simulate import simulated

    return simulated(options.session, options.labels, options.pace, options.json)


def _sweep(options: argparse.Namespace) -> int:
    from al_core.commands.sweep import sweep

    return sweep(options.what, options.seeds, options.json)


def _report(options: argparse.Namespace) -> int:
    from al_core.commands.report import report

    prices = options.fn_price, options.fp_price
    return report(
        options.sweep, options.out, options.json, options.runs, options.metric, options.target, prices
    )


def _models(options: argparse.Namespace) -> int:
    from al_core.commands.models import listed

    return listed(options.json)


def _export(options: argparse.Namespace) -> int:
    from al_core.commands.models import exported

    return exported(options.model, options.out, options.json)


def _promote(options: argparse.Namespace) -> int:
    from al_core.workbench import Workbench
    from al_core.worker.promote import promote

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    return 0 if promote(Workbench().store, options.name, options.version) == "ready" else 1


def _serve(options: argparse.Namespace) -> int:
    from al_core.commands.serve import serve

    return serve(options.model, options.host, options.port, options.token)


def _story(options: argparse.Namespace) -> int:
    from al_core.commands.story import story

    return story(options.make, options.sweep, options.out, options.json)


def _doctor(options: argparse.Namespace) -> int:
    from al_core.doctor import report

    found = report()
    if options.json:
        print(json.dumps(found))
        return 0
    for title, value in found.items():
        lines = [f"{key}: {each}" for key, each in value.items()] if isinstance(value, dict) else [str(value)]
        print(f"{title}\n" + "\n".join(f"    {line}" for line in lines))
    return 0


def _clean(options: argparse.Namespace) -> int:
    from al_core.commands.clean import clean

    return clean(options.days, options.dry_run, options.json)


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; 0 done, 1 failed, 2 bad input. Errors go to stderr in one sentence."""
    options = _parser().parse_args(words)
    commands = {
        "run": _run,
        "worker": _worker,
        "prepare": _prepare,
        "train": _train,
        "labels": _labels,
        "simulate": _simulate,
        "sweep": _sweep,
        "report": _report,
        "models": _models,
        "export": _export,
        "promote": _promote,
        "serve": _serve,
        "story": _story,
        "doctor": _doctor,
        "clean": _clean,
    }
    try:
        return commands.get(options.command, _list)(options)
    except BadInput as error:
        print(error, file=sys.stderr)
        return 2
    except WorkbenchError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. The run can be resumed on its page.", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
