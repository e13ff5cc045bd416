#include "internal.h"

using namespace pt;

#define FUNCTION(group, name, ...) case PT_##group##_##name: return at::name(__VA_ARGS__);
#define METHOD(group, name, ...) case PT_##group##_##name: a.name(__VA_ARGS__); return;

namespace {
at::Tensor unary(int32_t op, const at::Tensor& a) {
    switch (op) {
#define X(name) FUNCTION(UNARY, name, a)
        PT_UNARY_OPS(X)
#undef X
    }
    TORCH_CHECK(false, "unknown unary operation ", op);
}
void unary_(int32_t op, at::Tensor& a) {
    switch (op) {
#define X(name) METHOD(UNARY_INPLACE, name)
        PT_UNARY_INPLACE_OPS(X)
#undef X
    }
    TORCH_CHECK(false, "unknown in-place operation ", op);
}
at::Tensor binary(int32_t op, const at::Tensor& a, const at::Tensor& b) {
    switch (op) {
#define X(name) FUNCTION(BINARY, name, a, b)
        PT_BINARY_OPS(X)
#undef X
    }
    TORCH_CHECK(false, "unknown binary operation ", op);
}
at::Tensor binary(int32_t op, const at::Tensor& a, const at::Scalar& b) {
    switch (op) {
#define X(name) FUNCTION(BINARY_SCALAR, name, a, b)
        PT_BINARY_SCALAR_OPS(X)
#undef X
    }
    TORCH_CHECK(false, "unknown binary operation ", op);
}
template <class B> void binary_(int32_t op, at::Tensor& a, const B& b) {
    switch (op) {
#define X(name) METHOD(BINARY_INPLACE, name, b)
        PT_BINARY_INPLACE_OPS(X)
#undef X
    }
    TORCH_CHECK(false, "unknown in-place operation ", op);
}
}  // namespace

PT_API int32_t pt_unary(int32_t op, pt_tensor t, pt_tensor* out) { return guard([&] { *out = give(unary(op, ref(t))); }); }
PT_API int32_t pt_unary_(int32_t op, pt_tensor t) { return guard([&] { unary_(op, ref(t)); }); }
PT_API int32_t pt_binary(int32_t op, pt_tensor a, pt_tensor b, pt_tensor* out) { return guard([&] { *out = give(binary(op, ref(a), ref(b))); }); }
PT_API int32_t pt_binary_scalar(int32_t op, pt_tensor a, pt_scalar b, pt_tensor* out) {
    return guard([&] { *out = give(binary(op, ref(a), scalar(b))); });
}
PT_API int32_t pt_binary_(int32_t op, pt_tensor a, pt_tensor b) { return guard([&] { binary_(op, ref(a), ref(b)); }); }
PT_API int32_t pt_binary_scalar_(int32_t op, pt_tensor a, pt_scalar b) { return guard([&] { binary_(op, ref(a), scalar(b)); }); }

PT_API int32_t pt_add(pt_tensor a, pt_tensor b, pt_scalar alpha, pt_tensor* out) { return guard([&] { *out = give(at::add(ref(a), ref(b), scalar(alpha))); }); }
PT_API int32_t pt_add_(pt_tensor a, pt_tensor b, pt_scalar alpha) { return guard([&] { ref(a).add_(ref(b), scalar(alpha)); }); }
PT_API int32_t pt_add_scalar(pt_tensor a, pt_scalar b, pt_scalar alpha, pt_tensor* out) { return guard([&] { *out = give(at::add(ref(a), scalar(b), scalar(alpha))); }); }
PT_API int32_t pt_add_scalar_(pt_tensor a, pt_scalar b, pt_scalar alpha) { return guard([&] { ref(a).add_(scalar(b), scalar(alpha)); }); }
PT_API int32_t pt_sub(pt_tensor a, pt_tensor b, pt_scalar alpha, pt_tensor* out) { return guard([&] { *out = give(at::sub(ref(a), ref(b), scalar(alpha))); }); }
PT_API int32_t pt_sub_(pt_tensor a, pt_tensor b, pt_scalar alpha) { return guard([&] { ref(a).sub_(ref(b), scalar(alpha)); }); }
PT_API int32_t pt_sub_scalar(pt_tensor a, pt_scalar b, pt_scalar alpha, pt_tensor* out) { return guard([&] { *out = give(at::sub(ref(a), scalar(b), scalar(alpha))); }); }
PT_API int32_t pt_sub_scalar_(pt_tensor a, pt_scalar b, pt_scalar alpha) { return guard([&] { ref(a).sub_(scalar(b), scalar(alpha)); }); }
PT_API int32_t pt_rsub_scalar(pt_tensor a, pt_scalar b, pt_tensor* out) { return guard([&] { *out = give(at::rsub(ref(a), scalar(b))); }); }
PT_API int32_t pt_addcmul_(pt_tensor t, pt_tensor a, pt_tensor b, pt_scalar value) { return guard([&] { ref(t).addcmul_(ref(a), ref(b), scalar(value)); }); }
PT_API int32_t pt_addcdiv_(pt_tensor t, pt_tensor a, pt_tensor b, pt_scalar value) { return guard([&] { ref(t).addcdiv_(ref(a), ref(b), scalar(value)); }); }
PT_API int32_t pt_clamp(pt_tensor t, pt_scalar min, pt_scalar max, pt_tensor* out) { return guard([&] { *out = give(at::clamp(ref(t), maybe(min), maybe(max))); }); }
PT_API int32_t pt_clamp_(pt_tensor t, pt_scalar min, pt_scalar max) { return guard([&] { ref(t).clamp_(maybe(min), maybe(max)); }); }
PT_API int32_t pt_fill_(pt_tensor t, pt_scalar value) { return guard([&] { ref(t).fill_(scalar(value)); }); }
PT_API int32_t pt_copy_(pt_tensor t, pt_tensor source, int32_t non_blocking) { return guard([&] { ref(t).copy_(ref(source), non_blocking != 0); }); }
PT_API int32_t pt_where(pt_tensor condition, pt_tensor a, pt_tensor b, pt_tensor* out) { return guard([&] { *out = give(at::where(ref(condition), ref(a), ref(b))); }); }

PT_API int32_t pt_reduce(int32_t op, pt_tensor t, const int64_t* dims, int32_t n, int32_t keepdim, int32_t type, pt_tensor* out) {
    return guard([&] {
        auto& x = ref(t);
        std::vector<int64_t> over;
        if (n >= 0) over.assign(dims, dims + n);
        else for (int64_t d = 0; d < x.dim(); d++) over.push_back(d);
        bool keep = keepdim != 0;
        switch (op) {
            case PT_REDUCE_sum: *out = give(at::sum(x, over, keep, dtype(type))); return;
            case PT_REDUCE_mean: *out = give(at::mean(x, over, keep, dtype(type))); return;
            case PT_REDUCE_amin: *out = give(at::amin(x, over, keep)); return;
            case PT_REDUCE_amax: *out = give(at::amax(x, over, keep)); return;
        }
        TORCH_CHECK(false, "unknown reduction ", op);
    });
}
PT_API int32_t pt_moment(int32_t standard_deviation, pt_tensor t, const int64_t* dims, int32_t n, int32_t unbiased, int32_t keepdim, pt_tensor* out) {
    return guard([&] {
        auto& x = ref(t);
        bool u = unbiased != 0, keep = keepdim != 0;
        if (n < 0) *out = give(standard_deviation ? at::std(x, u) : at::var(x, u));
        else *out = give(standard_deviation ? at::std(x, ints(dims, n), u, keep) : at::var(x, ints(dims, n), u, keep));
    });
}
PT_API int32_t pt_extreme(int32_t maximum, pt_tensor t, int64_t dim, int32_t keepdim, pt_tensor* values, pt_tensor* indices) {
    return guard([&] {
        auto both = maximum ? at::max(ref(t), dim, keepdim != 0) : at::min(ref(t), dim, keepdim != 0);
        *values = give(std::get<0>(both));
        *indices = give(std::get<1>(both));
    });
}
PT_API int32_t pt_arg_extreme(int32_t maximum, pt_tensor t, int64_t dim, int32_t has_dim, int32_t keepdim, pt_tensor* out) {
    return guard([&] {
        auto d = has_dim ? optional<int64_t>(dim) : optional<int64_t>();
        *out = give(maximum ? at::argmax(ref(t), d, keepdim != 0) : at::argmin(ref(t), d, keepdim != 0));
    });
}
PT_API int32_t pt_truth(int32_t all, pt_tensor t, int64_t dim, int32_t has_dim, int32_t keepdim, pt_tensor* out) {
    return guard([&] {
        auto& x = ref(t);
        if (has_dim) *out = give(all ? at::all(x, dim, keepdim != 0) : at::any(x, dim, keepdim != 0));
        else *out = give(all ? at::all(x) : at::any(x));
    });
}
PT_API int32_t pt_cumsum(pt_tensor t, int64_t dim, int32_t type, pt_tensor* out) {
    return guard([&] { *out = give(at::cumsum(ref(t), dim, dtype(type))); });
}
PT_API int32_t pt_sort(pt_tensor t, int64_t dim, int32_t descending, int32_t stable, pt_tensor* values, pt_tensor* indices) {
    return guard([&] {
        auto both = at::sort(ref(t), optional<bool>(stable != 0), dim, descending != 0);
        *values = give(std::get<0>(both));
        *indices = give(std::get<1>(both));
    });
}
PT_API int32_t pt_quantile(pt_tensor t, pt_tensor q, int64_t dim, int32_t has_dim, int32_t keepdim, pt_tensor* out) {
    return guard([&] { *out = give(at::quantile(ref(t), ref(q), has_dim ? optional<int64_t>(dim) : optional<int64_t>(), keepdim != 0)); });
}
PT_API int32_t pt_softmax(pt_tensor t, int64_t dim, int32_t type, pt_tensor* out) {
    return guard([&] { *out = give(at::softmax(ref(t), dim, dtype(type))); });
}
