"""The pieces of `script.keras_script` that are the same in every script."""

RESIDUAL = """\
def residual(shape, inside, shortcut, activation):
    # activation(layers(x) + shortcut(x)): He, Zhang, Ren and Sun, CVPR 2016
    inputs = keras.Input(shape)
    x = inputs
    for layer in inside:
        x = layer(x)
    beside = inputs if shortcut is None else shortcut(inputs)
    return keras.Model(inputs, keras.layers.Activation(activation)(keras.layers.Add()([x, beside])))
"""

AUGMENTED = """\
low, high = {range}
trained = keras.Sequential(  # varies the images while it learns; its network is `model`
    [
        keras.Input({shape}),
        {layers}
        model,
    ]
)"""

COSINE_FALL = """
def fall(progress, start, end):
    remaining = keras.ops.minimum(1.0, (progress - start) / max(1e-9, 1 - start))
    return end + (1 - end) * 0.5 * (1 + keras.ops.cos(np.pi * remaining))
"""

ONE_CYCLE = (
    COSINE_FALL
    + """

def factor(progress, warmup_fraction, start_fraction, end_fraction):
    rise = start_fraction + (1 - start_fraction) * progress / max(warmup_fraction, 1e-9)
    return keras.ops.where(progress < warmup_fraction, rise, fall(progress, warmup_fraction, end_fraction))
"""
)

COSINE = (
    COSINE_FALL
    + """

def factor(progress, warmup_fraction, end_fraction):
    rise = keras.ops.maximum(progress / max(warmup_fraction, 1e-9), 1e-3)
    return keras.ops.where(progress < warmup_fraction, rise, fall(progress, warmup_fraction, end_fraction))
"""
)

STEP = """
def factor(progress, rate, steps):
    return rate ** keras.ops.minimum(float(steps), keras.ops.floor(progress * (steps + 1)))
"""

EXPONENTIAL = """
def factor(progress, end_fraction):
    return end_fraction ** keras.ops.minimum(1.0, progress)
"""

SCHEDULED = """
class Schedule(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, total):
        self.total = total

    def __call__(self, step):
        return {learning_rate} * factor(keras.ops.cast(step, "float32") / self.total, {strengths})

    def get_config(self):
        return {{"total": self.total}}


schedule = Schedule({epochs} * {steps})
"""

WINDOWS = """
class Windows(keras.utils.PyDataset):
    # batches of neighboring images at random places, as the notebook takes them

    def __init__(self, x, y, batch_size):
        super().__init__()
        self.x, self.y, self.batch_size = x, y, batch_size
        self.random = np.random.default_rng({seed})

    def __len__(self):
        return max(1, len(self.x) // self.batch_size)

    def __getitem__(self, number):
        start = self.random.integers(0, max(1, len(self.x) - self.batch_size))
        return self.x[start : start + self.batch_size], self.y[start : start + self.batch_size]


"""
