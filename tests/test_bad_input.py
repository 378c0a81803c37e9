"""Bad input: exit code 2, one line that helps, no traceback, nothing written."""

import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import engagesim
from engagesim.scenarios.files import MAX_BYTES
from engagesim.sim.main import main

BOMB = "a: &a [1, 1]\n" + "".join(
    f"{new}: &{new} [*{old}, *{old}, *{old}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
FILES = {
    "mine.yaml": b"points:\n  earn: 0.02\n",
    "flywheel.yaml": b"points:\n  earn: 0.02\n",
    "typo.yaml": b"# my own\nservice:\n  human: 0.6\n  recovry: 0.8\n",
    "range.yaml": b"service:\n  human: 0.6\n\ncommunity:\n  capacity: 1.5\n",
    "month.yaml": b"changes:\n- month: 3\n  set: {service.human: 0.2}\n- month: soon\n  set: {}\n",
    "lever.yaml": b"points: {earn: 0.01}\nchanges:\n- month: 3\n  set: {service.humen: 0.2}\n",
    "malformed.yaml": b"points:\n  earn: 0.02\n  goal: [4\nservice:\n",
    "twice.yaml": b"points:\n  earn: 0.02\n  earn: 0.03\n",
    "header.yaml": b"# copied\n# @package strategies.flywheel\npoints: {earn: 0.01}\n",
    "defaults.yaml": b"about: x\ndefaults:\n- flywheel\n",
    "interpolated.yaml": b"points:\n  earn: ${seed}\n",
    "target.yaml": b"points:\n  _target_: os.system\n",
    "tagged.yaml": b"points: !!python/object/apply:os.system [ls]\n",
    "list.yaml": b"- points\n",
    "prose.yaml": b"We give points.\n",
    "empty.yaml": b"# nothing yet\n",
    "binary.yaml": b"\xff\xfe\x00\x01",
    "control.yaml": b"points: \x01\n",
    "large.yaml": b"# " + b"x" * MAX_BYTES,
    "bomb.yaml": BOMB.encode(),
    "deep.yaml": b"[" * 100_000,
    "my-plan.yaml": b"points: {earn: 0.01}\n",
    "plan.txt": b"points: {earn: 0.01}\n",
    "folder.yaml/inside": b"",
    "edges.csv": b"one,other\n0,1\n",
    "kept.csv": b"period,surviving_percent\n0,100\n1,60\n2,45\n3,40\n",
    "rising.csv": b"period,surviving_percent\n0,100\n1,60\n2,65\n3,40\n",
    "negative.csv": b"period,surviving_percent\n0,100\n-1,60\n2,45\n3,40\n",
    "blank.csv": b"",
    "orders.csv": b"customer_id,date,amount\na,2024-01-01,5\na,2024-03-01,5\nb,2024-02-01,5\n"
    b"c,2024-02-03,5\nc,2024-04-01,8\n",
    "nameless.csv": b"customer_id,day,amount\na,2024-01-01,5\n",
    "doubled.csv": b"customer_id,date,date,amount\na,2024-01-01,2024-01-01,5\n",
    "dates.csv": b"customer_id,date,amount\na,soon,5\nb,later,5\n",
    "alone.csv": b"customer_id,date,amount\na,2024-01-01,5\na,2024-03-01,5\n",
    "once.csv": b"customer_id,date,amount\na,2024-01-01,5\nb,2024-03-01,5\n",
    "day.csv": b"customer_id,date,amount\na,2024-01-01,5\nb,2024-01-01,5\n",
    "configs/experiment.yaml": b"defaults: [config, _self_]\nhorizn: 24\n",
    "configs/missing.yaml": b"defaults: [config, _self_]\nhorizon: ???\n",
    "configs/nowhere.yaml": b"defaults:\n- config\n- override /market: telecon\n- _self_\n",
    "configs/listed.yaml": b"defaults: [config, _self_]\nstrategies: {flywhel: {about: x}}\n",
    "configs/market/bad.yaml": b"gross_margin: 2\n",
    "aliased/mine.yaml": BOMB.encode(),
    "broken/mine.yaml": b"horizon: 24\nseed: [1\n",
    "doubled/mine.yaml": b"horizon: 24\nhorizon: 36\n",
    "numbers/mine.yaml": b"- 1\n",
    "settings/mine.yaml": b"horizon: 24\nhydra:\n  searchpath: [x]\n",
    "unlisted/mine.yaml": b"defaults: config\n",
    "shadowing/strategy/flywheel.yaml": b"points: {earn: 0.02}\n",
}

CASES = [
    # keys
    ("populaton.size=5", "populaton.size: no such key; did you mean population.size?"),
    ("trust_gain=0.05", "did you mean coefficients.trust.trust_gain?"),
    ("Horizon=24", "did you mean horizon?"),
    ("market.gross_margin.x=1", "market.gross_margin.x: no such key"),
    ("strategies.flywheel.service.recovry=0.8", "mean strategies.flywheel.service.recovery?"),
    ("strategies.flywhel.service.recovery=0.8", "did you mean 'flywheel'? (flywheel, points_only)"),
    ("strategies={cheap: {}}", "'cheap'", "(flywheel, points_only)"),
    ("+horizn=24", "no key can be added"),
    ("~horizon", "no key can be removed"),
    ("hydra.run.dir=x", "hydra.run.dir=x", "not available"),
    ("market@other=telecom", "not available"),
    # values
    ("horizon=0", "horizon: got 0, allowed whole numbers 1 to 1200"),
    ("horizon=soon", "horizon: got 'soon', allowed whole numbers 1 to 1200"),
    ("horizon=2.5", "horizon: got 2.5, allowed whole numbers 1 to 1200"),
    ("horizon=true", "horizon: got true, allowed whole numbers 1 to 1200"),
    ("horizon='24'", "horizon: got '24', allowed whole numbers 1 to 1200"),
    ("horizon=", "horizon: got nothing, allowed whole numbers 1 to 1200"),
    ("horizon=null", "horizon: got null, allowed whole numbers 1 to 1200"),
    ("horizon=[1,2]", "horizon: got [1, 2], allowed whole numbers 1 to 1200"),
    ("horizon={a: 1}", "horizon: got {'a': 1}, allowed whole numbers 1 to 1200"),
    ("horizon=12,24", "horizon=12,24: got several values, allowed is one"),
    ("population.size=0", "population.size: got 0, allowed whole numbers 1 to 20000000"),
    ("population.size=1000000000000000", "population.size", "allowed whole numbers 1 to 20000000"),
    ("population.size=1e15", "population.size", "allowed whole numbers 1 to 20000000"),
    ("population.size=-5", "population.size: got -5, allowed whole numbers 1 to 20000000"),
    ("seed=4294967296", "seed: got 4294967296, allowed whole numbers 0 to below 4294967296"),
    ("market.gross_margin=nan", "market.gross_margin: got nan, allowed above 0 to 1"),
    ("market.gross_margin=inf", "market.gross_margin: got inf, allowed above 0 to 1"),
    ("market.gross_margin=0", "market.gross_margin: got 0, allowed above 0 to 1"),
    ("coefficients.trust.trust_gain=1.5",
     "coefficients.trust.trust_gain: got 1.5, allowed 0.02 to 0.1 (Slovic 1993)"),
    ("coefficients.leaving.contagion=0", "contagion: got 0, allowed 0.2 to 0.8 (Nitzan"),
    ("costs.cost_reward=-1", "costs.cost_reward: got -1, allowed 0 to 100 (no literature"),
    # mechanisms, shocks, tiers
    ("mechanisms.messages=off", "mechanisms: personal_control: got true, which needs messages; "
     "allowed with mechanisms.messages=true, or turn personal_control off as well"),
    ("mechanisms.belief=off mechanisms.resistance=off", "defence: got true, which needs belief"),
    ("mechanisms.trust=0.5", "mechanisms.trust: got 0.5, allowed true, false"),
    ("mechanisms.trsut=off", "mechanisms.trsut: no such key; did you mean mechanisms.trust?"),
    ("horizon=12 shocks=[{kind: breach, month: 12}]",
     "shocks[0].month: got 12, allowed are 0 to 11 (horizon)"),
    ("shocks=[{kind: strike, month: 1}]",
     "shocks[0].kind: got 'strike', allowed breach, rival_breach, scandal, portability, "
     "outage, recession, price_war"),
    ("shocks=[{kind: breach, month: 1, months: 3}]", "months: got 3, allowed with breach is 1"),
    ("shocks=[{kind: recession, month: 1, share: 0.5}]",
     "share: got 0.5, allowed with recession is 1"),
    ("shocks=[{kind: price_war, month: 1, months: 0}]", "months: got 0, allowed"),
    ("horizon=12 shocks=[{kind: recession, month: 12, months: 3}]",
     "shocks[0].month: got 12, allowed are 0 to 11 (horizon)"),
    ("shocks=[{kind: breach}]", "shocks[0].month: missing, allowed whole numbers 0 to 1200"),
    ("shocks=[{kind: breach, month: 1, severity: 2}]", "severity: got 2, allowed 0 to 1"),
    ("shocks={kind: breach}", "shocks: got ", "allowed a list"),
    ("strategies.flywheel.score='2*refferals'",
     "strategies.flywheel.score: got 'refferals', allowed are interactions (purchases, spend, "),
    ("strategies.flywheel.score=engagement**2", "score: got 'engagement ** 2', allowed are inter"),
    ("strategies.flywheel.community.ambassadors=0.2", "ambassadors: got 0.2, allowed 0 to 0.05"),
    ("strategies.flywheel.departments=[service,marketng]",
     "departments[1]: got 'marketng', allowed marketing, sales, service, community, data"),
    ("strategies.flywheel.departments=[data,data]",
     "departments: got ['data', 'data'], allowed is each department once"),
    ("market=apparel strategies.flywheel.marketing.save.discount=0.2",
     "strategies.flywheel.marketing.save.discount: got 0.2, allowed is 0 in a market without "
     "contracts, where leaving is not announced; aim coupons at the silent instead"),
    ("strategies.flywheel.departments=service", "departments: got 'service', allowed a list"),
    ("strategies.flywheel.points.tiers=[5]", "strategies.flywheel.points: tiers: got some, "
     "allowed only with points (points.earn above 0)"),
    ("strategies.points_only.points.tiers=[5,5]",
     "points: tiers: got [5.0, 5.0], allowed are rising thresholds"),
    ("strategies.points_only.points.tiers=[1,2,3,4,5,6]", "points.tiers: got [1, 2, 3, 4, 5, 6]"),
    ("strategies.points_only.points.tiers=[0]", "points.tiers[0]: got 0, allowed above 0 to 10000"),
    ("strategies.flywheel.changes=[{month: 3, set: {points.tiers: [2]}}]",
     "changes, month 3: points: tiers: got some, allowed only with points"),
    ("strategies.flywheel.invest.quality=2",
     "strategies.flywheel.invest.quality: got 2, allowed 0 to 1"),
    ("strategies.flywheel.flywheel.reinvested=0.3",
     "strategies.flywheel.flywheel: got shares of the six aspects that sum to 0, allowed is a sum "
     "of 1 (all of them 0 only where nothing is reinvested)"),
    ("strategies.flywheel.flywheel.quality=0.4 strategies.flywheel.flywheel.effort=0.4",
     "flywheel: got shares of the six aspects that sum to 0.8, allowed is a sum of 1"),
    ("strategies.flywheel.changes=[{month: 3, set: {flywheel.reinvested: 0.5}}]",
     "changes, month 3: flywheel: got shares of the six aspects that sum to 0"),
    ("strategies.flywheel.service.surprise_stage=late",
     "got 'late', allowed all, first_time, repeat, loyal, advocate, at_risk"),
    ("market.rival_programmes=9", "rival_programmes: got 9, allowed whole numbers 0 to 8"),
    ("market.leaving=3", "market.leaving: got 3, allowed keys with values: a, b"),
    ("market.setting=monthly", "got 'monthly', allowed contractual, noncontractual"),
    ("engine=fast", "engine: got 'fast', allowed compiled, mesa"),
    ("checks=perhaps", "checks: got 'perhaps', allowed true, false"),
    ("out=", "out: got nothing, allowed text"),
    ("strategies.flywheel.service.recovery=2", "service.recovery: got 2, allowed 0 to 1 or null"),
    ("horizon=${nowhere}", "horizon: ", "'nowhere'"),
    ("horizon=${horizon}", "horizon: "),
    ("horizon", "no verb 'horizon'", "(bench, calibrate, compare, expl", "verify, or KEY=VALUE)"),
    ("horizon=[1", "'horizon=[1'", "KEY=VALUE"),
    ("out=~/results", "out=~/results", "quotes"),
    ("=3", "=3"),
    ("horizon=0 seed=-1", "horizon: got 0", "(and 1 more)"),
    # presets
    ("market=telecon", "market: no preset 'telecon'; did you mean 'telecom'? (apparel, bank, "),
    ("market=", "market: no preset nothing (apparel, bank, car, "),
    ("market=null", "market: no preset", "grocery, telecom, travel)"),
    ("network=3", "network: no preset '3'", "scale_free"),
    ("+market=telecom", "market"),
    ("strategy=flywhel", "strategy: no preset 'flywhel'; did you mean 'flywheel'?", "./mine.yaml"),
    ("strategy=[]", "strategy: got [], allowed are presets (cashback,"),
    ("strategy=", "strategy: got nothing, allowed are presets (cashback,"),
    ("strategy=[points_only,3]", "strategy: got ['points_only', 3], allowed are presets"),
    ("strategy=points_only,flywheel", "allowed is one; a list is strategy=[A,B]"),
    ("strategy=[flywheel,flywheel]", "strategy: two are called 'flywheel'"),
    ("strategy=[flywheel,./flywheel.yaml]", "strategy: two are called 'flywheel'"),
    # changes
    ("strategies.flywheel.changes=[{month: 3, set: {service.humen: 1}}]",
     "strategies.flywheel: changes, month 3: service.humen: no such lever",
     "mean service.human?"),
    ("strategies.flywheel.changes=[{month: 3, set: {service.human: 9}}]",
     "strategies.flywheel: changes, month 3: service.human: got 9, allowed 0 to 1"),
    ("strategies.flywheel.changes=[{month: 3, set: {service: {human: 1}}}]",
     "changes, month 3: service: no such lever"),
    ("strategies.flywheel.changes=[{month: -1, set: {service.human: 1}}]",
     "strategies.flywheel.changes[0].month: got -1, allowed whole numbers 0 to 1200"),
    ("strategies.flywheel.changes=[{set: {service.human: 1}}]", "changes[0].month: missing"),
    # channels
    ("strategies.flywheel.service.channels=[{name: phone, share: 0.5}]",
     "strategies.flywheel.service: channels: got shares that sum to 0.5, allowed 1"),
    ("strategies.flywheel.service.channels=[{name: fax, share: 1}]",
     "strategies.flywheel.service.channels[0].name: got 'fax', allowed store, web, app, phone"),
    ("strategies.flywheel.service.channels=[{name: web, share: 1, staff: 2}]",
     "strategies.flywheel.service: channels: got staff for web, allowed none"),
    # files of one's own
    ("strategy=./mien.yaml", "./mien.yaml: no such file; did you mean mine.yaml?"),
    ("strategy=./typo.yaml", "./typo.yaml, line 4: service.recovry: no such key; did you mean"),
    ("strategy=./range.yaml", "./range.yaml, line 5: community.capacity: got 1.5, allowed 0 to 1"),
    ("strategy=./month.yaml", "./month.yaml, line 4: changes[1].month: got 'soon', allowed whole"),
    ("strategy=./lever.yaml", "./lever.yaml, line 2: ","month 3: service.humen: no such lever"),
    ("strategy=./malformed.yaml", "./malformed.yaml, line 4: not valid YAML"),
    ("strategy=./twice.yaml", "./twice.yaml, line 3: not valid YAML (found duplicate key earn)"),
    ("strategy=./header.yaml", "./header.yaml, line 2: got '# @package strategies.flywheel'"),
    ("strategy=./defaults.yaml", "./defaults.yaml, line 2: a defaults list is not allowed"),
    ("strategy=./interpolated.yaml", "./interpolated.yaml, line 2: ${...} is not allowed"),
    ("strategy=./target.yaml", "./target.yaml, line 2: points._target_: no such key"),
    ("strategy=./tagged.yaml", "./tagged.yaml, line 1: tags (!) are not allowed"),
    ("strategy=./list.yaml", "./list.yaml, line 1: got a list, allowed are levers"),
    ("strategy=./prose.yaml", "./prose.yaml, line 1: got text, allowed are levers"),
    ("strategy=./empty.yaml", "./empty.yaml, line 1: got nothing, allowed are levers"),
    ("strategy=./binary.yaml", "./binary.yaml: not a text file in UTF-8"),
    ("strategy=./control.yaml", "./control.yaml", "not valid YAML"),
    ("strategy=./large.yaml", "./large.yaml: larger than the 1000000 bytes allowed"),
    ("strategy=./bomb.yaml", "./bomb.yaml, line 1: anchors and aliases (&, *) are not allowed"),
    ("strategy=./deep.yaml", "./deep.yaml, line 1: more than the 20 levels allowed"),
    ("strategy=./folder.yaml", "./folder.yaml: not a file"),
    ("strategy=./plan.txt", "got './plan.txt', allowed are presets and files named *.yaml"),
    ("strategy=./my-plan.yaml", "strategies: got the name 'my-plan', allowed are letters, digits"),
    ("network=file", "network.file: got nothing, allowed is an edge list"),
    ("network=file network.file=ties.csv", "network.file: got 'ties.csv', allowed is an"),
    ("network=file network.file=configs", "network.file: got 'configs', allowed is an"),
    ("network.file=edges.csv", "network.file: got 'edges.csv', allowed only with network=file"),
    # folders and configs of one's own
    ("--config-dir nowhere", "config dir: nowhere: no such folder"),
    ("--config-name experment --config-dir configs", "config name: no config 'experment'; did you"),
    ("--config-name experiment --config-dir configs", "horizn: no such key; did you mean horizon?"),
    ("--config-name missing --config-dir configs", "horizon: Missing mandatory value"),
    ("--config-name nowhere --config-dir configs", "did you mean 'market/telecom'?"),
    ("--config-name listed --config-dir configs", "'flywhel'", "did you mean 'flywheel'?"),
    ("--config-dir configs market=bad", "market.gross_margin: got 2, allowed above 0 to 1"),
    ("--config-dir aliased", "mine.yaml, line 1: anchors and aliases"),
    ("--config-dir broken", "mine.yaml, line 3: not valid YAML"),
    ("--config-dir doubled --config-name mine", "mine.yaml, line 2: not valid YAML"),
    ("--config-dir numbers", "mine.yaml, line 1: allowed are keys with values"),
    ("--config-dir settings", "mine.yaml, line 2: hydra: Hydra's own settings are not available"),
    ("--config-dir unlisted", "mine.yaml, line 1: defaults: allowed is a list"),
    ("--config-dir shadowing", "strategy/flywheel.yaml is the name of a shipped config"),
    # words and flags
    ("comprae", "no verb 'comprae'; did you mean 'compare'? (bench, calibrate, compare, explain"),
    ("compare run", "got the verbs compare and run, allowed is one"),
    ("--multirun run horizon=12,24", "-m: got the verb run, allowed is compare"),
    ("--cfg hydra", "--cfg", "job"),
    ("--colour", "--colour"),
    ("--config-dir", "--config-dir"),
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def words_of(line: str) -> list[str]:
    """A command line as words, split at blanks outside of brackets."""
    words, depth = [""], 0
    for letter in line:
        depth += (letter in "[{") - (letter in "]}")
        if letter == " " and depth <= 0:
            words.append("")
        else:
            words[-1] += letter
    return words


SHOP = "calibrate market=apparel population.transactions"
DATA = [
    # One's own data: the words, and what is said after "engagesim: ".
    ("calibrate", "calibrate: got no file, allowed is one of population.survival, "
     "population.transactions, population.subscriptions"),
    ("calibrate population.survival=none.csv", "population.survival: got 'none.csv', allowed is an "
     "existing file"),
    ("calibrate population.survival=rising.csv", "population.survival: 'rising.csv', line 4: "
     "surviving_percent: 65 in period 2 is above 60 in the period before; survivors never grow in "
     "number"),
    ("calibrate population.survival=negative.csv", "population.survival: 'negative.csv', line 3: "
     "period: got '-1', allowed whole numbers from 0"),
    ("calibrate population.survival=blank.csv", "population.survival: 'blank.csv': empty; allowed "
     "is a header period,surviving_percent and rows"),
    ("calibrate population.survival=kept.csv population.fit_periods=9", "population.fit_periods: "
     "got 9, allowed"),
    ("population.fit_periods=3", "population: fit_periods: got a value, allowed only with "
     "survival, transactions, subscriptions"),
    ("population.survival=kept.csv population.subscriptions=kept.csv", "population: got survival "
     "and subscriptions, allowed is one of them"),
    ("population.transactions=orders.csv", "population.transactions: allowed only in a market "
     "without contracts"),
    ("market=apparel population.survival=kept.csv", "population.survival: allowed only in a market "
     "with contracts"),
    (f"{SHOP}=nameless.csv", "population.transactions: 'nameless.csv', line 1: no column 'date'"),
    (f"{SHOP}=doubled.csv", "population.transactions: 'doubled.csv', line 1: column 'date' is "
     "there 2 times"),
    (f"{SHOP}=dates.csv", "population.transactions: 'dates.csv': "),
    (f"{SHOP}=alone.csv", "population.transactions: 'alone.csv': one customer only ('a'), allowed "
     "are 2 or more"),
    (f"{SHOP}=once.csv", "population.transactions: 'once.csv': no repeats: no customer has bought "
     "on two days, allowed is 1 or more"),
    (f"{SHOP}=day.csv", "population.transactions: 'day.csv': one day only (2024-01-01), allowed "
     "are 2 or more"),
    (f"{SHOP}=orders.csv population.fit_until=2023-01-01", "population.fit_until: got "
     "'2023-01-01'"),
    (f"{SHOP}=orders.csv population.fit_until=soon", "population.fit_until: got 'soon', allowed a "
     "day, YYYY-MM-DD"),
    (f"{SHOP}=orders.csv population.reading.dates=ydm", "population.reading.dates: got 'ydm', "
     "allowed "),
    ("precision.p=2", "precision.p: got 2, allowed above 0 to 0.5"),
    ("precision.regret=0", "precision.regret: got 0, allowed "),
    ("market.doubt.failure=-1", "market.doubt.failure: got -1, allowed 0 to 60"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "said"), DATA, ids=lambda part: str(part)[:40])
def test_bad_input__of_one_s_own_data(
    words: str, said: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = sorted(folder.rglob("*"))
    assert main(words.split()) == 2
    printed, problem = capfd.readouterr()
    print(problem, end="")
    assert printed == ""
    assert problem.startswith(f"engagesim: {said}")
    assert problem.count("\n") == 1
    assert len(problem) < 400
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_bad_input__one_line_and_nothing_written(
    case: tuple[str, ...], folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    line, *expected = case
    before = sorted(folder.rglob("*"))
    # Were the input good by mistake, this would print the scenario rather than run it.
    code = main([*words_of(line), *([] if "--cfg" in line else ["--cfg", "job"])])
    printed, problem = capfd.readouterr()
    assert code == 2
    assert printed == ""
    assert problem.startswith("engagesim: ")
    assert problem.count("\n") == 1
    assert "Traceback" not in problem
    assert len(problem) < 400
    for part in expected:
        assert part in problem
    assert sorted(folder.rglob("*")) == before


PIECES = [
    "[",
    "]",
    "{",
    "}",
    ":",
    ",",
    "'",
    '"',
    "${",
    "horizon",
    "1",
    "nan",
    "a: b",
    "~",
    "=",
    ".",
]


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    key=st.sampled_from(["horizon", "market", "strategy", "strategies", "+network", "out", ""]),
    value=st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=6).map("".join),
)
@example(key="out", value="\ud800")
def test_any_input__a_scenario_or_one_line(
    key: str, value: str, capfd: pytest.CaptureFixture[str]
) -> None:
    code = main(["--cfg", "job", f"{key}={value}"])
    printed, problem = capfd.readouterr()
    assert (code, bool(printed), problem.count("\n")) in [(0, True, 0), (2, False, 1)]


def test_bad_input__the_same_in_python(folder: Path) -> None:
    with pytest.raises(engagesim.BadInput, match=r"^population\.size: got 0, allowed whole"):
        engagesim.scenario("population.size=0")


def test_bad_input__unreadable_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Not by chmod: the tests may run as root, who may read everything.
    def refuse(path: Path, mode: str = "r", **how: str) -> IO[Any]:
        if path.name == "mine.yaml":
            raise PermissionError(13, "Permission denied", str(path))
        return open(path, mode, **how)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(engagesim.BadInput, match=r"^\./mine\.yaml: cannot be read \(Permission"):
        engagesim.scenario("strategy=./mine.yaml")


@pytest.mark.parametrize(
    "word", ["horizon=0", "strategy=./bomb.yaml", "compare horizon=nan", "-m horizon=0"]
)
def test_bad_input__in_a_process_of_its_own(word: str, folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    command = [
        sys.executable,
        "-c",
        "import sys; from engagesim.sim.main import main; sys.exit(main())",
    ]
    ran = subprocess.run([*command, *word.split()], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert ran.stderr.startswith("engagesim: ")
    assert ran.stderr.count("\n") == 1
    assert sorted(folder.rglob("*")) == before
