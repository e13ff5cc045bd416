// Batch normalisation.
// In channels-last libtorch 1.13 adds up the values of a channel in single precision. Over the 131 072 values of a batch the result is a
// hundred times less exact than that of its NCHW kernel, and the losses of two equal runs drift apart by a per mille within ten passes.
// Here the sums are in double precision, over rows of channels, so every load is a whole vector.
#include "internal.h"
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>
#include <cmath>
#include <limits>

using namespace pt;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define PT_VECTORISED __attribute__((target_clones("arch=skylake-avx512", "arch=haswell", "default")))
#else
#define PT_VECTORISED
#endif

namespace {
// at::parallel_for of a wheel would bring a second OpenMP runtime into the process; there libtorch's own kernel stays.
constexpr bool use_own = !PT_TORCH_AT_LEAST(2, 0);
constexpr float lowest = -std::numeric_limits<float>::infinity();

// x, y, dy and dx are [rows, channels]; everything else has one value for each channel.
PT_VECTORISED void add_moments(const float* __restrict x, int64_t rows, int64_t channels, double* __restrict sum, double* __restrict squares) {
    for (int64_t row = 0; row < rows; row++, x += channels)
        for (int64_t c = 0; c < channels; c++) {
            const double value = x[c];
            sum[c] += value;
            squares[c] += value * value;
        }
}

// With a ReLU behind it `least` is 0, otherwise −∞; NaN passes both.
PT_VECTORISED void scale_and_shift(const float* __restrict x, int64_t rows, int64_t channels, const float* __restrict scale, const float* __restrict shift, float least, float* __restrict y) {
    for (int64_t row = 0; row < rows; row++, x += channels, y += channels)
        for (int64_t c = 0; c < channels; c++) {
            const float value = x[c] * scale[c] + shift[c];
            y[c] = value < least ? least : value;
        }
}

// y tells where a ReLU let the gradient through: with least = −∞ any values do.
PT_VECTORISED void add_gradients(const float* x, const float* y, float least, const float* __restrict dy, int64_t rows, int64_t channels, const float* __restrict mean, double* __restrict sum, double* __restrict products) {
    for (int64_t row = 0; row < rows; row++, x += channels, y += channels, dy += channels)
        for (int64_t c = 0; c < channels; c++) {
            const float all = dy[c];  // read whatever comes of it: a conditional read would keep the loop from becoming vectors
            const double gradient = y[c] <= least ? 0.0f : all;
            sum[c] += gradient;
            products[c] += gradient * (x[c] - mean[c]);
        }
}

PT_VECTORISED void propagate(const float* x, const float* y, float least, const float* __restrict dy, int64_t rows, int64_t channels, const float* __restrict mean, const float* __restrict slope, const float* __restrict offset, const float* __restrict scale, float* __restrict dx) {
    for (int64_t row = 0; row < rows; row++, x += channels, y += channels, dy += channels, dx += channels)
        for (int64_t c = 0; c < channels; c++) {
            const float all = dy[c], gradient = y[c] <= least ? 0.0f : all;
            dx[c] = (gradient - offset[c] - (x[c] - mean[c]) * slope[c]) * scale[c];
        }
}

// One part for each thread, whatever it finds to do: sums in the same order for the same number of threads.
template <class F> void in_parts(int64_t rows, const F& work) {
    const int64_t parts = std::max<int64_t>(1, std::min<int64_t>(at::get_num_threads(), rows));
    at::parallel_for(0, parts, 1, [&](int64_t first, int64_t last) {
        for (int64_t part = first; part < last; part++) work(part, rows * part / parts, rows * (part + 1) / parts);
    });
}

// Two sums for each channel, each part adding up its own rows.
template <class F> std::vector<double> sums(int64_t rows, int64_t channels, const F& add) {
    const int64_t parts = std::max<int64_t>(1, at::get_num_threads());
    std::vector<double> partial(static_cast<size_t>(parts * 2 * channels)), total(static_cast<size_t>(2 * channels));
    in_parts(rows, [&](int64_t part, int64_t from, int64_t to) {
        auto* own = partial.data() + part * 2 * channels;
        add(from, to - from, own, own + channels);
    });
    for (int64_t part = 0; part < parts; part++)
        for (int64_t i = 0; i < 2 * channels; i++) total[i] += partial[part * 2 * channels + i];
    return total;
}

struct BatchNorm : torch::autograd::Function<BatchNorm> {
    static at::Tensor forward(AutogradContext* ctx, at::Tensor x, at::Tensor weight, at::Tensor bias, at::Tensor running_mean,
                              at::Tensor running_var, double momentum, double eps, bool relu) {
        const int64_t channels = x.size(1), rows = x.numel() / channels;
        auto y = at::empty_like(x), mean = at::empty({channels}, x.options()), inverse = at::empty({channels}, x.options()), unbiased = at::empty({channels}, x.options());
        const auto *X = x.data_ptr<float>(), *W = weight.data_ptr<float>(), *B = bias.data_ptr<float>();
        auto *Y = y.data_ptr<float>(), *M = mean.data_ptr<float>(), *I = inverse.data_ptr<float>(), *U = unbiased.data_ptr<float>();

        const auto total = sums(rows, channels, [&](int64_t from, int64_t count, double* sum, double* squares) {
            add_moments(X + from * channels, count, channels, sum, squares);
        });
        std::vector<float> scale(channels), shift(channels);
        for (int64_t c = 0; c < channels; c++) {
            const double average = total[c] / rows, variance = std::max(0.0, total[channels + c] / rows - average * average);
            const double deviation = 1 / std::sqrt(variance + eps);
            M[c] = static_cast<float>(average);
            I[c] = static_cast<float>(deviation);
            U[c] = static_cast<float>(rows > 1 ? variance * rows / (rows - 1) : variance);
            scale[c] = static_cast<float>(W[c] * deviation);
            shift[c] = static_cast<float>(B[c] - average * W[c] * deviation);
        }
        in_parts(rows, [&](int64_t, int64_t from, int64_t to) {
            scale_and_shift(X + from * channels, to - from, channels, scale.data(), shift.data(), relu ? 0 : lowest, Y + from * channels);
        });

        if (running_mean.defined()) running_mean.mul_(1 - momentum).add_(mean, momentum);
        if (running_var.defined()) running_var.mul_(1 - momentum).add_(unbiased, momentum);
        ctx->save_for_backward({x, weight, mean, inverse, relu ? y : x});
        ctx->saved_data["relu"] = relu;
        return y;
    }

    static variable_list backward(AutogradContext* ctx, variable_list grads) {
        const auto saved = ctx->get_saved_variables();
        const auto &x = saved[0], &weight = saved[1], &mean = saved[2], &inverse = saved[3], &y = saved[4];
        const float least = ctx->saved_data["relu"].toBool() ? 0 : lowest;
        const int64_t channels = x.size(1), rows = x.numel() / channels;
        const auto dy = in_layout_of(x, grads[0]);
        auto dx = at::empty_like(x), dw = at::empty_like(weight), db = at::empty_like(weight);
        const auto *X = x.data_ptr<float>(), *Y = y.data_ptr<float>(), *G = dy.data_ptr<float>(), *W = weight.data_ptr<float>(), *M = mean.data_ptr<float>(), *I = inverse.data_ptr<float>();
        auto* D = dx.data_ptr<float>();

        const auto total = sums(rows, channels, [&](int64_t from, int64_t count, double* sum, double* products) {
            add_gradients(X + from * channels, Y + from * channels, least, G + from * channels, count, channels, M, sum, products);
        });
        std::vector<float> slope(channels), offset(channels), scale(channels);
        for (int64_t c = 0; c < channels; c++) {
            db.data_ptr<float>()[c] = static_cast<float>(total[c]);
            dw.data_ptr<float>()[c] = static_cast<float>(total[channels + c] * I[c]);
            offset[c] = static_cast<float>(total[c] / rows);
            slope[c] = static_cast<float>(total[channels + c] * I[c] * I[c] / rows);
            scale[c] = W[c] * I[c];
        }
        in_parts(rows, [&](int64_t, int64_t from, int64_t to) {
            propagate(X + from * channels, Y + from * channels, least, G + from * channels, to - from, channels, M, slope.data(), offset.data(), scale.data(), D + from * channels);
        });
        return {dx, dw, db, {}, {}, {}, {}, {}};
    }
};

bool plain(const at::Tensor& t) { return t.defined() && t.is_cpu() && t.scalar_type() == at::kFloat && t.is_contiguous(); }

bool ours(const at::Tensor& x, const at::Tensor& w, const at::Tensor& b) {
    return use_own && x.dim() == 4 && x.is_cpu() && x.scalar_type() == at::kFloat && x.numel() > x.size(1) &&
           x.suggest_memory_format() == at::MemoryFormat::ChannelsLast && x.is_contiguous(at::MemoryFormat::ChannelsLast) &&
           plain(w) && plain(b) && w.numel() == x.size(1) && b.numel() == x.size(1);
}
}  // namespace

PT_API int32_t pt_batch_norm(pt_tensor x, pt_tensor w, pt_tensor b, pt_tensor mean, pt_tensor var, int32_t training, double momentum, double eps, int32_t relu, pt_tensor* out) {
    return guard([&] {
        if (training && ours(ref(x), maybe(w), maybe(b))) {
            *out = give(BatchNorm::apply(ref(x), ref(w), ref(b), maybe(mean), maybe(var), momentum, eps, relu != 0));
            return;
        }
        auto y = at::batch_norm(ref(x), maybe(w), maybe(b), maybe(mean), maybe(var), training != 0, momentum, eps, at::globalContext().userEnabledCuDNN());
        *out = give(relu ? y.relu_() : y);
    });
}
