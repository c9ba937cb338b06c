// Written by generate-operators from operators.txt.
#pragma once

#include "torch_tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

torch_tensor torch_add(torch_tensor a, torch_tensor b, double alpha);
torch_tensor torch_addScalar(torch_tensor a, double b, double alpha);
torch_tensor torch_sub(torch_tensor a, torch_tensor b, double alpha);
torch_tensor torch_mul(torch_tensor a, torch_tensor b);
torch_tensor torch_mulScalar(torch_tensor a, double b);
torch_tensor torch_div(torch_tensor a, torch_tensor b);
torch_tensor torch_divScalar(torch_tensor a, double b);
torch_tensor torch_pow(torch_tensor a, torch_tensor b);
torch_tensor torch_powScalar(torch_tensor a, double b);
torch_tensor torch_maximum(torch_tensor a, torch_tensor b);
torch_tensor torch_minimum(torch_tensor a, torch_tensor b);
torch_tensor torch_where(torch_tensor condition, torch_tensor a, torch_tensor b);
torch_tensor torch_gtScalar(torch_tensor a, double b);
torch_tensor torch_ltScalar(torch_tensor a, double b);
torch_tensor torch_eq(torch_tensor a, torch_tensor b);
torch_tensor torch_neg(torch_tensor a);
torch_tensor torch_abs(torch_tensor a);
torch_tensor torch_sqrt(torch_tensor a);
torch_tensor torch_exp(torch_tensor a);
torch_tensor torch_log(torch_tensor a);
torch_tensor torch_sin(torch_tensor a);
torch_tensor torch_cos(torch_tensor a);
torch_tensor torch_atan(torch_tensor a);
torch_tensor torch_erf(torch_tensor a);
torch_tensor torch_sigmoid(torch_tensor a);
torch_tensor torch_tanh(torch_tensor a);
torch_tensor torch_relu(torch_tensor a);
torch_tensor torch_leaky_relu(torch_tensor a, double slope);
torch_tensor torch_silu(torch_tensor a);
torch_tensor torch_gelu(torch_tensor a, const char *approximate);
torch_tensor torch_hardtanh(torch_tensor a, double least, double most);
torch_tensor torch_hardswish(torch_tensor a);
torch_tensor torch_hardsigmoid(torch_tensor a);
torch_tensor torch_softplus(torch_tensor a, double beta, double threshold);
torch_tensor torch_clamp(torch_tensor a, double least, double most);
torch_tensor torch_isfinite(torch_tensor a);
torch_tensor torch_reluInPlace(torch_tensor a);
bool torch_addInPlace(torch_tensor a, torch_tensor b, double alpha);
bool torch_addScalarInPlace(torch_tensor a, double b, double alpha);
bool torch_mulScalarInPlace(torch_tensor a, double b);
bool torch_lerpScalarInPlace(torch_tensor a, torch_tensor b, double weight);
bool torch_copyInPlace(torch_tensor a, torch_tensor b, bool nonBlocking);
bool torch_zeroInPlace(torch_tensor a);
bool torch_fillInPlace(torch_tensor a, double value);
bool torch_bernoulliInPlace(torch_tensor a, double probability);
torch_tensor torch_sum(torch_tensor a, int type);
torch_tensor torch_sumAxes(torch_tensor a, const long *axes, long axes_count, bool keepsAxes, int type);
torch_tensor torch_mean(torch_tensor a, int type);
torch_tensor torch_meanAxes(torch_tensor a, const long *axes, long axes_count, bool keepsAxes, int type);
torch_tensor torch_amax(torch_tensor a, const long *axes, long axes_count, bool keepsAxes);
torch_tensor torch_amin(torch_tensor a, const long *axes, long axes_count, bool keepsAxes);
torch_tensor torch_topk(torch_tensor a, long count, long axis, bool largest, bool sorted, torch_tensor *second);
torch_tensor torch_softmax(torch_tensor a, long axis, int type);
torch_tensor torch_log_softmax(torch_tensor a, long axis, int type);
torch_tensor torch_logsumexp(torch_tensor a, const long *axes, long axes_count, bool keepsAxes);
torch_tensor torch_argmax(torch_tensor a, const long *axis, bool keepsAxis);
torch_tensor torch_all(torch_tensor a);
bool torch_equal(torch_tensor a, torch_tensor b, bool *result);
torch_tensor torch_reshape(torch_tensor a, const long *shape, long shape_count);
torch_tensor torch_permute(torch_tensor a, const long *order, long order_count);
torch_tensor torch_cat(const torch_tensor *parts, long parts_count, long axis);
torch_tensor torch_stack(const torch_tensor *parts, long parts_count, long axis);
bool torch_split_with_sizes(torch_tensor a, const long *sizes, long sizes_count, long axis, torch_tensor **results, long *count);
torch_tensor torch_slice(torch_tensor a, long axis, const long *start, const long *end, long step);
torch_tensor torch_select(torch_tensor a, long axis, long index);
torch_tensor torch_unsqueeze(torch_tensor a, long axis);
torch_tensor torch_expand(torch_tensor a, const long *shape, long shape_count, bool implicit);
torch_tensor torch_index_select(torch_tensor a, long axis, torch_tensor indices);
torch_tensor torch_gather(torch_tensor a, long axis, torch_tensor indices, bool sparse);
torch_tensor torch_index_copy(torch_tensor a, long axis, torch_tensor indices, torch_tensor source);
torch_tensor torch_constant_pad_nd(torch_tensor a, const long *amounts, long amounts_count, double value);
torch_tensor torch_clone(torch_tensor a);
torch_tensor torch_detach(torch_tensor a);
torch_tensor torch_contiguous(torch_tensor a);
torch_tensor torch_toType(torch_tensor a, int type, bool nonBlocking, bool copy);
torch_tensor torch_zeros_like(torch_tensor a);
torch_tensor torch_ones_like(torch_tensor a);
torch_tensor torch_empty_like(torch_tensor a);
torch_tensor torch_matmul(torch_tensor a, torch_tensor b);
torch_tensor torch_conv2d(torch_tensor x, torch_tensor weight, torch_tensor bias, const long *stride, long stride_count, const long *padding, long padding_count, const long *dilation, long dilation_count, long groups);
torch_tensor torch_conv_transpose2d(torch_tensor x, torch_tensor weight, torch_tensor bias, const long *stride, long stride_count, const long *padding, long padding_count, const long *outputPadding, long outputPadding_count, long groups, const long *dilation, long dilation_count);
torch_tensor torch_linear(torch_tensor x, torch_tensor weight, torch_tensor bias);
torch_tensor torch_batch_norm(torch_tensor x, torch_tensor weight, torch_tensor bias, torch_tensor mean, torch_tensor variance, bool training, double momentum, double epsilon, bool cudnn);
torch_tensor torch_layer_norm(torch_tensor x, const long *shape, long shape_count, torch_tensor weight, torch_tensor bias, double epsilon, bool cudnn);
torch_tensor torch_adaptive_avg_pool2d(torch_tensor x, const long *size, long size_count);
torch_tensor torch_avg_pool2d(torch_tensor x, const long *kernel, long kernel_count, const long *stride, long stride_count, const long *padding, long padding_count, bool roundsUp, bool countsPadding);
torch_tensor torch_max_pool2d(torch_tensor x, const long *kernel, long kernel_count, const long *stride, long stride_count, const long *padding, long padding_count, const long *dilation, long dilation_count, bool roundsUp);
torch_tensor torch_upsample_nearest2d(torch_tensor x, const long *size, long size_count, const double *scales, long scales_count);
torch_tensor torch_upsample_bilinear2d(torch_tensor x, const long *size, long size_count, bool alignCorners, const double *scales, long scales_count);
torch_tensor torch_grid_sampler(torch_tensor x, torch_tensor grid, long mode, long padding, bool alignCorners);
torch_tensor torch_dropout(torch_tensor x, double rate, bool training);
torch_tensor torch_mse_loss(torch_tensor a, torch_tensor b, long reduction);
torch_tensor torch_smooth_l1_loss(torch_tensor a, torch_tensor b, long reduction, double beta);
torch_tensor torch_l1_loss(torch_tensor a, torch_tensor b, long reduction);
torch_tensor torch_kl_div(torch_tensor a, torch_tensor b, long reduction, bool logTarget);
torch_tensor torch_binary_cross_entropy_with_logits(torch_tensor a, torch_tensor b, torch_tensor weight, torch_tensor positiveWeight, long reduction);
bool torch_fusedAdam(const torch_tensor *weights, long weights_count, const torch_tensor *gradients, long gradients_count, const torch_tensor *means, long means_count, const torch_tensor *squares, long squares_count, const torch_tensor *greatestSquares, long greatestSquares_count, const torch_tensor *steps, long steps_count, double rate, double beta1, double beta2, double decay, double epsilon, bool amsgrad, bool maximize, torch_tensor scale, torch_tensor foundInfinity);
bool torch_fusedAdamW(const torch_tensor *weights, long weights_count, const torch_tensor *gradients, long gradients_count, const torch_tensor *means, long means_count, const torch_tensor *squares, long squares_count, const torch_tensor *greatestSquares, long greatestSquares_count, const torch_tensor *steps, long steps_count, double rate, double beta1, double beta2, double decay, double epsilon, bool amsgrad, bool maximize, torch_tensor scale, torch_tensor foundInfinity);
bool torch_fusedSGD(const torch_tensor *weights, long weights_count, const torch_tensor *gradients, long gradients_count, const torch_tensor *momenta, long momenta_count, double decay, double momentum, double rate, double dampening, bool nesterov, bool maximize, bool isFirstStep, torch_tensor scale, torch_tensor foundInfinity);
bool torch_addToEach(const torch_tensor *a, long a_count, double b);
bool torch_scaleEach(const torch_tensor *a, long a_count, double b);
bool torch_scaleEachByTensor(const torch_tensor *a, long a_count, torch_tensor b);
bool torch_lerpEach(const torch_tensor *a, long a_count, const torch_tensor *b, long b_count, double weight);
bool torch_copyEach(const torch_tensor *a, long a_count, const torch_tensor *b, long b_count, bool nonBlocking);
bool torch_clampEach(const torch_tensor *a, long a_count, double least);
bool torch_clampEachAbove(const torch_tensor *a, long a_count, double most);
bool torch_zeroEach(const torch_tensor *a, long a_count);
bool torch_normOfEach(const torch_tensor *a, long a_count, double order, torch_tensor **results, long *count);
bool torch_unscaleEach(const torch_tensor *a, long a_count, torch_tensor foundInfinity, torch_tensor inverseScale);

#ifdef __cplusplus
}
#endif
