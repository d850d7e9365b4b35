"""What looking into the network costs a drawing, beside what plain Keras takes for the same.

Usage: python benchmarks/insight.py [--quick]

Prints milliseconds, the median of several: all feature maps, the class activation map, Grad-CAM, occlusion,
400 copies for robustness, a smallest edit, three neighbors; and beside them `predict` of a Keras model with the
same outputs, Grad-CAM by TensorFlow's gradients, and `predict` of the 400 copies one by one (of the first 20
of them, times 20). --quick leaves the index of the training images out if it is not kept yet.
"""

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from cnn_studio.core.base.assets import resource
from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.inference.activations import Activations, occlusion
from cnn_studio.inference.classifier import Classifier
from cnn_studio.inference.counterfactuals import smallest_counterfactual
from cnn_studio.inference.grad_cam import GradCam
from cnn_studio.inference.nearest_neighbors import open_index
from cnn_studio.inference.robustness import copies_of, measure_robustness

SAMPLED = 20


def milliseconds(work: Callable[[], object], times: int = 9) -> float:
    """Return the median time of some work, warmed up."""
    work()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return 1000 * statistics.median(taken)


def main() -> None:
    """Print the table."""
    images, _ = load_subset("mnist", "test")
    image = images[0]
    classifier = Classifier(resource("models", "digits.onnx"))
    content = classifier.path.read_bytes()
    start = time.perf_counter()
    activations = Activations(content, classifier.card)
    print(f"open the activations      {1000 * (time.perf_counter() - start):9.2f} ms")
    camera = GradCam(content, activations)
    rows = {
        "all feature maps": milliseconds(lambda: activations.maps(image), 50),
        "class activation map": milliseconds(lambda: activations.activation(image, 7), 50),
        "Grad-CAM": milliseconds(lambda: camera.map(image, 7)),
        "occlusion, 169 copies": milliseconds(lambda: occlusion(classifier, image, 7)),
        "robustness, 400 copies": milliseconds(lambda: measure_robustness(classifier, image)),
        "  of that making them": milliseconds(lambda: copies_of(image)),
        "smallest edit, 7 to 3": milliseconds(lambda: smallest_counterfactual(classifier, image, 3), 3),
    }
    if "--quick" not in sys.argv[1:]:
        start = time.perf_counter()
        index = open_index(content, activations)
        assert index is not None
        rows["index of 60,000, or read"] = 1000 * (time.perf_counter() - start)
        rows["three neighbors"] = milliseconds(lambda: index.nearest(activations.features(image[None])[0]))
    for name, value in rows.items():
        print(f"{name:25s} {value:9.2f} ms")

    import keras

    from cnn_studio.engine.model_files import load_keras

    model, card = load_keras(resource("models", "digits.keras"))
    scaled = copies_of(image).astype(np.float32) * card.input_scale + card.input_offset
    kinds = (keras.layers.Conv2D, keras.layers.Activation, keras.layers.MaxPooling2D)
    inner = keras.Model(model.inputs[0], [layer.output for layer in model.layers if isinstance(layer, kinds)])
    one = scaled[:1]
    last = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)][-1]
    graded = keras.Model(model.inputs[0], [last.output, model.layers[-1].input])

    def by_gradients() -> object:
        import tensorflow as tf

        with tf.GradientTape() as tape:
            maps, features = graded(one, training=False)
            score = (features @ model.layers[-1].kernel)[0, 7]
        return tape.gradient(score, maps)

    print(f"Keras: maps by predict    {milliseconds(lambda: inner.predict(one, verbose=0)):9.2f} ms")
    print(f"Keras: Grad-CAM           {milliseconds(by_gradients):9.2f} ms")
    singly = milliseconds(
        lambda: [model.predict(scaled[n : n + 1], verbose=0) for n in range(SAMPLED)], times=1
    )
    print(f"Keras: 400 copies singly  {singly * len(scaled) / SAMPLED:9.2f} ms (from {SAMPLED})")
    print(f"Keras: 400 in one predict {milliseconds(lambda: model.predict(scaled, verbose=0)):9.2f} ms")


if __name__ == "__main__":
    main()
