"""Who hears whom: graphs as asked for, against networkx, and edge lists read with care."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagesim.agents.network import GRAPHS, Graph, graph_of
from engagesim.scenarios.errors import BadInput
from engagesim.scenarios.market import Network
from engagesim.sim.generator import key_of
from engagesim.sim.population import read_edges, ties_of

DRAWN = sorted(set(GRAPHS) - {"none"})


def drawn(kind: str, people: int, degree: int = 8, rewiring: float = 0.1, seed: int = 1) -> Graph:
    choice = Network.model_validate({"kind": kind, "degree": degree, "rewiring": rewiring})
    return ties_of(choice, key_of(seed, 0), people)


def pairs(graph: Graph) -> list[tuple[int, int]]:
    """All (person, neighbour), as stored."""
    source = np.repeat(np.arange(len(graph.starts) - 1), np.diff(graph.starts))
    return list(zip(source.tolist(), graph.neighbours.tolist(), strict=True))


def degrees(graph: Graph) -> np.ndarray:
    return np.diff(graph.starts)


def degrees_of(theirs: nx.Graph) -> np.ndarray:
    return np.array([degree for _, degree in theirs.degree()])


def in_networkx(graph: Graph) -> nx.Graph:
    made = nx.Graph()
    made.add_nodes_from(range(len(graph.starts) - 1))
    made.add_edges_from(pairs(graph))
    return made


def assert_sound(graph: Graph, people: int) -> None:
    """Symmetric, without loops, each tie once, neighbours ascending."""
    found = pairs(graph)
    assert len(graph.starts) == people + 1
    assert graph.starts[0] == 0
    assert graph.starts[-1] == len(graph.neighbours)
    assert found == sorted(set(found))
    assert {(other, one) for one, other in found} == set(found)
    assert all(one != other for one, other in found)
    assert all(0 <= other < people for _, other in found)


@given(
    st.sampled_from(sorted(GRAPHS)),
    st.integers(1, 60),
    st.integers(1, 70),
    st.sampled_from([0.0, 0.3, 1.0]),
    st.integers(0, 99),
)
def test_graphs__sound(kind, people, degree, rewiring, seed):
    assert_sound(drawn(kind, people, degree, rewiring, seed), people)


@given(st.integers(1, 30), st.data())
def test_graph_of__is_the_graph_of_its_ties(people, data):
    end = st.integers(0, people - 1)
    ties = data.draw(st.lists(st.tuples(end, end)))
    one = np.array([a for a, _ in ties], dtype=np.int64)
    other = np.array([b for _, b in ties], dtype=np.int64)
    graph = graph_of(people, one, other)
    assert_sound(graph, people)
    expected = {(a, b) for a, b in ties if a != b} | {(b, a) for a, b in ties if a != b}
    assert set(pairs(graph)) == expected
    assert graph.mean_degree == len(expected) / people


@pytest.mark.parametrize("people", [11, 12, 50, 501])
@pytest.mark.parametrize("degree", [2, 4, 8])
def test_small_world__without_rewiring_is_the_ring(people, degree):
    ring = nx.watts_strogatz_graph(people, degree, 0.0)
    assert nx.utils.graphs_equal(in_networkx(drawn("small_world", people, degree, 0.0)), ring)


@pytest.mark.parametrize(
    ("kind", "degree"),
    [(kind, degree) for kind in DRAWN for degree in (1, 2, 3, 5, 8, 15)],
)
def test_graphs__mean_degree_as_asked(kind, degree):
    """Within 2 %: ties that are drawn twice count once, and the first people have few to tie to."""
    for rewiring in (0.0, 0.1, 1.0):
        mean = drawn(kind, 20_000, degree, rewiring).mean_degree
        assert mean == pytest.approx(degree, rel=0.02)


def test_nobody__has_no_ties():
    assert drawn("none", 100).mean_degree == 0.0


def test_small_world__clustering_and_paths_as_in_networkx():
    for rewiring in (0.05, 0.1, 0.3):
        ours = in_networkx(drawn("small_world", 3000, 8, rewiring))
        theirs = nx.watts_strogatz_graph(3000, 8, rewiring, seed=1)
        assert nx.average_clustering(ours) == pytest.approx(nx.average_clustering(theirs), abs=0.02)
    random = nx.average_clustering(in_networkx(drawn("small_world", 3000, 8, 1.0)))
    assert random < 0.02 < 0.3 < nx.average_clustering(in_networkx(drawn("small_world", 3000)))


def test_random__degrees_as_in_networkx():
    """Everybody names 4 and is named by a Poisson number: half of a random graph's variance."""
    ours = degrees(drawn("random", 20_000, 8))
    assert ours.var() == pytest.approx(4.0, rel=0.05)  # of the half that others name
    theirs = degrees_of(nx.gnm_random_graph(20_000, 80_000, seed=1))
    assert ours.mean() == pytest.approx(theirs.mean(), rel=0.01)
    assert nx.average_clustering(in_networkx(drawn("random", 3000))) < 0.01


@pytest.mark.parametrize("degree", [2, 8])
def test_scale_free__tail_as_in_networkx(degree):
    """The share of people with at least d ties: a power law of exponent 2, far from Poisson."""
    people = 30_000
    ours = degrees(drawn("scale_free", people, degree))
    theirs = np.array(
        [d for _, d in nx.barabasi_albert_graph(people, degree // 2, seed=1).degree()]
    )
    for factor in (1, 2, 4, 8):
        at_least = float((ours >= factor * degree).mean())
        assert at_least == pytest.approx(float((theirs >= factor * degree).mean()), rel=0.15)
    tail = ours[ours >= 3 * degree]
    hill = 1.0 / np.mean(np.log(tail / (3 * degree - 0.5)))
    assert hill == pytest.approx(2.0, abs=0.25)
    assert ours.max() > 20 * degree
    assert degrees(drawn("random", people, degree)).max() < 5 * degree + 10


def test_graphs__luck_belongs_to_people():
    """One more person leaves what the others draw: of random ties, only few ends move."""
    small, large = (set(pairs(drawn("scale_free", n))) for n in (500, 501))
    assert small == {(a, b) for a, b in large if max(a, b) < 500}
    assert pairs(drawn("random", 500, seed=1)) != pairs(drawn("random", 500, seed=2))
    assert pairs(drawn("random", 500, seed=1)) == pairs(drawn("random", 500, seed=1))


# Edge lists.


def written(folder, text: str | bytes):
    path = folder / "ties.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_edges__read(tmp_path):
    path = written(tmp_path, "one,other\n0,3\n\n 3 , 1 \n1,3\n2,2\n0,3\n3,0\n")
    graph = read_edges(str(path), 5)
    assert pairs(graph) == [(0, 3), (1, 3), (3, 0), (3, 1)]
    assert ties_of(Network(kind="file", file=str(path)), key_of(1, 0), 5)._fields == graph._fields
    assert graph.mean_degree == 4 / 5


@pytest.mark.parametrize("text", ["", "one,other\n", "one,other", "one,other\n\n\n"])
def test_edges__none_is_no_tie(tmp_path, text):
    assert read_edges(str(written(tmp_path, text)), 3).mean_degree == 0.0


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8))))
def test_edges__as_networkx_reads_them(tmp_path_factory, ties):
    text = "one,other\n" + "".join(f"{a},{b}\n" for a, b in ties)
    graph = read_edges(str(written(tmp_path_factory.mktemp("edges"), text)), 9)
    theirs = nx.parse_edgelist(text.splitlines()[1:], delimiter=",", nodetype=int)
    theirs.add_nodes_from(range(9))
    theirs.remove_edges_from(list(nx.selfloop_edges(theirs)))
    assert nx.utils.graphs_equal(in_networkx(graph), theirs)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("0", "'0', allowed are two person numbers"),
        ("0,1,2", "'0,1,2', allowed are two person numbers"),
        ("0;1", "'0;1', allowed are two person numbers"),
        ("0,1.0", "'0,1.0', allowed are two person numbers"),
        ("a,b", "'a,b', allowed are two person numbers"),
        (",", "',', allowed are two person numbers"),
        ("0,nan", "'0,nan', allowed are two person numbers"),
        ("0,5", "'0,5', allowed are person numbers from 0 to 4"),
        ("-1,0", "'-1,0', allowed are person numbers from 0 to 4"),
        (f"0,{10**30}", f"'0,{10**30}', allowed are person numbers from 0 to 4"),
    ],
)
def test_edges__a_bad_line_is_named(tmp_path, line, said):
    path = written(tmp_path, f"one,other\n0,1\n\n{line}\n")
    with pytest.raises(BadInput) as refused:
        read_edges(str(path), 5)
    assert str(refused.value).startswith(f"{path}, line 4: got {said}")
    assert "\n" not in str(refused.value)


def test_edges__a_file_that_cannot_be_read(tmp_path):
    for path, said in (
        (tmp_path / "no.csv", "cannot read .*no.csv: No such file"),
        (tmp_path, "cannot read .*: Is a directory"),
        (written(tmp_path, b"one,other\n0,\xff\n"), "not a text file in UTF-8"),
    ):
        with pytest.raises(BadInput, match=f"network.file: .*{said}"):
            read_edges(str(path), 5)
