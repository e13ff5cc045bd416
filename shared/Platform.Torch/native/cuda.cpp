// CUDA devices. The same source serves a libtorch for the CPU only, so nothing here includes CUDA's headers or links its
// libraries: what libtorch has no function for is looked up among the libraries that libtorch itself brought along.
#include "internal.h"
#include <c10/core/DeviceGuard.h>
#include <dlfcn.h>
#include <torch/cuda.h>
#if __has_include(<c10/core/CachingDeviceAllocator.h>)
#include <c10/core/CachingDeviceAllocator.h>
#endif

using pt::guard;

namespace c10 { struct DeviceAllocator; }

namespace {
// libtorch 2.9 gave the caching allocators of all devices one base class; the CUDA builds before it keep what they cached.
template <class DeviceAllocator> auto empty_cache(c10::Allocator* allocator, int) -> decltype(std::declval<DeviceAllocator&>().emptyCache()) {
    auto* caching = dynamic_cast<DeviceAllocator*>(allocator);
    if (caching && caching->initialized()) caching->emptyCache();
}
template <class> void empty_cache(c10::Allocator*, long) {}
}  // namespace

PT_API int32_t pt_cuda_is_available(int32_t* out) { return guard([&] { *out = torch::cuda::is_available(); }); }
PT_API int32_t pt_cuda_device_count(int32_t* out) { return guard([&] { *out = static_cast<int32_t>(torch::cuda::device_count()); }); }
PT_API int32_t pt_cudnn_is_available(int32_t* out) { return guard([&] { *out = torch::cuda::cudnn_is_available(); }); }
PT_API int32_t pt_cuda_synchronize(int64_t device_index) { return guard([&] { torch::cuda::synchronize(device_index); }); }
PT_API int32_t pt_cuda_manual_seed(int64_t seed, int32_t all) {
    return guard([&] { all ? torch::cuda::manual_seed_all(seed) : torch::cuda::manual_seed(seed); });
}
PT_API int32_t pt_cuda_memory(int32_t device_index, int64_t* free, int64_t* total) {
    return guard([&] {
        *free = *total = 0;
        if (!torch::cuda::is_available()) return;
        // cudaError_t is an int whose 0 is success, in every version of CUDA.
        using MemGetInfo = int (*)(size_t*, size_t*);
        auto mem_get_info = reinterpret_cast<MemGetInfo>(dlsym(RTLD_DEFAULT, "cudaMemGetInfo"));
        TORCH_CHECK(mem_get_info, "this libtorch brings no CUDA runtime that tells the free memory: ", dlerror());
        const c10::OptionalDeviceGuard on(device_index < 0 ? pt::optional<c10::Device>() : pt::optional<c10::Device>(pt::device(1, device_index)));
        size_t free_bytes = 0, total_bytes = 0;
        const int error = mem_get_info(&free_bytes, &total_bytes);
        TORCH_CHECK(error == 0, "cudaMemGetInfo failed with error ", error);
        *free = static_cast<int64_t>(free_bytes);
        *total = static_cast<int64_t>(total_bytes);
    });
}
PT_API int32_t pt_cuda_empty_cache(void) {
    return guard([&] {
        if (torch::cuda::is_available()) empty_cache<c10::DeviceAllocator>(c10::GetAllocator(at::kCUDA), 0);
    });
}
