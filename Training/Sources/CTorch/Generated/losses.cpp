// Written by generate-operators from operators.txt.
#include "../conversions.hpp"

#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/kl_div.h>
#include <ATen/ops/l1_loss.h>
#include <ATen/ops/mse_loss.h>
#include <ATen/ops/smooth_l1_loss.h>

torch_tensor torch_mse_loss(torch_tensor a, torch_tensor b, long reduction) {
  return attempt<torch_tensor>([&] { return give(at::mse_loss(borrow(a), borrow(b), reduction)); });
}

torch_tensor torch_smooth_l1_loss(torch_tensor a, torch_tensor b, long reduction, double beta) {
  return attempt<torch_tensor>([&] { return give(at::smooth_l1_loss(borrow(a), borrow(b), reduction, beta)); });
}

torch_tensor torch_l1_loss(torch_tensor a, torch_tensor b, long reduction) {
  return attempt<torch_tensor>([&] { return give(at::l1_loss(borrow(a), borrow(b), reduction)); });
}

torch_tensor torch_kl_div(torch_tensor a, torch_tensor b, long reduction, bool logTarget) {
  return attempt<torch_tensor>([&] { return give(at::kl_div(borrow(a), borrow(b), reduction, logTarget)); });
}

torch_tensor torch_binary_cross_entropy_with_logits(torch_tensor a, torch_tensor b, torch_tensor weight, torch_tensor positiveWeight, long reduction) {
  return attempt<torch_tensor>([&] { return give(at::binary_cross_entropy_with_logits(borrow(a), borrow(b), optional_tensor(weight), optional_tensor(positiveWeight), reduction)); });
}
