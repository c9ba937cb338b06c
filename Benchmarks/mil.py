"""Runs ML programs of Core ML with NumPy, operation by operation, as coremltools documents MIL's iOS 16 operator set.

Every operation computes in float32 and rounds its result to the type that the program declares for it. Results whose type or
shape is not the declared one are refused. Only what `pose export` writes is here.
"""

import numpy

TYPES = {10: numpy.float16, 11: numpy.float32, 23: numpy.int32, 1: numpy.bool_}


def erf(x):
    """Formula 7.1.26 of Abramowitz and Stegun, whose error is 1.5e-7 at most."""
    x = x.astype(numpy.float64)
    t = 1 / (1 + 0.3275911 * abs(x))
    tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    return numpy.sign(x) * (1 - tail * numpy.exp(-x * x))


def sigmoid(x):
    return 1 / (1 + numpy.exp(-numpy.clip(x.astype(numpy.float64), -700, 700)))


def padded(x, pad, value=0):
    """The last axes, each with numbers before and after it."""
    pairs = numpy.reshape(pad, [-1, 2])
    return numpy.pad(x, [(0, 0)] * (x.ndim - len(pairs)) + [tuple(pair) for pair in pairs], constant_values=value)


def spread(values, size, strides, dilations=(1, 1)):
    """For each place of a kernel the part of the input that it meets."""
    rows, columns = size
    height = (values.shape[2] - (rows - 1) * dilations[0] - 1) // strides[0] + 1
    width = (values.shape[3] - (columns - 1) * dilations[1] - 1) // strides[1] + 1
    for row in range(rows):
        for column in range(columns):
            top, left = row * dilations[0], column * dilations[1]
            yield row, column, values[
                :, :, top : top + (height - 1) * strides[0] + 1 : strides[0],
                left : left + (width - 1) * strides[1] + 1 : strides[1],
            ]


def conv(x, weight, strides, pad_type, pad, dilations, groups, bias=None):
    assert pad_type == "custom"
    outputs, inputs, rows, columns = weight.shape
    parts = list(spread(padded(x, pad), (rows, columns), strides, dilations))
    batch, _, height, width = parts[0][2].shape
    if inputs == 1:
        result = numpy.zeros([batch, outputs, height, width], numpy.float32)
        for row, column, part in parts:
            part = part if groups == outputs else numpy.repeat(part, outputs // groups, axis=1)
            result += part * weight[:, 0, row, column].reshape([1, outputs, 1, 1])
    else:
        # One matrix product of all places of the kernel together is several times as fast as one of each.
        matrix = numpy.empty([batch, groups, inputs, rows * columns, height, width], numpy.float32)
        for row, column, part in parts:
            matrix[:, :, :, row * columns + column] = part.reshape([batch, groups, inputs, height, width])
        matrix = matrix.reshape([batch, groups, inputs * rows * columns, height * width])
        taps = weight.reshape([groups, outputs // groups, inputs * rows * columns])
        result = numpy.matmul(taps, matrix).reshape([batch, outputs, height, width])
    return result if bias is None else result + bias.reshape([1, -1, 1, 1])


def conv_transpose(x, weight, strides, pad_type, pad, dilations, groups, bias=None):
    assert pad_type == "custom"
    batch, inputs, height, width = x.shape
    per_group = weight.shape[1]
    rows, columns = weight.shape[2:]
    tall = (height - 1) * strides[0] + (rows - 1) * dilations[0] + 1
    wide = (width - 1) * strides[1] + (columns - 1) * dilations[1] + 1
    result = numpy.zeros([batch, groups * per_group, tall, wide], numpy.float32)
    flat = x.reshape([batch, groups, inputs // groups, height * width])
    for row in range(rows):
        for column in range(columns):
            taps = weight[:, :, row, column].reshape([groups, inputs // groups, per_group]).transpose(0, 2, 1)
            term = numpy.matmul(taps, flat).reshape([batch, groups * per_group, height, width])
            top, left = row * dilations[0], column * dilations[1]
            result[
                :, :, top : top + (height - 1) * strides[0] + 1 : strides[0],
                left : left + (width - 1) * strides[1] + 1 : strides[1],
            ] += term
    result = result[:, :, pad[0] : tall - pad[1], pad[2] : wide - pad[3]]
    return result if bias is None else result + bias.reshape([1, -1, 1, 1])


def max_pool(x, kernel_sizes, strides, pad_type, pad, ceil_mode):
    assert pad_type == "custom" and not ceil_mode
    parts = [part for _, _, part in spread(padded(x, pad, -numpy.inf), kernel_sizes, strides)]
    return numpy.maximum.reduce(parts)


def avg_pool(x, kernel_sizes, strides, pad_type, pad, ceil_mode, exclude_padding_from_average):
    assert pad_type == "custom" and not ceil_mode
    total = sum(part for _, _, part in spread(padded(x, pad), kernel_sizes, strides))
    if not exclude_padding_from_average:
        return total / numpy.prod(kernel_sizes)
    ones = padded(numpy.ones([1, 1, *x.shape[2:]], numpy.float32), pad)
    return total / sum(part for _, _, part in spread(ones, kernel_sizes, strides))


def resize_bilinear(x, target_size_height, target_size_width, sampling_mode):
    for axis, new in ((2, int(target_size_height)), (3, int(target_size_width))):
        old = x.shape[axis]
        places = numpy.arange(new, dtype=numpy.float64)
        if sampling_mode == "STRICT_ALIGN_CORNERS":
            places = places * ((old - 1) / (new - 1) if new > 1 else 0)
        else:
            assert sampling_mode == "UNALIGN_CORNERS"
            places = places * (old / new) + 0.5 * (old / new) - 0.5
        places = numpy.clip(places, 0, old - 1)
        first = numpy.floor(places).astype(int)
        share = (places - first).reshape([-1 if index == axis else 1 for index in range(4)]).astype(numpy.float32)
        second = numpy.minimum(first + 1, old - 1)
        x = numpy.take(x, first, axis) * (1 - share) + numpy.take(x, second, axis) * share
    return x


def upsample_nearest_neighbor(x, scale_factor_height, scale_factor_width):
    return x.repeat(int(scale_factor_height), axis=-2).repeat(int(scale_factor_width), axis=-1)


def resample(x, coordinates, sampling_mode, padding_mode, padding_value, coordinates_mode, align_corners):
    assert (sampling_mode, padding_mode, coordinates_mode) == ("bilinear", "constant", "normalized_minus_one_to_one")
    assert padding_value == 0 and len(coordinates) == len(x)
    height, width = x.shape[2:]
    extents = numpy.array([width, height])
    places = (coordinates + 1) / 2 * (extents - 1) if align_corners else ((coordinates + 1) * extents - 1) / 2
    first = numpy.floor(places)
    share = places - first
    images = numpy.arange(len(x)).reshape([-1, 1, 1])
    result = 0
    for right in (0, 1):
        for down in (0, 1):
            column, row = (first[..., 0] + right).astype(int), (first[..., 1] + down).astype(int)
            weight = (share[..., 0] if right else 1 - share[..., 0]) * (share[..., 1] if down else 1 - share[..., 1])
            weight = weight * ((column >= 0) & (column < width) & (row >= 0) & (row < height))
            # Pixels outside count as zero.
            pixels = x[images, :, numpy.clip(row, 0, height - 1), numpy.clip(column, 0, width - 1)]
            result = result + numpy.moveaxis(pixels * weight[..., None], -1, 1)
    return result


def softmax(x, axis):
    exponentials = numpy.exp(x - x.max(axis=axis, keepdims=True))
    return exponentials / exponentials.sum(axis=axis, keepdims=True)


def layer_norm(x, axes, epsilon, gamma=1, beta=0):
    axes = tuple(axes)
    centered = x - x.mean(axis=axes, keepdims=True)
    return centered / numpy.sqrt((centered**2).mean(axis=axes, keepdims=True) + epsilon) * gamma + beta


def matmul(x, y, transpose_x, transpose_y):
    x = numpy.swapaxes(x, -1, -2) if transpose_x else x
    y = numpy.swapaxes(y, -1, -2) if transpose_y else y
    return numpy.matmul(x, y)


def linear(x, weight, bias=None):
    result = numpy.matmul(x, weight.T)
    return result if bias is None else result + bias


def slice_by_index(x, begin, end, stride, begin_mask, end_mask, squeeze_mask):
    assert not any(squeeze_mask)
    return x[
        tuple(
            slice(None if begin_mask[axis] else begin[axis], None if end_mask[axis] else end[axis], stride[axis])
            for axis in range(x.ndim)
        )
    ]


def gather(x, indices, axis, batch_dims):
    assert batch_dims == 0
    return numpy.take(x, indices, axis=int(axis))


def concat(values, axis, interleave):
    assert not interleave
    return numpy.concatenate(values, axis=int(axis))


def reduction(function):
    return lambda x, axes, keep_dims: function(x, axis=tuple(axes), keepdims=bool(keep_dims))


def pad(x, pad, mode, constant_val):
    assert mode == "constant"
    return padded(x, pad, constant_val)


def gelu(x, mode):
    assert mode == "EXACT"
    return 0.5 * x * (1 + erf(x / numpy.sqrt(2)))


OPERATIONS = {
    "identity": lambda x: x,
    "cast": lambda x, dtype: x,
    "conv": conv,
    "conv_transpose": conv_transpose,
    "linear": linear,
    "matmul": matmul,
    "max_pool": max_pool,
    "avg_pool": avg_pool,
    "resize_bilinear": resize_bilinear,
    "upsample_nearest_neighbor": upsample_nearest_neighbor,
    "resample": resample,
    "softmax": softmax,
    "layer_norm": layer_norm,
    "slice_by_index": slice_by_index,
    "gather": gather,
    "concat": concat,
    "pad": pad,
    "gelu": gelu,
    "reshape": lambda x, shape: x.reshape(shape),
    "transpose": lambda x, perm: x.transpose(perm),
    "shape": lambda x: numpy.array(x.shape),
    "tile": lambda x, reps: numpy.tile(x, reps),
    "reduce_sum": reduction(numpy.sum),
    "reduce_mean": reduction(numpy.mean),
    "reduce_max": reduction(numpy.max),
    "reduce_min": reduction(numpy.min),
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "real_div": lambda x, y: x / y,
    "maximum": lambda x, y: numpy.maximum(x, y),
    "minimum": lambda x, y: numpy.minimum(x, y),
    "pow": lambda x, y: numpy.power(x, y),
    "relu": lambda x: numpy.maximum(x, 0),
    "relu6": lambda x: numpy.clip(x, 0, 6),
    "sigmoid": sigmoid,
    "sigmoid_hard": lambda x, alpha, beta: numpy.clip(alpha * x + beta, 0, 1),
    "silu": lambda x: x * sigmoid(x),
    "tanh": lambda x: numpy.tanh(x),
    "exp": lambda x: numpy.exp(x),
    "log": lambda x, epsilon: numpy.log(x + epsilon),
    "sqrt": lambda x: numpy.sqrt(x),
    "abs": lambda x: numpy.abs(x),
    "erf": lambda x: erf(x),
    "softplus": lambda x: numpy.logaddexp(0, x),
    "sin": lambda x: numpy.sin(x),
    "cos": lambda x: numpy.cos(x),
    "leaky_relu": lambda x, alpha: numpy.where(x < 0, alpha * x, x),
}


def declared(value):
    """The type and the shape of a value as the file declares them; the shape has None for what is open."""
    tensor = value.type.tensorType
    assert tensor.rank == len(tensor.dimensions)
    kinds = [dimension.WhichOneof("dimension") for dimension in tensor.dimensions]
    shape = [d.constant.size if kind == "constant" else None for d, kind in zip(tensor.dimensions, kinds)]
    return tensor.dataType, shape


class Program:
    """A program that coremltools has read, and the message that it was read from, which says the types."""

    def __init__(self, program, message):
        self.operations = list(program.functions["main"].operations)
        self.outputs = [output.name for output in program.functions["main"].outputs]
        block = message.functions["main"].block_specializations[message.functions["main"].opset]
        self.types = {output.name: declared(output) for operation in block.operations for output in operation.outputs}
        # When a value is read for the last time.
        self.last = {var.name: index for index, operation in enumerate(self.operations) for var in self.read(operation)}

    @staticmethod
    def read(operation):
        for argument in operation.inputs.values():
            yield from argument if isinstance(argument, (list, tuple)) else [argument]

    def __call__(self, inputs):
        values = dict(inputs)

        def argument(var):
            if isinstance(var, (list, tuple)):
                return [argument(element) for element in var]
            value = values[var.name]
            is_half = isinstance(value, numpy.ndarray) and value.dtype == numpy.float16
            return value.astype(numpy.float32) if is_half else value

        for index, operation in enumerate(self.operations):
            name = operation.outputs[0].name
            if operation.op_type == "const":
                values[name] = operation.outputs[0].val
                continue
            arguments = {key: argument(var) for key, var in operation.inputs.items() if var is not None}
            with numpy.errstate(all="ignore"):
                result = numpy.asarray(OPERATIONS[operation.op_type](**arguments))
                scalars, shape = self.types[name]
                values[name] = result.astype(TYPES[scalars], copy=False)
            assert len(shape) == result.ndim and all(
                extent in (None, actual) for extent, actual in zip(shape, result.shape)
            ), f"{name} is {result.shape}, but declared {shape}"
            for var in self.read(operation):
                if self.last[var.name] == index and var.name not in self.outputs:
                    values.pop(var.name, None)
        return {name: values[name] for name in self.outputs}
