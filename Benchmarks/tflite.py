"""Writes an ONNX file of `pose export` as a TFLite file with channels last: tflite.py IN.onnx OUT.tflite [BATCH]

The ready-made converters mistake the channel shuffles; these networks need a dozen operators. A tensor's axes lie in
the order batch, height, width, and then whatever stands between batch and height in ONNX.
"""

import sys

import onnx
import tensorflow as tf
from onnx import numpy_helper


def order(rank):
    """ONNX's axes in the order in which they lie here."""
    return [0, rank - 2, rank - 1, *range(1, rank - 2)] if rank >= 4 else list(range(rank))


def axis(index, rank):
    return order(rank).index(index % rank)


def convolution(x, weight, bias, attributes):
    stride, groups = attributes.get("strides", [1, 1]), attributes.get("group", 1)
    top, left, bottom, right = attributes.get("pads", [0, 0, 0, 0])
    padding = "VALID"
    if top or left:
        kernel = weight.shape[2:]
        if list(stride) == [1, 1] and [2 * top + 1, 2 * left + 1] == list(kernel):
            padding = "SAME"
        else:
            x = tf.pad(x, [[0, 0], [top, bottom], [left, right], [0, 0]])
    if groups > 1 and weight.shape[1] == 1:
        x = tf.nn.depthwise_conv2d(x, weight.transpose(2, 3, 0, 1), [1, *stride, 1], padding)
    else:
        x = tf.nn.conv2d(x, weight.transpose(2, 3, 1, 0), stride, padding)
    return x if bias is None else tf.nn.bias_add(x, bias)


def resize(x, scales, attributes):
    size = [round(x.shape[1] * scales[2]), round(x.shape[2] * scales[3])]
    mode = attributes["mode"], attributes["coordinate_transformation_mode"]
    if mode == (b"nearest", b"asymmetric"):
        return tf.compat.v1.image.resize_nearest_neighbor(x, size)
    return tf.compat.v1.image.resize_bilinear(
        x, size, align_corners=mode[1] == b"align_corners", half_pixel_centers=mode[1] == b"half_pixel"
    )


def run(node, values, constants):
    """One operator."""
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    constant = lambda i: constants.get(node.input[i]) if i < len(node.input) else None
    inputs = [values.get(name) for name in node.input]
    x = inputs[0]
    rank = len(x.shape)
    match node.op_type:
        case "Conv":
            return convolution(x, constant(1), constant(2), attributes)
        case "Relu":
            return tf.nn.relu(x)
        case "Sigmoid":
            return tf.sigmoid(x)
        case "Add":
            return inputs[0] + inputs[1]
        case "Mul":
            return inputs[0] * inputs[1]
        case "Concat":
            return tf.concat(inputs, axis(attributes["axis"], rank))
        case "Slice":
            starts, ends, axes = (constant(i).tolist() for i in (1, 2, 3))
            index = [slice(None)] * rank
            for start, end, which in zip(starts, ends, axes):
                index[axis(which, rank)] = slice(start, min(end, x.shape[axis(which, rank)]))
            return x[tuple(index)]
        case "Reshape":
            shape = constant(1).tolist()
            assert len(shape) >= 4, f"{node.name}: a reshape to {shape}"
            assert all(shape[i] == x.shape[axis(i, rank)] for i in (-2, -1)), f"{node.name}: moves pixels"
            return tf.reshape(x, [x.shape[0], *(shape[i] for i in order(len(shape))[1:])])
        case "Transpose":
            return tf.transpose(x, [axis(attributes["perm"][i], rank) for i in order(rank)])
        case "AveragePool":
            return tf.nn.avg_pool2d(x, attributes["kernel_shape"], attributes["strides"], "VALID")
        case "MaxPool":
            return tf.nn.max_pool2d(x, attributes["kernel_shape"], attributes["strides"], "VALID")
        case "GlobalAveragePool":
            return tf.reduce_mean(x, [1, 2], keepdims=True)
        case "Resize":
            return resize(x, constant(2), attributes)
    raise SystemExit(f"tflite.py: no {node.op_type} ({node.name})")


def main(source, target, batch=1):
    graph = onnx.load(source).graph
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    port = graph.input[0]
    _, channels, height, width = (d.dim_value for d in port.type.tensor_type.shape.dim)

    def network(x):
        values = {port.name: x}
        for node in graph.node:
            values[node.output[0]] = run(node, values, constants)
        return values[graph.output[0].name]

    image = tf.TensorSpec([int(batch), height, width, channels], tf.float32)
    function = tf.function(network).get_concrete_function(image)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
    with open(target, "wb") as file:
        file.write(converter.convert())


if __name__ == "__main__":
    main(*sys.argv[1:])
