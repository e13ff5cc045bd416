// Shared by the sources of the shim only.
#pragma once
#include <ATen/ATen.h>
#include <torch/version.h>
#include <exception>
#include <new>
#include <string>
#include <utility>
#include <vector>
#include "platform_torch.h"

#define PT_TORCH_AT_LEAST(major, minor) \
    (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

namespace pt {

// c10::optional up to libtorch 2.2, std::optional afterwards: take whichever this libtorch speaks.
template <class O> struct OptionalOf;
template <template <class> class Optional, class T> struct OptionalOf<Optional<T>> {
    template <class U> using Of = Optional<U>;
};
template <class T> using optional = typename OptionalOf<decltype(std::declval<at::TensorOptions>().layout_opt())>::template Of<T>;

int32_t failed(const char* what, bool out_of_memory = false) noexcept;

// Building a backtrace for every exception would be slower than the operation that failed; the message is enough.
template <class F> int32_t guard(F&& f) noexcept {
    try { f(); return 0; }
    catch (const c10::OutOfMemoryError& e) { return failed(e.what_without_backtrace(), true); }
    catch (const std::bad_alloc& e) { return failed(e.what(), true); }
    catch (const c10::Error& e) { return failed(e.what_without_backtrace()); }
    catch (const std::exception& e) { return failed(e.what()); }
    catch (...) { return failed("an exception of unknown type was thrown in native code"); }
}

inline at::Tensor& ref(pt_tensor t) { return *static_cast<at::Tensor*>(t); }
inline at::Tensor maybe(pt_tensor t) { return t ? ref(t) : at::Tensor(); }
inline pt_tensor give(at::Tensor t) { return new at::Tensor(std::move(t)); }
inline at::IntArrayRef ints(const int64_t* values, int32_t n) { return at::IntArrayRef(values, static_cast<size_t>(n)); }
inline at::Device device(int32_t type, int32_t index) {
    return at::Device(static_cast<at::DeviceType>(type), static_cast<at::DeviceIndex>(index));
}
inline optional<at::ScalarType> dtype(int32_t value) {
    return value < 0 ? optional<at::ScalarType>() : optional<at::ScalarType>(static_cast<at::ScalarType>(value));
}
inline at::TensorOptions options(const pt_spec& s) {
    return at::TensorOptions().dtype(static_cast<at::ScalarType>(s.dtype)).device(device(s.device_type, s.device_index));
}
inline at::Scalar scalar(const pt_scalar& s) {
    return s.kind == 1 ? at::Scalar(s.integer) : s.kind == 3 ? at::Scalar(s.integer != 0) : at::Scalar(s.real);
}
inline optional<at::Scalar> maybe(const pt_scalar& s) { return s.kind ? optional<at::Scalar>(scalar(s)) : optional<at::Scalar>(); }
inline optional<at::Generator> generator(pt_generator g) {
    return g ? optional<at::Generator>(*static_cast<at::Generator*>(g)) : optional<at::Generator>();
}
inline std::vector<at::Tensor> list(const pt_tensor* ts, int32_t n) {
    std::vector<at::Tensor> all;
    all.reserve(n);
    for (int32_t i = 0; i < n; i++) all.push_back(maybe(ts[i]));
    return all;
}

// A leaf that asks for gradients: set last, outside of what autograd records.
inline at::Tensor finished(at::Tensor t, const pt_spec& s) { return s.requires_grad ? t.requires_grad_(true) : t; }

// A tensor of one channel is the same memory in both layouts, and its strides then say NCHW to whoever asks: what is computed
// from it would leave the layout of everything around it, and every elementwise operation after that would run against the grain.
inline at::Tensor in_layout_of(const at::Tensor& like, at::Tensor t) {
    const auto format = like.suggest_memory_format();
    t = t.contiguous(format);
    if (format == at::MemoryFormat::ChannelsLast && t.size(1) == 1)
        t = t.as_strided(t.sizes(), {t.size(2) * t.size(3), 1, t.size(3), 1});
    return t;
}

void install_cpu_allocator();
bool cpu_autocast_enabled();

}  // namespace pt
