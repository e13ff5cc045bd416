// Library-wide state: errors, threads, gradient and inference mode, autocast.
#include "internal.h"
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>
#include <cstring>

namespace {
thread_local std::string last_error;
thread_local int32_t last_error_kind = PT_ERROR_other;

#if PT_TORCH_AT_LEAST(2, 4)
bool autocast(at::DeviceType d) { return at::autocast::is_autocast_enabled(d); }
void autocast(at::DeviceType d, bool on) { at::autocast::set_autocast_enabled(d, on); }
at::ScalarType autocast_dtype(at::DeviceType d) { return at::autocast::get_autocast_dtype(d); }
void autocast_dtype(at::DeviceType d, at::ScalarType t) { at::autocast::set_autocast_dtype(d, t); }
#else
bool autocast(at::DeviceType d) { return d == at::kCPU ? at::autocast::is_cpu_enabled() : at::autocast::is_enabled(); }
void autocast(at::DeviceType d, bool on) { d == at::kCPU ? at::autocast::set_cpu_enabled(on) : at::autocast::set_enabled(on); }
at::ScalarType autocast_dtype(at::DeviceType d) {
    return d == at::kCPU ? at::autocast::get_autocast_cpu_dtype() : at::autocast::get_autocast_gpu_dtype();
}
void autocast_dtype(at::DeviceType d, at::ScalarType t) {
    d == at::kCPU ? at::autocast::set_autocast_cpu_dtype(t) : at::autocast::set_autocast_gpu_dtype(t);
}
#endif

at::DeviceType autocast_device(int32_t type) {
    auto d = static_cast<at::DeviceType>(type);
    TORCH_CHECK(d == at::kCPU || d == at::kCUDA, "autocast is available for cpu and cuda, not for ", d);
    return d;
}
}  // namespace

namespace pt {
int32_t failed(const char* what, bool out_of_memory) noexcept {
    try { last_error = what; } catch (...) { last_error.clear(); }
    // Not all that runs out of memory says so by its type: libraries of CUDA and the CPU's allocator have only messages.
    for (auto* sign : {"out of memory", "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED", "DefaultCPUAllocator: can't allocate memory"})
        out_of_memory = out_of_memory || std::strstr(what, sign);
    last_error_kind = out_of_memory ? PT_ERROR_out_of_memory : PT_ERROR_other;
    return -1;
}
bool cpu_autocast_enabled() { return autocast(at::kCPU); }
}  // namespace pt

using pt::guard;

PT_API int32_t pt_abi_version(void) { return PT_ABI_VERSION; }
PT_API const char* pt_last_error(void) { return last_error.c_str(); }
PT_API int32_t pt_last_error_kind(void) { return last_error_kind; }
PT_API const char* pt_torch_version(void) { return TORCH_VERSION; }

PT_API int32_t pt_start(void) { return guard([&] { pt::install_cpu_allocator(); }); }

PT_API int32_t pt_set_num_threads(int32_t count) { return guard([&] { at::set_num_threads(count); }); }
PT_API int32_t pt_get_num_threads(int32_t* out) { return guard([&] { *out = at::get_num_threads(); }); }
PT_API int32_t pt_set_num_interop_threads(int32_t count) { return guard([&] { at::set_num_interop_threads(count); }); }
PT_API int32_t pt_get_num_interop_threads(int32_t* out) { return guard([&] { *out = static_cast<int32_t>(at::get_num_interop_threads()); }); }

PT_API int32_t pt_grad_mode(int32_t set, int32_t* was) {
    return guard([&] {
        *was = c10::GradMode::is_enabled();
        if (set >= 0) c10::GradMode::set_enabled(set != 0);
    });
}
PT_API int32_t pt_inference_mode_enter(int32_t enabled, void** scope) {
    return guard([&] { *scope = new c10::InferenceMode(enabled != 0); });
}
PT_API int32_t pt_inference_mode_leave(void* scope) { return guard([&] { delete static_cast<c10::InferenceMode*>(scope); }); }
PT_API int32_t pt_inference_mode_enabled(int32_t* out) { return guard([&] { *out = c10::InferenceMode::is_enabled(); }); }

PT_API int32_t pt_autocast_enabled(int32_t device_type, int32_t set, int32_t* was) {
    return guard([&] {
        auto d = autocast_device(device_type);
        *was = autocast(d);
        if (set >= 0) autocast(d, set != 0);
    });
}
PT_API int32_t pt_autocast_dtype(int32_t device_type, int32_t set, int32_t* was) {
    return guard([&] {
        auto d = autocast_device(device_type);
        *was = static_cast<int32_t>(autocast_dtype(d));
        if (set >= 0) autocast_dtype(d, static_cast<at::ScalarType>(set));
    });
}
PT_API int32_t pt_autocast_cache(int32_t set, int32_t* was) {
    return guard([&] {
        *was = at::autocast::is_autocast_cache_enabled();
        if (set >= 0) at::autocast::set_autocast_cache_enabled(set != 0);
    });
}
PT_API int32_t pt_autocast_nesting(int32_t delta, int32_t* level) {
    return guard([&] { *level = delta > 0 ? at::autocast::increment_nesting() : at::autocast::decrement_nesting(); });
}
PT_API int32_t pt_autocast_clear_cache(void) { return guard([&] { at::autocast::clear_cache(); }); }
