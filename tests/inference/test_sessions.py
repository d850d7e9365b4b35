"""What holds for every session of the ONNX runtime, whoever asks for it."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from cnn_studio.inference.sessions import open_session


def doubling(weights):
    """A graph that multiplies its input by an initializer."""
    row = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", "y")]
    graph = helper.make_graph(
        [helper.make_node("Mul", ["x", "weights"], ["y"])], "doubling", row[:1], row[1:], [weights]
    )
    model = helper.make_model(graph, ir_version=9, opset_imports=[helper.make_opsetid("", 17)])
    return model.SerializeToString()


@pytest.fixture
def content():
    return doubling(numpy_helper.from_array(np.array([2.0], np.float32), "weights"))


@pytest.mark.parametrize(("light", "level"), [(False, "ORT_ENABLE_ALL"), (True, "ORT_ENABLE_BASIC")])
def test_a_session_takes_one_core_and_is_silent(content, light, level):
    session = open_session(content, light)
    options = session.get_session_options()
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (1, 1)
    assert options.log_severity_level == 4
    assert options.graph_optimization_level.name == level
    assert session.get_providers() == ["CPUExecutionProvider"]
    assert session.run(None, {"x": np.array([3.0], np.float32)})[0].tolist() == [6.0]


@pytest.mark.parametrize("place", ["secret", "../{folder}/secret", "{whole}/secret"])
@pytest.mark.parametrize("light", [False, True])
def test_weights_in_other_files_are_not_read_wherever_the_program_stands(tmp_path, monkeypatch, place, light):
    (tmp_path / "secret").write_bytes(np.arange(900, dtype=np.float32).tobytes())
    weights = TensorProto(name="weights", data_type=TensorProto.FLOAT, dims=[900])
    weights.data_location = TensorProto.EXTERNAL
    location = place.format(folder=tmp_path.name, whole=tmp_path)
    weights.external_data.add(key="location", value=location)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Exception, match="External data path"):
        open_session(doubling(weights), light)
