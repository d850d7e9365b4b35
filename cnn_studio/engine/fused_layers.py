"""The same arithmetic as Keras in fewer operations: what a training's twin of a network is built from.

Keras 3 writes batch normalization as a dozen elementwise operations and an optimizer's update as ten for
every variable; TensorFlow has each as one. On two cores a batch-normalized network learns 1.3 times and a
small one 1.1 times as fast for it (`benchmarks/throughput.py`). Nothing of this is ever saved: a trained
network's weights go into plain Keras layers, whose names, variables and results these share.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

IMAGE_RANK = 4


class BatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc]
    """Keras's layer; over the last axis of images or vectors it learns in one operation."""

    def call(self, inputs: tf.Tensor, training: bool | None = None, mask: tf.Tensor | None = None) -> Any:
        """Normalize; see Keras's own."""
        if not training or mask is not None or len(inputs.shape) not in (2, IMAGE_RANK):
            return super().call(inputs, training=training, mask=mask)
        images = inputs if len(inputs.shape) == IMAGE_RANK else inputs[:, None, None, :]
        normalized, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=tf.cast(images, tf.float32),  # in bfloat16 this operation is five times slower
            scale=self.gamma.value,
            offset=self.beta.value,
            mean=tf.zeros([0]),
            variance=tf.zeros([0]),
            epsilon=self.epsilon,
            is_training=True,
        )
        count = tf.cast(tf.reduce_prod(tf.shape(images)[:3]), tf.float32)
        keep, take = self.momentum, 1.0 - self.momentum
        self.moving_mean.assign(self.moving_mean * keep + mean * take)
        # Keras keeps the variance divided by N, the operation returns it divided by N - 1
        self.moving_variance.assign(self.moving_variance * keep + variance * ((count - 1.0) / count) * take)
        return tf.cast(tf.reshape(normalized, tf.shape(inputs)), self.compute_dtype)


class LeakyReLU(keras.layers.LeakyReLU):  # type: ignore[misc]
    """Keras's layer, whose gradient looks at its output instead of its input.

    The signs are the same. A gradient that looks at the input keeps TensorFlow from computing convolution,
    bias and activation in one pass, and its optimizer of graphs fails on the attempt.
    """

    def call(self, inputs: tf.Tensor) -> Any:
        """Pass what is positive, shrink what is negative."""
        if not self.negative_slope:
            return super().call(inputs)
        slope = float(self.negative_slope)

        @tf.custom_gradient  # type: ignore[untyped-decorator]
        def leaky(values: tf.Tensor) -> Any:
            answer = tf.raw_ops.LeakyRelu(features=values, alpha=slope)

            def gradient(upstream: tf.Tensor) -> tf.Tensor:
                return tf.raw_ops.LeakyReluGrad(gradients=upstream, features=answer, alpha=slope)

            return answer, gradient

        return leaky(inputs)


class Adam(keras.optimizers.Adam):  # type: ignore[misc]
    """Keras's Adam."""

    def update_step(self, gradient: tf.Tensor, variable: Any, learning_rate: tf.Tensor) -> None:
        """Update one variable."""
        _adam_update(self, gradient, variable, learning_rate)


class AdamW(keras.optimizers.AdamW):  # type: ignore[misc]
    """Keras's AdamW; the decay of the weights stays Keras's own."""

    def update_step(self, gradient: tf.Tensor, variable: Any, learning_rate: tf.Tensor) -> None:
        """Update one variable."""
        _adam_update(self, gradient, variable, learning_rate)


class Adadelta(keras.optimizers.Adadelta):  # type: ignore[misc]
    """Keras's Adadelta."""

    def update_step(self, gradient: tf.Tensor, variable: Any, learning_rate: tf.Tensor) -> None:
        """Update one variable."""
        index = self._get_variable_index(variable)
        tf.raw_ops.ResourceApplyAdadelta(
            var=_handle(variable),
            accum=_handle(self._accumulated_grads[index]),
            accum_update=_handle(self._accumulated_delta_vars[index]),
            lr=tf.cast(learning_rate, tf.float32),
            rho=self.rho,
            epsilon=self.epsilon,
            grad=gradient,
        )


class RMSprop(keras.optimizers.RMSprop):  # type: ignore[misc]
    """Keras's RMSprop, not centered."""

    def build(self, variables: list[Any]) -> None:
        """Make the optimizer's variables, and room for the momentum the operation writes unasked."""
        super().build(variables)
        self._room = [] if self.momentum else [tf.Variable(tf.zeros(each.shape)) for each in variables]

    def update_step(self, gradient: tf.Tensor, variable: Any, learning_rate: tf.Tensor) -> None:
        """Update one variable."""
        index = self._get_variable_index(variable)
        tf.raw_ops.ResourceApplyRMSProp(
            var=_handle(variable),
            ms=_handle(self._velocities[index]),
            mom=_handle(self._momentums[index] if self.momentum else self._room[index]),
            lr=tf.cast(learning_rate, tf.float32),
            rho=self.rho,
            momentum=self.momentum,
            epsilon=self.epsilon,
            grad=gradient,
        )


LAYERS: dict[str, Any] = {"BatchNormalization": BatchNormalization, "LeakyReLU": LeakyReLU}
OPTIMIZERS: dict[str, Any] = {"Adam": Adam, "AdamW": AdamW, "Adadelta": Adadelta, "RMSprop": RMSprop}


def _adam_update(
    adam: keras.optimizers.Adam, gradient: tf.Tensor, variable: Any, learning_rate: tf.Tensor
) -> None:
    index = adam._get_variable_index(variable)
    step = tf.cast(adam.iterations + 1, tf.float32)
    beta_1, beta_2 = tf.constant(adam.beta_1), tf.constant(adam.beta_2)
    tf.raw_ops.ResourceApplyAdam(
        var=_handle(variable),
        m=_handle(adam._momentums[index]),
        v=_handle(adam._velocities[index]),
        beta1_power=tf.pow(beta_1, step),
        beta2_power=tf.pow(beta_2, step),
        lr=tf.cast(learning_rate, tf.float32),
        beta1=beta_1,
        beta2=beta_2,
        epsilon=adam.epsilon,
        grad=gradient,
    )


def _handle(variable: Any) -> tf.Tensor:
    """Return the resource behind a variable of Keras or TensorFlow."""
    return (variable.value if isinstance(variable, keras.Variable) else variable).handle
