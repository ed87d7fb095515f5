"""Pictures: what they show is what was measured, and files are whole."""

import sys

import numpy as np
import pytest

from minigrad.errors import ParameterError
from minigrad.train import History, plots


def recorded(cost=0.0, validation=True):
    history = History()
    for step in range(1, 21):
        loss = 2 / step
        history.record("update", step=step, epoch=(step - 1) // 5 + 1, rate=0.1 / step,
                       cost=loss + cost, loss=loss, accuracy=1 - 1 / step)  # fmt: skip
        if step % 5 == 0:
            values = {"train_cost": loss + cost, "train_loss": loss, "train_accuracy": 0.5}
            if validation:
                values |= {
                    "validation_cost": 3.0,
                    "validation_loss": 2.5,
                    "validation_accuracy": 0.25,
                }
            history.record("evaluation", step=step, epoch=step // 5, **values)
    return history


def lines(axes):
    return {line.get_label(): line.get_xydata() for line in axes.lines}


def test_curves_show_the_measurements_with_the_rate_beneath():
    figure = plots.learning_curves(recorded(cost=0.5))
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["cost", "loss", "accuracy (%)", "", "", ""]
    cost, loss, accuracy, rate = figure.axes[:4]
    steps = np.arange(1, 21)
    np.testing.assert_allclose(lines(cost)["one batch"], np.c_[steps, 2 / steps + 0.5])
    np.testing.assert_allclose(lines(loss)["training"], [(s, 2 / s) for s in (5, 10, 15, 20)])
    np.testing.assert_allclose(lines(accuracy)["validation"], [(s, 25) for s in (5, 10, 15, 20)])
    np.testing.assert_allclose(rate.lines[0].get_xydata(), np.c_[steps, 0.1 / steps])
    assert rate.get_xlabel() == "update step"
    assert [text.get_text() for text in figure.legends[0].texts] == [
        "one batch",
        "training",
        "validation",
    ]


def test_cost_has_no_panel_where_it_is_the_loss_and_epochs_can_be_counted():
    figure = plots.learning_curves(recorded(validation=False), against="epoch")
    assert [axes.get_title(loc="left") for axes in figure.axes[:2]] == ["loss", "accuracy (%)"]
    np.testing.assert_allclose(lines(figure.axes[0])["training"][:, 0], [1, 2, 3, 4])
    assert figure.axes[2].get_xlabel() == "epoch"
    assert "validation" not in lines(figure.axes[0])


def test_curves_of_nothing():
    with pytest.raises(ParameterError, match="no updates to draw"):
        plots.learning_curves(History())
    with pytest.raises(ParameterError, match='against=\'time\', needed: "step" or "epoch"'):
        plots.learning_curves(recorded(), against="time")


def test_the_confusion_matrix_counts():
    rng = np.random.default_rng(0)
    outputs, labels = rng.normal(size=(200, 4)), rng.integers(0, 3, 200)
    matrix = plots.confusion_matrix(outputs, labels)
    expected = np.zeros((4, 4), int)
    for row, label in zip(outputs, labels):
        expected[label, list(row).index(max(row))] += 1
    np.testing.assert_array_equal(matrix, expected)
    assert not matrix[3].any()


def test_the_confusion_matrix_is_drawn_with_its_numbers(tmp_path):
    matrix = np.array([[5, 0, 1], [2, 3, 0], [0, 0, 0]])
    figure = plots.confusion(matrix, ["cat", "deer", "long name"], title="some animals")
    axes = figure.axes[0]
    shown = {(t.get_position()[1], t.get_position()[0]): t.get_text() for t in axes.texts}
    assert shown == {(0, 0): "5", (0, 2): "1", (1, 0): "2", (1, 1): "3"}
    assert [t.get_text() for t in axes.get_yticklabels()] == ["cat", "deer", "long name"]
    plots.save_figure(figure, tmp_path / "c.png")


def test_the_worst_mistakes_come_first():
    outputs = np.array([[9.0, 0, 0], [3, 0, 0], [0, 5, 0], [0, 0, 8]])
    labels = np.array([1, 1, 1, 1])
    assert plots.worst_mistakes(outputs, labels, 9).tolist() == [0, 3, 1]
    assert plots.worst_mistakes(outputs, labels, 1).tolist() == [0]


@pytest.mark.parametrize("channels", [1, 3])
def test_mistakes_show_the_image_and_its_probabilities(channels, tmp_path):
    rng = np.random.default_rng(1)
    images = rng.random((5, channels, 7, 7), dtype=np.float32)
    outputs = np.array([[4.0, 3, 2, 1], [0, 9, 0, 0], [1, 2, 3, 4], [1, 2, 3, 4], [9, 0, 0, 0]])
    labels = np.array([3, 1, 0, 2, 0])
    figure = plots.mistakes(images, outputs, labels, "abcd", title="letters")
    drawn = [axes.images[0].get_array() for axes in figure.axes if axes.images]
    assert len(drawn) == 3  # the wrong ones: 0 and 2 (equally bad), and 3
    np.testing.assert_array_equal(
        drawn[0], images[0, 0] if channels == 1 else images[0].transpose(1, 2, 0)
    )
    said = [[t.get_text() for t in axes.texts] for axes in figure.axes if axes.texts]
    assert said[0] == ["a", "64%", "b", "24%", "d", "3%"]  # the true class, d, in the place of c
    assert said[2] == ["d", "64%", "c", "24%", "b", "9%"]
    plots.save_figure(figure, tmp_path / "m.svg")


def test_no_mistakes():
    figure = plots.mistakes(np.zeros((2, 1, 3, 3)), np.eye(2), np.array([0, 1]), "ab")
    assert figure.texts[-1].get_text() == "There are no mistakes."


@pytest.mark.parametrize(("suffix", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_files_are_whole_and_the_same_for_the_same_figure(suffix, begins, tmp_path):
    for name in ("a", "b"):
        plots.save_figure(plots.learning_curves(recorded()), tmp_path / f"{name}.{suffix}")
    one, other = ((tmp_path / f"{name}.{suffix}").read_bytes() for name in "ab")
    assert one.startswith(begins)
    assert one == other
    assert {path.name for path in tmp_path.iterdir()} == {f"a.{suffix}", f"b.{suffix}"}


def test_pyplot_is_not_needed():
    code = "from minigrad.train import plots; import sys; print('matplotlib.pyplot' in sys.modules)"
    import subprocess

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
