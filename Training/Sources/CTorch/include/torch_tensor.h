#pragma once

#include <stdbool.h>
#include <stdint.h>

// A reference to a tensor of LibTorch's, owned by whoever holds it and given back by torch_release.
typedef struct torch_tensor_impl *torch_tensor;
