// Written by generate-operators from operators.txt.
#include "../conversions.hpp"

#include <ATen/ops/abs.h>
#include <ATen/ops/add.h>
#include <ATen/ops/atan.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/div.h>
#include <ATen/ops/eq.h>
#include <ATen/ops/erf.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/gt.h>
#include <ATen/ops/hardsigmoid.h>
#include <ATen/ops/hardswish.h>
#include <ATen/ops/hardtanh.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/log.h>
#include <ATen/ops/lt.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/neg.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/sub.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/where.h>

torch_tensor torch_add(torch_tensor a, torch_tensor b, double alpha) {
  return attempt<torch_tensor>([&] { return give(at::add(borrow(a), borrow(b), scalar(alpha))); });
}

torch_tensor torch_addScalar(torch_tensor a, double b, double alpha) {
  return attempt<torch_tensor>([&] { return give(at::add(borrow(a), scalar(b), scalar(alpha))); });
}

torch_tensor torch_sub(torch_tensor a, torch_tensor b, double alpha) {
  return attempt<torch_tensor>([&] { return give(at::sub(borrow(a), borrow(b), scalar(alpha))); });
}

torch_tensor torch_mul(torch_tensor a, torch_tensor b) {
  return attempt<torch_tensor>([&] { return give(at::mul(borrow(a), borrow(b))); });
}

torch_tensor torch_mulScalar(torch_tensor a, double b) {
  return attempt<torch_tensor>([&] { return give(at::mul(borrow(a), scalar(b))); });
}

torch_tensor torch_div(torch_tensor a, torch_tensor b) {
  return attempt<torch_tensor>([&] { return give(at::div(borrow(a), borrow(b))); });
}

torch_tensor torch_divScalar(torch_tensor a, double b) {
  return attempt<torch_tensor>([&] { return give(at::div(borrow(a), scalar(b))); });
}

torch_tensor torch_pow(torch_tensor a, torch_tensor b) {
  return attempt<torch_tensor>([&] { return give(at::pow(borrow(a), borrow(b))); });
}

torch_tensor torch_powScalar(torch_tensor a, double b) {
  return attempt<torch_tensor>([&] { return give(at::pow(borrow(a), scalar(b))); });
}

torch_tensor torch_maximum(torch_tensor a, torch_tensor b) {
  return attempt<torch_tensor>([&] { return give(at::maximum(borrow(a), borrow(b))); });
}

torch_tensor torch_minimum(torch_tensor a, torch_tensor b) {
  return attempt<torch_tensor>([&] { return give(at::minimum(borrow(a), borrow(b))); });
}

torch_tensor torch_where(torch_tensor condition, torch_tensor a, torch_tensor b) {
  return attempt<torch_tensor>([&] { return give(at::where(borrow(condition), borrow(a), borrow(b))); });
}

torch_tensor torch_gtScalar(torch_tensor a, double b) {
  return attempt<torch_tensor>([&] { return give(at::gt(borrow(a), scalar(b))); });
}

torch_tensor torch_ltScalar(torch_tensor a, double b) {
  return attempt<torch_tensor>([&] { return give(at::lt(borrow(a), scalar(b))); });
}

torch_tensor torch_eq(torch_tensor a, torch_tensor b) {
  return attempt<torch_tensor>([&] { return give(at::eq(borrow(a), borrow(b))); });
}

torch_tensor torch_neg(torch_tensor a) {
  return attempt<torch_tensor>([&] { return give(at::neg(borrow(a))); });
}

torch_tensor torch_abs(torch_tensor a) {
  return attempt<torch_tensor>([&] { return give(at::abs(borrow(a))); });
}

torch_tensor torch_sqrt(torch_tensor a) {
  return attempt<torch_tensor>([&] { return give(at::sqrt(borrow(a))); });
}

torch_tensor torch_exp(torch_tensor a) {
  return attempt<torch_tensor>([&] { return give(at::exp(borrow(a))); });
}

torch_tensor torch_log(torch_tensor a) {
  return attempt<torch_tensor>([&] { return give(at::log(borrow(a))); });
}

torch_tensor torch_sin(torch_tensor a) {
  return attempt<torch_tensor>([&] { return give(at::sin(borrow(a))); });
}

torch_tensor torch_cos(torch_tensor a) {
  return attempt<torch_tensor>([&] { return give(at::cos(borrow(a))); });
}

torch_tensor torch_atan(torch_tensor a) {
  return attempt<torch_tensor>([&] { return give(at::atan(borrow(a))); });
}

torch_tensor torch_erf(torch_tensor a) {
  return attempt<torch_tensor>([&] { return give(at::erf(borrow(a))); });
}

torch_tensor torch_sigmoid(torch_tensor a) {
  return attempt<torch_tensor>([&] { return give(at::sigmoid(borrow(a))); });
}

torch_tensor torch_tanh(torch_tensor a) {
  return attempt<torch_tensor>([&] { return give(at::tanh(borrow(a))); });
}

torch_tensor torch_relu(torch_tensor a) {
  return attempt<torch_tensor>([&] { return give(at::relu(borrow(a))); });
}

torch_tensor torch_leaky_relu(torch_tensor a, double slope) {
  return attempt<torch_tensor>([&] { return give(at::leaky_relu(borrow(a), scalar(slope))); });
}

torch_tensor torch_silu(torch_tensor a) {
  return attempt<torch_tensor>([&] { return give(at::silu(borrow(a))); });
}

torch_tensor torch_gelu(torch_tensor a, const char *approximate) {
  return attempt<torch_tensor>([&] { return give(at::gelu(borrow(a), approximate)); });
}

torch_tensor torch_hardtanh(torch_tensor a, double least, double most) {
  return attempt<torch_tensor>([&] { return give(at::hardtanh(borrow(a), scalar(least), scalar(most))); });
}

torch_tensor torch_hardswish(torch_tensor a) {
  return attempt<torch_tensor>([&] { return give(at::hardswish(borrow(a))); });
}

torch_tensor torch_hardsigmoid(torch_tensor a) {
  return attempt<torch_tensor>([&] { return give(at::hardsigmoid(borrow(a))); });
}

torch_tensor torch_softplus(torch_tensor a, double beta, double threshold) {
  return attempt<torch_tensor>([&] { return give(at::softplus(borrow(a), scalar(beta), scalar(threshold))); });
}

torch_tensor torch_clamp(torch_tensor a, double least, double most) {
  return attempt<torch_tensor>([&] { return give(at::clamp(borrow(a), scalar(least), scalar(most))); });
}

torch_tensor torch_isfinite(torch_tensor a) {
  return attempt<torch_tensor>([&] { return give(at::isfinite(borrow(a))); });
}

torch_tensor torch_reluInPlace(torch_tensor a) {
  return attempt<torch_tensor>([&] { return give(at::relu_(borrow(a))); });
}

bool torch_addInPlace(torch_tensor a, torch_tensor b, double alpha) {
  return attempt<bool>([&] { borrow(a).add_(borrow(b), scalar(alpha)); return true; });
}

bool torch_addScalarInPlace(torch_tensor a, double b, double alpha) {
  return attempt<bool>([&] { borrow(a).add_(scalar(b), scalar(alpha)); return true; });
}

bool torch_mulScalarInPlace(torch_tensor a, double b) {
  return attempt<bool>([&] { borrow(a).mul_(scalar(b)); return true; });
}

bool torch_lerpScalarInPlace(torch_tensor a, torch_tensor b, double weight) {
  return attempt<bool>([&] { borrow(a).lerp_(borrow(b), scalar(weight)); return true; });
}

bool torch_copyInPlace(torch_tensor a, torch_tensor b, bool nonBlocking) {
  return attempt<bool>([&] { borrow(a).copy_(borrow(b), nonBlocking); return true; });
}

bool torch_zeroInPlace(torch_tensor a) {
  return attempt<bool>([&] { borrow(a).zero_(); return true; });
}

bool torch_fillInPlace(torch_tensor a, double value) {
  return attempt<bool>([&] { borrow(a).fill_(scalar(value)); return true; });
}

bool torch_bernoulliInPlace(torch_tensor a, double probability) {
  return attempt<bool>([&] { borrow(a).bernoulli_(probability); return true; });
}
