#include "internal.h"
#include <torch/csrc/autograd/custom_function.h>
#include <atomic>

using namespace pt;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {
// libtorch 1.13 runs a transposed convolution as GEMM + col2im; the same result is the input gradient of a convolution,
// which oneDNN does 1.6 times as fast. libtorch 2 has a oneDNN deconvolution of its own: with 2.6 both take the same time in
// float32, so the way that every other user takes is the default.
std::atomic<bool> use_onednn_deconvolution{!PT_TORCH_AT_LEAST(2, 0)};

// y[N,Co,H',W'] from x[N,Ci,H,W] and w[Ci,Co,kh,kw]; groups and dilation are 1. Agrees with at::conv_transpose2d to rounding.
struct Deconvolution : torch::autograd::Function<Deconvolution> {
    static at::Tensor forward(AutogradContext* ctx, at::Tensor x, at::Tensor w, std::vector<int64_t> stride,
                              std::vector<int64_t> padding, std::vector<int64_t> output_padding) {
        std::vector<int64_t> size{x.size(0), w.size(1)};
        for (int i = 0; i < 2; i++)
            size.push_back((x.size(i + 2) - 1) * stride[i] - 2 * padding[i] + w.size(i + 2) + output_padding[i]);
        auto shape_only = at::empty(size, x.options(), x.suggest_memory_format());
        auto y = std::get<0>(at::convolution_backward(x, shape_only, w, at::OptionalIntArrayRef(), stride, padding, {1, 1}, false,
                                                      {0, 0}, 1, {true, false, false}));
        ctx->save_for_backward({x, w});
        ctx->saved_data["stride"] = stride;
        ctx->saved_data["padding"] = padding;
        return y;
    }
    static variable_list backward(AutogradContext* ctx, variable_list grads) {
        auto saved = ctx->get_saved_variables();
        auto stride = ctx->saved_data["stride"].toIntVector(), padding = ctx->saved_data["padding"].toIntVector();
        auto gy = in_layout_of(saved[0], grads[0]);
        at::Tensor gx, gw;
        if (ctx->needs_input_grad(0)) gx = at::conv2d(gy, saved[1], {}, stride, padding);
        if (ctx->needs_input_grad(1))
            gw = std::get<1>(at::convolution_backward(saved[0], gy, saved[1], at::OptionalIntArrayRef(), stride, padding, {1, 1},
                                                      false, {0, 0}, 1, {false, true, false}));
        return {gx, gw, {}, {}, {}};
    }
};

bool all_one(const int64_t* pair) { return pair[0] == 1 && pair[1] == 1; }
}  // namespace

PT_API int32_t pt_deconvolution(int32_t set, int32_t* was) {
    return guard([&] {
        *was = use_onednn_deconvolution;
        if (set >= 0) use_onednn_deconvolution = set != 0;
    });
}

PT_API int32_t pt_conv2d(pt_tensor x, pt_tensor w, pt_tensor b, const int64_t* stride, const int64_t* padding, const int64_t* dilation, int64_t groups, pt_tensor* out) {
    return guard([&] { *out = give(at::conv2d(ref(x), ref(w), maybe(b), ints(stride, 2), ints(padding, 2), ints(dilation, 2), groups)); });
}

PT_API int32_t pt_conv_transpose2d(pt_tensor x, pt_tensor w, pt_tensor b, const int64_t* stride, const int64_t* padding, const int64_t* output_padding, const int64_t* dilation, int64_t groups, pt_tensor* out) {
    return guard([&] {
        auto X = ref(x), W = ref(w), B = maybe(b);
        // output_padding < stride and matching channels are left for libtorch's own checks and messages.
        const bool autocast = cpu_autocast_enabled();
        bool fast = use_onednn_deconvolution && X.dim() == 4 && W.dim() == 4 && groups == 1 && all_one(dilation) && X.is_cpu() &&
                    (X.scalar_type() == at::kFloat || (autocast && X.scalar_type() == at::kBFloat16)) && W.scalar_type() == at::kFloat &&
                    X.numel() > 0 && X.size(1) == W.size(0) && output_padding[0] < stride[0] && output_padding[1] < stride[1];
        if (!fast) {
            *out = give(at::conv_transpose2d(X, W, B, ints(stride, 2), ints(padding, 2), ints(output_padding, 2), groups, ints(dilation, 2)));
            return;
        }
        if (autocast) {  // autocast does not look into custom functions
            X = X.to(at::kBFloat16);
            W = W.to(at::kBFloat16);
            if (B.defined()) B = B.to(at::kBFloat16);
        }
        auto pair = [](const int64_t* p) { return std::vector<int64_t>{p[0], p[1]}; };
        auto y = Deconvolution::apply(X, W, pair(stride), pair(padding), pair(output_padding));
        if (B.defined()) y.add_(B.view({1, -1, 1, 1}));
        *out = give(y);
    });
}

PT_API int32_t pt_linear(pt_tensor x, pt_tensor w, pt_tensor b, pt_tensor* out) {
    return guard([&] { *out = give(at::linear(ref(x), ref(w), maybe(b))); });
}
PT_API int32_t pt_pad(pt_tensor x, const int64_t* pad, int32_t n, int32_t mode, double value, pt_tensor* out) {
    static const char* const names[] = {"constant", "reflect", "replicate", "circular", "constant"};
    return guard([&] {
        TORCH_CHECK(mode >= 0 && mode < 5, "unknown padding mode ", mode);
        *out = give(at::pad(ref(x), ints(pad, n), names[mode], mode == 0 || mode == 4 ? optional<double>(value) : optional<double>()));
    });
}
PT_API int32_t pt_mse_loss(pt_tensor x, pt_tensor target, int32_t reduction, pt_tensor* out) {
    return guard([&] { *out = give(at::mse_loss(ref(x), ref(target), reduction)); });
}
PT_API int32_t pt_l1_loss(pt_tensor x, pt_tensor target, int32_t reduction, pt_tensor* out) {
    return guard([&] { *out = give(at::l1_loss(ref(x), ref(target), reduction)); });
}
PT_API int32_t pt_dropout(pt_tensor x, double p, int32_t training, pt_tensor* out) {
    return guard([&] { *out = give(at::dropout(ref(x), p, training != 0)); });
}
