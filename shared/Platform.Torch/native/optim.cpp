// Adam as torch.optim.Adam computes it: the same operations in the same order, in one pass over memory where the tensors
// allow it (float32 on the CPU, all with the same dense layout), otherwise with tensor operations. On one thread: a step over
// a million parameters takes a millisecond, and a second OpenMP runtime beside a wheel's own would cost more.
// On CUDA all parameters go through libtorch's own fused kernel: eight launches for each of them cost more than the arithmetic.
#include "internal.h"
#include <c10/core/DeviceGuard.h>
#include <c10/core/GradMode.h>
#include <algorithm>
#include <cmath>

using namespace pt;

namespace {
struct Step { float beta1, beta2, rest1, rest2, sqrt_correction2, eps, size, weight_decay, sign; };

void fused(float* p, const float* g, float* m, float* v, float* vmax, int64_t n, const Step& s) {
    for (int64_t i = 0; i < n; i++) {
        const float grad = s.sign * g[i] + s.weight_decay * p[i];
        m[i] = m[i] * s.beta1 + s.rest1 * grad;
        v[i] = v[i] * s.beta2 + s.rest2 * (grad * grad);
        float second = v[i];
        if (vmax) second = vmax[i] = vmax[i] > second ? vmax[i] : second;
        p[i] += s.size * (m[i] / (std::sqrt(second) / s.sqrt_correction2 + s.eps));
    }
}

bool fusible(const at::Tensor& p, const at::Tensor& other) {
    return other.scalar_type() == at::kFloat && other.is_cpu() && other.sizes() == p.sizes() && other.strides() == p.strides();
}

bool alike(const at::Tensor& p, const at::Tensor& other) {
    return other.device() == p.device() && other.scalar_type() == p.scalar_type() && other.layout() == at::kStrided &&
           other.sizes() == p.sizes() && other.strides() == p.strides();
}

// libtorch's fused kernel takes lists of one device and type. With doubles it runs on the CPU too, where tests reach it.
struct FusedGroup {
    std::vector<at::Tensor> params, grads, exp_avgs, exp_avg_sqs, max_exp_avg_sqs;
    std::vector<float> steps;

    bool take(const at::Tensor& p, const at::Tensor& grad, const at::Tensor& m, const at::Tensor& v, const at::Tensor& vmax, int64_t step) {
#if PT_TORCH_AT_LEAST(2, 4)
        const bool has_kernel = p.is_cuda() || (p.is_cpu() && p.scalar_type() == at::kDouble);
#else
        const bool has_kernel = PT_TORCH_AT_LEAST(2, 0) && p.is_cuda();
#endif
        const bool fits = has_kernel && at::isFloatingType(p.scalar_type()) && p.is_non_overlapping_and_dense() && p.numel() > 0 && alike(p, grad) &&
                          alike(p, m) && alike(p, v) && (!vmax.defined() || alike(p, vmax)) &&
                          (params.empty() || (p.device() == params[0].device() && p.scalar_type() == params[0].scalar_type()));
        if (!fits) return false;
        params.push_back(p); grads.push_back(grad); exp_avgs.push_back(m); exp_avg_sqs.push_back(v);
        if (vmax.defined()) max_exp_avg_sqs.push_back(vmax);
        steps.push_back(static_cast<float>(step));
        return true;
    }

    void step(const pt_adam_options& o, bool amsgrad) {
        if (params.empty()) return;
        const auto on = params[0].options().dtype(at::kFloat);  // the kernel reads step numbers as float32, from its device
        const int64_t n = static_cast<int64_t>(steps.size());
        const bool together = std::all_of(steps.begin(), steps.end(), [&](float s) { return s == steps[0]; });
        auto numbers = together ? at::full({n}, steps[0], on) : at::tensor(steps, at::kFloat).to(on.device());
        const c10::OptionalDeviceGuard here(params[0].device());
        at::_fused_adam_(params, grads, exp_avgs, exp_avg_sqs, max_exp_avg_sqs, numbers.unbind(0), o.lr, o.beta1, o.beta2, o.weight_decay, o.eps,
                         amsgrad, o.maximize != 0);
    }
};

void plain(at::Tensor& p, at::Tensor grad, at::Tensor& m, at::Tensor& v, at::Tensor vmax, double step_size, double sqrt_correction2, const pt_adam_options& o) {
    if (o.maximize) grad = grad.neg();
    if (o.weight_decay != 0) grad = grad.add(p, o.weight_decay);
    m.mul_(o.beta1).add_(grad, 1 - o.beta1);
    v.mul_(o.beta2).addcmul_(grad, grad, 1 - o.beta2);
    if (vmax.defined()) at::maximum_out(vmax, vmax, v);
    auto denominator = (vmax.defined() ? vmax : v).sqrt().div_(sqrt_correction2).add_(o.eps);
    p.addcdiv_(m, denominator, -step_size);
}
}  // namespace

PT_API int32_t pt_adam_step(const pt_tensor* params, const pt_tensor* exp_avg, const pt_tensor* exp_avg_sq, const pt_tensor* max_exp_avg_sq, const int64_t* steps, int32_t n, pt_adam_options o) {
    return guard([&] {
        c10::AutoGradMode no_grad(false);
        FusedGroup group;
        for (int32_t i = 0; i < n; i++) {
            auto& p = ref(params[i]);
            auto& m = ref(exp_avg[i]);
            auto& v = ref(exp_avg_sq[i]);
            auto vmax = max_exp_avg_sq ? ref(max_exp_avg_sq[i]) : at::Tensor();
            auto grad = p.grad();
            TORCH_CHECK(grad.defined(), "parameter ", i, " has no gradient");
            if (group.take(p, grad, m, v, vmax, steps[i])) continue;
            const double step_size = o.lr / (1 - std::pow(o.beta1, static_cast<double>(steps[i])));
            const double sqrt_correction2 = std::sqrt(1 - std::pow(o.beta2, static_cast<double>(steps[i])));
            bool dense = p.scalar_type() == at::kFloat && p.is_cpu() && !grad.is_sparse() && p.is_non_overlapping_and_dense() &&
                         fusible(p, grad) && fusible(p, m) && fusible(p, v) && (!vmax.defined() || fusible(p, vmax));
            if (!dense) {
                plain(p, grad, m, v, vmax, step_size, sqrt_correction2, o);
                continue;
            }
            const Step s{float(o.beta1), float(o.beta2), float(1 - o.beta1), float(1 - o.beta2), float(sqrt_correction2),
                         float(o.eps), float(-step_size), float(o.weight_decay), o.maximize ? -1.0f : 1.0f};
            auto* P = p.data_ptr<float>(); auto* G = grad.data_ptr<float>(); auto* M = m.data_ptr<float>(); auto* V = v.data_ptr<float>();
            auto* X = vmax.defined() ? vmax.data_ptr<float>() : nullptr;
            fused(P, G, M, V, X, p.numel(), s);
            p.unsafeGetTensorImpl()->bump_version();  // autograd must notice the change, as after any in-place operation
        }
        group.step(o, max_exp_avg_sq != nullptr);
    });
}

PT_API int32_t pt_zero_grad(const pt_tensor* params, int32_t n, int32_t set_to_none) {
    return guard([&] {
        c10::AutoGradMode no_grad(false);
        for (int32_t i = 0; i < n; i++) {
            auto& grad = ref(params[i]).mutable_grad();
            if (!grad.defined()) continue;
            if (set_to_none) { grad.reset(); continue; }
            if (grad.grad_fn()) grad.detach_(); else grad.requires_grad_(false);
            grad.zero_();
        }
    });
}
