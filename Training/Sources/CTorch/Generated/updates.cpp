// Written by generate-operators from operators.txt.
#include "../conversions.hpp"

#include <ATen/ops/_amp_foreach_non_finite_check_and_unscale.h>
#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_clamp_max.h>
#include <ATen/ops/_foreach_clamp_min.h>
#include <ATen/ops/_foreach_copy.h>
#include <ATen/ops/_foreach_lerp.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_foreach_zero.h>
#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/_fused_sgd.h>

bool torch_fusedAdam(const torch_tensor *weights, long weights_count, const torch_tensor *gradients, long gradients_count, const torch_tensor *means, long means_count, const torch_tensor *squares, long squares_count, const torch_tensor *greatestSquares, long greatestSquares_count, const torch_tensor *steps, long steps_count, double rate, double beta1, double beta2, double decay, double epsilon, bool amsgrad, bool maximize, torch_tensor scale, torch_tensor foundInfinity) {
  return attempt<bool>([&] { at::_fused_adam_(tensors(weights, weights_count), tensors(gradients, gradients_count), tensors(means, means_count), tensors(squares, squares_count), tensors(greatestSquares, greatestSquares_count), tensors(steps, steps_count), rate, beta1, beta2, decay, epsilon, amsgrad, maximize, optional_tensor(scale), optional_tensor(foundInfinity)); return true; });
}

bool torch_fusedAdamW(const torch_tensor *weights, long weights_count, const torch_tensor *gradients, long gradients_count, const torch_tensor *means, long means_count, const torch_tensor *squares, long squares_count, const torch_tensor *greatestSquares, long greatestSquares_count, const torch_tensor *steps, long steps_count, double rate, double beta1, double beta2, double decay, double epsilon, bool amsgrad, bool maximize, torch_tensor scale, torch_tensor foundInfinity) {
  return attempt<bool>([&] { at::_fused_adamw_(tensors(weights, weights_count), tensors(gradients, gradients_count), tensors(means, means_count), tensors(squares, squares_count), tensors(greatestSquares, greatestSquares_count), tensors(steps, steps_count), rate, beta1, beta2, decay, epsilon, amsgrad, maximize, optional_tensor(scale), optional_tensor(foundInfinity)); return true; });
}

bool torch_fusedSGD(const torch_tensor *weights, long weights_count, const torch_tensor *gradients, long gradients_count, const torch_tensor *momenta, long momenta_count, double decay, double momentum, double rate, double dampening, bool nesterov, bool maximize, bool isFirstStep, torch_tensor scale, torch_tensor foundInfinity) {
  return attempt<bool>([&] { at::_fused_sgd_(tensors(weights, weights_count), tensors(gradients, gradients_count), tensors(momenta, momenta_count), decay, momentum, rate, dampening, nesterov, maximize, isFirstStep, optional_tensor(scale), optional_tensor(foundInfinity)); return true; });
}

bool torch_addToEach(const torch_tensor *a, long a_count, double b) {
  return attempt<bool>([&] { at::_foreach_add_(tensors(a, a_count), scalar(b)); return true; });
}

bool torch_scaleEach(const torch_tensor *a, long a_count, double b) {
  return attempt<bool>([&] { at::_foreach_mul_(tensors(a, a_count), scalar(b)); return true; });
}

bool torch_scaleEachByTensor(const torch_tensor *a, long a_count, torch_tensor b) {
  return attempt<bool>([&] { at::_foreach_mul_(tensors(a, a_count), borrow(b)); return true; });
}

bool torch_lerpEach(const torch_tensor *a, long a_count, const torch_tensor *b, long b_count, double weight) {
  return attempt<bool>([&] { at::_foreach_lerp_(tensors(a, a_count), tensors(b, b_count), scalar(weight)); return true; });
}

bool torch_copyEach(const torch_tensor *a, long a_count, const torch_tensor *b, long b_count, bool nonBlocking) {
  return attempt<bool>([&] { at::_foreach_copy_(tensors(a, a_count), tensors(b, b_count), nonBlocking); return true; });
}

bool torch_clampEach(const torch_tensor *a, long a_count, double least) {
  return attempt<bool>([&] { at::_foreach_clamp_min_(tensors(a, a_count), scalar(least)); return true; });
}

bool torch_clampEachAbove(const torch_tensor *a, long a_count, double most) {
  return attempt<bool>([&] { at::_foreach_clamp_max_(tensors(a, a_count), scalar(most)); return true; });
}

bool torch_zeroEach(const torch_tensor *a, long a_count) {
  return attempt<bool>([&] { at::_foreach_zero_(tensors(a, a_count)); return true; });
}

bool torch_normOfEach(const torch_tensor *a, long a_count, double order, torch_tensor **results, long *count) {
  return attempt<bool>([&] { return give_all(at::_foreach_norm(tensors(a, a_count), scalar(order)), results, count); });
}

bool torch_unscaleEach(const torch_tensor *a, long a_count, torch_tensor foundInfinity, torch_tensor inverseScale) {
  return attempt<bool>([&] { at::_amp_foreach_non_finite_check_and_unscale_(tensors(a, a_count), borrow(foundInfinity), borrow(inverseScale)); return true; });
}
