// Creation, properties, conversion, gradients.
#include "internal.h"
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/variable.h>
#include <memory>
#include <sstream>

using namespace pt;

PT_API int32_t pt_fill_new(int32_t what, const int64_t* size, int32_t n, pt_spec spec, pt_generator g, pt_tensor* out) {
    return guard([&] {
        auto s = ints(size, n);
        auto o = options(spec);
        at::Tensor t;
        switch (what) {
            case PT_FILL_empty: t = at::empty(s, o); break;
            case PT_FILL_zeros: t = at::zeros(s, o); break;
            case PT_FILL_ones: t = at::ones(s, o); break;
            case PT_FILL_rand: t = at::rand(s, generator(g), o); break;
            case PT_FILL_randn: t = at::randn(s, generator(g), o); break;
            default: TORCH_CHECK(false, "unknown kind of new tensor: ", what);
        }
        *out = give(finished(t, spec));
    });
}
PT_API int32_t pt_full(const int64_t* size, int32_t n, pt_scalar value, pt_spec spec, pt_tensor* out) {
    return guard([&] { *out = give(finished(at::full(ints(size, n), scalar(value), options(spec)), spec)); });
}
PT_API int32_t pt_arange(pt_scalar start, pt_scalar stop, pt_scalar step, pt_spec spec, pt_tensor* out) {
    return guard([&] { *out = give(finished(at::arange(scalar(start), scalar(stop), scalar(step), options(spec)), spec)); });
}
PT_API int32_t pt_linspace(double start, double end, int64_t steps, pt_spec spec, pt_tensor* out) {
    return guard([&] { *out = give(finished(at::linspace(start, end, steps, options(spec)), spec)); });
}
PT_API int32_t pt_eye(int64_t rows, int64_t columns, pt_spec spec, pt_tensor* out) {
    return guard([&] { *out = give(finished(at::eye(rows, columns, options(spec)), spec)); });
}
PT_API int32_t pt_like(int32_t what, pt_tensor t, pt_spec spec, pt_tensor* out) {
    return guard([&] {
        auto o = options(spec);
        at::Tensor r;
        switch (what) {
            case PT_LIKE_empty: r = at::empty_like(ref(t), o); break;
            case PT_LIKE_zeros: r = at::zeros_like(ref(t), o); break;
            case PT_LIKE_ones: r = at::ones_like(ref(t), o); break;
            case PT_LIKE_rand: r = at::rand_like(ref(t), o); break;
            case PT_LIKE_randn: r = at::randn_like(ref(t), o); break;
            default: TORCH_CHECK(false, "unknown kind of new tensor: ", what);
        }
        *out = give(finished(r, spec));
    });
}
PT_API int32_t pt_from_data(const void* data, int32_t data_dtype, const int64_t* size, int32_t n, pt_spec spec, pt_tensor* out) {
    return guard([&] {
        auto type = static_cast<at::ScalarType>(data_dtype);
        auto t = at::empty(ints(size, n), at::TensorOptions().dtype(type));
        if (t.numel()) std::memcpy(t.data_ptr(), data, static_cast<size_t>(t.numel()) * t.element_size());
        *out = give(finished(t.to(options(spec)), spec));
    });
}
PT_API int32_t pt_from_shared(void* data, int32_t data_dtype, const int64_t* size, int32_t n, void (*release)(void*), void* context, pt_tensor* out) {
    return guard([&] {
        // Shared with the tensor's storage: whoever lets go last releases, also when from_blob throws.
        std::shared_ptr<void> owner(context, release);
        auto type = static_cast<at::ScalarType>(data_dtype);
        *out = give(at::from_blob(data, ints(size, n), [owner](void*) {}, at::TensorOptions().dtype(type)));
    });
}
PT_API int32_t pt_reference(pt_tensor t, pt_tensor* out) { return guard([&] { *out = give(ref(t)); }); }
PT_API void pt_tensor_free(pt_tensor t) { delete static_cast<at::Tensor*>(t); }

PT_API int32_t pt_dim(pt_tensor t, int64_t* out) { return guard([&] { *out = ref(t).dim(); }); }
PT_API int32_t pt_numel(pt_tensor t, int64_t* out) { return guard([&] { *out = ref(t).numel(); }); }
PT_API int32_t pt_sizes(pt_tensor t, int64_t* out) {
    return guard([&] { auto s = ref(t).sizes(); std::copy(s.begin(), s.end(), out); });
}
PT_API int32_t pt_strides(pt_tensor t, int64_t* out) {
    return guard([&] { auto s = ref(t).strides(); std::copy(s.begin(), s.end(), out); });
}
PT_API int32_t pt_info(pt_tensor t, pt_spec* out, int32_t* is_leaf, int32_t* element_size) {
    return guard([&] {
        auto& x = ref(t);
        *out = {static_cast<int32_t>(x.scalar_type()), static_cast<int32_t>(x.device().type()),
                static_cast<int32_t>(x.device().index()), x.requires_grad()};
        *is_leaf = x.is_leaf();
        *element_size = static_cast<int32_t>(x.element_size());
    });
}
PT_API int32_t pt_is_contiguous(pt_tensor t, int32_t* out) { return guard([&] { *out = ref(t).is_contiguous(); }); }
PT_API int32_t pt_data(pt_tensor t, void** out) { return guard([&] { *out = ref(t).data_ptr(); }); }
PT_API int32_t pt_item_real(pt_tensor t, double* out) { return guard([&] { *out = ref(t).item().toDouble(); }); }
PT_API int32_t pt_item_integer(pt_tensor t, int64_t* out) { return guard([&] { *out = ref(t).item().toLong(); }); }
PT_API int32_t pt_equal(pt_tensor a, pt_tensor b, int32_t* out) { return guard([&] { *out = at::equal(ref(a), ref(b)); }); }
PT_API int32_t pt_allclose(pt_tensor a, pt_tensor b, double rtol, double atol, int32_t equal_nan, int32_t* out) {
    return guard([&] { *out = at::allclose(ref(a), ref(b), rtol, atol, equal_nan != 0); });
}
PT_API int32_t pt_to(pt_tensor t, int32_t dtype, int32_t device_type, int32_t device_index, int32_t copy, int32_t non_blocking, pt_tensor* out) {
    return guard([&] {
        auto& x = ref(t);
        auto d = device_type < 0 ? x.device() : device(device_type, device_index);
        auto s = dtype < 0 ? x.scalar_type() : static_cast<at::ScalarType>(dtype);
        *out = give(x.to(d, s, non_blocking != 0, copy != 0));
    });
}
PT_API int32_t pt_contiguous(pt_tensor t, int32_t memory_format, pt_tensor* out) {
    return guard([&] { *out = give(ref(t).contiguous(static_cast<at::MemoryFormat>(memory_format))); });
}
PT_API int32_t pt_to_string(pt_tensor t, char* text, int32_t capacity) {
    return guard([&] {
        std::ostringstream s;
        s << ref(t);
        auto all = s.str();
        auto n = std::min<size_t>(all.size(), static_cast<size_t>(capacity) - 1);
        std::copy_n(all.data(), n, text);
        text[n] = 0;
    });
}

PT_API int32_t pt_set_requires_grad(pt_tensor t, int32_t on) { return guard([&] { ref(t).requires_grad_(on != 0); }); }
PT_API int32_t pt_retain_grad(pt_tensor t) { return guard([&] { ref(t).retain_grad(); }); }
PT_API int32_t pt_grad(pt_tensor t, pt_tensor* out) {
    return guard([&] { auto& g = ref(t).grad(); *out = g.defined() ? give(g) : nullptr; });
}
PT_API int32_t pt_set_grad(pt_tensor t, pt_tensor grad) { return guard([&] { ref(t).mutable_grad() = maybe(grad); }); }
PT_API int32_t pt_backward(const pt_tensor* ts, const pt_tensor* grads, int32_t n, int32_t retain_graph, int32_t create_graph, const pt_tensor* inputs, int32_t inputs_n) {
    return guard([&] {
        auto g = grads ? list(grads, n) : std::vector<at::Tensor>();
        torch::autograd::backward(list(ts, n), g, retain_graph != 0, create_graph != 0, list(inputs, inputs_n));
    });
}
