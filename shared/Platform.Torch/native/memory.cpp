// A caching CPU allocator. Activations are a few MB each and are freed and allocated again in every step; handing them
// back to the operating system means faulting in every page again. Buffers from 1 MiB on are therefore kept in
// free lists by size, aligned to huge pages, and given back by pt_memory_trim when they have been idle.
#include "internal.h"
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#include <sys/mman.h>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <mutex>
#include <unordered_map>

namespace {
constexpr size_t smallest = size_t(1) << 20, alignment = size_t(2) << 20;
// More than this is never kept: beyond it the time saved is small against the memory withheld from others.
constexpr size_t most_cached = size_t(1) << 30;

using Clock = std::chrono::steady_clock;
struct Free { void* memory; Clock::time_point since; };

struct Cache {
    std::mutex lock;
    std::unordered_map<size_t, std::deque<Free>> free;  // by size; the back was used last
    std::unordered_map<void*, size_t> live;
    size_t in_use = 0, cached = 0;
};
// Never destroyed: tensors in static objects may be freed after our own statics are gone.
Cache& cache() { static Cache* c = new Cache; return *c; }

size_t rounded(size_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

void* take(size_t bytes) {
    if (bytes < smallest) return c10::alloc_cpu(bytes);
    auto& c = cache();
    const size_t size = rounded(bytes);
    std::lock_guard<std::mutex> hold(c.lock);
    void* memory = nullptr;
    auto found = c.free.find(size);
    if (found != c.free.end() && !found->second.empty()) {
        memory = found->second.back().memory;
        found->second.pop_back();
        c.cached -= size;
    } else {
        TORCH_CHECK_WITH(OutOfMemoryError, posix_memalign(&memory, alignment, size) == 0, "out of memory: cannot allocate ", size, " bytes");
        madvise(memory, size, MADV_HUGEPAGE);  // advice only: without huge pages it is merely slower
    }
    try { c.live.emplace(memory, size); } catch (...) { std::free(memory); throw; }
    c.in_use += size;
    return memory;
}

void put_back(void* memory) {
    if (!memory) return;
    auto& c = cache();
    {
        std::lock_guard<std::mutex> hold(c.lock);
        auto found = c.live.find(memory);
        if (found != c.live.end()) {
            const size_t size = found->second;
            c.live.erase(found);
            c.in_use -= size;
            if (c.cached + size <= most_cached) {
                c.free[size].push_back({memory, Clock::now()});
                c.cached += size;
            } else {
                std::free(memory);
            }
            return;
        }
    }
    c10::free_cpu(memory);
}

struct CachingAllocator final : c10::Allocator {
    // libtorch 2.3 made allocate() non-const and copy_data() a duty: with both written, each version overrides what it knows.
    c10::DataPtr allocate(size_t bytes) const { return pointer(bytes); }
    c10::DataPtr allocate(size_t bytes) { return pointer(bytes); }
    void copy_data(void* to, const void* from, std::size_t count) const { std::memcpy(to, from, count); }
    c10::DeleterFnPtr raw_deleter() const override { return &put_back; }
    static c10::DataPtr pointer(size_t bytes) {
        void* memory = take(bytes);
        return {memory, memory, &put_back, c10::Device(c10::kCPU)};
    }
};
}  // namespace

void pt::install_cpu_allocator() {
    static CachingAllocator allocator;
    c10::SetCPUAllocator(&allocator, 10);
}

PT_API int32_t pt_memory_trim(int64_t idle_ms, int64_t* released) {
    return pt::guard([&] {
        auto& c = cache();
        const auto before = Clock::now() - std::chrono::milliseconds(idle_ms);
        *released = 0;
        std::lock_guard<std::mutex> hold(c.lock);
        for (auto& [size, buffers] : c.free) {
            while (!buffers.empty() && buffers.front().since <= before) {
                std::free(buffers.front().memory);
                buffers.pop_front();
                c.cached -= size;
                *released += static_cast<int64_t>(size);
            }
        }
    });
}

PT_API int32_t pt_memory_stats(int64_t* in_use, int64_t* cached) {
    return pt::guard([&] {
        auto& c = cache();
        std::lock_guard<std::mutex> hold(c.lock);
        *in_use = static_cast<int64_t>(c.in_use);
        *cached = static_cast<int64_t>(c.cached);
    });
}
