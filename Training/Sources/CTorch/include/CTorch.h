// LibTorch behind plain C: tensors as opaque handles, no exception, no policy.
//
// What makes a tensor returns an owned handle, or null; what does something returns whether it did. After a failure
// torch_last_error says why, on the same thread. Modes (gradients, autocast) belong to the thread that sets them.
// Axes, counts and extents are long, which Swift calls Int.
#pragma once

#include "torch_operators.h"
#include "torch_processes.h"
#include "torch_tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

// What failed last on this thread; valid until the next failure there.
const char *torch_last_error(void);
const char *torch_version(void);

// Tensors. Types are c10::ScalarType; a device is c10::DeviceType and an index, -1 for the only one.
void torch_release(torch_tensor tensor);
// Gives back the memory of a list of handles, not the tensors.
void torch_free(void *handles);
torch_tensor torch_empty(const long *shape, long axes, int type, int device, int index);
torch_tensor torch_full(const long *shape, long axes, double value, int type, int device, int index);
// Copies the bytes.
torch_tensor torch_from_bytes(const void *bytes, const long *shape, long axes, int type);
// Writes the scalars in C order, from any device, as the tensor's own type.
bool torch_copy_bytes(torch_tensor tensor, void *bytes, long count);
torch_tensor torch_to_device(torch_tensor tensor, int device, int index, bool non_blocking);
torch_tensor torch_to_pinned(torch_tensor tensor);
long torch_axes(torch_tensor tensor);
long torch_extent(torch_tensor tensor, long axis);
long torch_count(torch_tensor tensor);
int torch_type(torch_tensor tensor);
int torch_device(torch_tensor tensor);
int torch_device_index(torch_tensor tensor);
bool torch_item(torch_tensor tensor, double *value);
// Lets `tensor` be a view of all of `other`'s memory from now on; both keep their history of gradients.
bool torch_set_data(torch_tensor tensor, torch_tensor other);

// Gradients.
bool torch_requires_gradient(torch_tensor tensor);
bool torch_set_requires_gradient(torch_tensor tensor, bool wanted);
// Null without an error where there is none.
torch_tensor torch_gradient(torch_tensor tensor);
bool torch_set_gradient(torch_tensor tensor, torch_tensor gradient);
// From several tensors with their gradients (null for one, of a scalar); adds to the leaves' gradients.
bool torch_backward(const torch_tensor *tensors, const torch_tensor *gradients, long count);
// Sets and returns what was before.
bool torch_set_gradient_mode(bool enabled);
bool torch_set_autocast(int device, bool enabled, int type);
void torch_clear_autocast_cache(void);

// Our own layers for training on the CPU, faster than LibTorch's; only for tensors of which torch_can_... is true.
// Batch normalisation by the batch's statistics, moving the running ones unless they are null, and perhaps a ReLU.
bool torch_can_batch_norm(torch_tensor x);
torch_tensor torch_batch_norm_relu(torch_tensor x, torch_tensor weight, torch_tensor bias, torch_tensor mean,
                                   torch_tensor variance, double momentum, double epsilon, bool relu);
// A depthwise 3x3 convolution, padding 1, stride 1 or 2.
bool torch_can_depthwise(torch_tensor x);
torch_tensor torch_depthwise3x3(torch_tensor x, torch_tensor weight, torch_tensor bias, long stride);
// The same without a bias, then a batch norm and perhaps a ReLU.
bool torch_can_depthwise3x3_norm(torch_tensor x, long stride);
torch_tensor torch_depthwise3x3_norm(torch_tensor x, torch_tensor weight, long stride, torch_tensor norm_weight,
                                     torch_tensor norm_bias, torch_tensor mean, torch_tensor variance, double momentum,
                                     double epsilon, bool relu);
// A 1x1 convolution.
bool torch_can_pointwise(torch_tensor x);
torch_tensor torch_pointwise(torch_tensor x, torch_tensor weight, torch_tensor bias);
// Channels dealt out from images of one size, the first of each, then the second; as so many equal parts.
bool torch_can_shuffle(const torch_tensor *inputs, long count, long parts);
bool torch_shuffle(const torch_tensor *inputs, long count, long parts, torch_tensor **results, long *results_count);
// Images times gates of a size that divides theirs, each for a whole block of pixels.
bool torch_can_gate(torch_tensor x, torch_tensor gates);
torch_tensor torch_gate(torch_tensor x, torch_tensor gates);
// The means of an image's blocks, as many as a smaller image has pixels.
bool torch_can_block_means(torch_tensor x, long height, long width);
torch_tensor torch_block_means(torch_tensor x, long height, long width);
// The sum of images, each times a factor and enlarged to a size that its own divides, and perhaps a ReLU.
bool torch_can_sum(const torch_tensor *inputs, long count, long height, long width);
torch_tensor torch_sum_images(const torch_tensor *inputs, const double *factors, long count, long height, long width,
                              bool relu);

// Random numbers of a device: the state as a tensor of bytes.
bool torch_seed(uint64_t seed);
torch_tensor torch_random_state(int device, int index);
bool torch_set_random_state(int device, int index, torch_tensor state);

// The processors of one operator.
void torch_set_threads(int count);
int torch_threads(void);
// From now on, numbers too small to be normal are zero on this thread and on the ones that work for it.
bool torch_flush_denormals(void);
// From now on, only operators that give the same bits each time.
bool torch_require_determinism(void);

// From now on, large blocks of the CPU's memory are kept for later tensors when they are freed.
void torch_keep_memory(void);
// Gives the system the blocks that are kept and not in use.
void torch_give_back_memory(void);

// CUDA, from a LibTorch that has it. Loading must come before the first question about devices.
bool torch_load_cuda(const char *library);
long torch_cuda_devices(void);
// The most bytes of a device that tensors have taken at once.
long torch_peak_memory(int device, int index);
bool torch_synchronize(int device, int index);

// A recorded sequence of device work (a CUDA graph), played again without a call for each operator. Opening moves this
// thread's work to a stream of its own, where it can be recorded; ending moves it back.
typedef struct torch_recording_impl *torch_recording;
torch_recording torch_open_recording(int device, int index);
bool torch_start_recording(torch_recording recording);
bool torch_end_recording(torch_recording recording);
bool torch_play(torch_recording recording);
void torch_free_recording(torch_recording recording);

#ifdef __cplusplus
}
#endif
