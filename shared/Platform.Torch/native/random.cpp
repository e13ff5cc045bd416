#include "internal.h"
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <torch/utils.h>
#include <mutex>

using namespace pt;

namespace {
at::Generator& gen(pt_generator g) { return *static_cast<at::Generator*>(g); }
}

PT_API int32_t pt_manual_seed(int64_t seed) { return guard([&] { torch::manual_seed(static_cast<uint64_t>(seed)); }); }

PT_API int32_t pt_generator_new(uint64_t seed, int32_t device_type, int32_t device_index, pt_generator* out) {
    return guard([&] {
        auto d = device(device_type, device_index);
        auto g = d.is_cpu() ? at::make_generator<at::CPUGeneratorImpl>(seed) : at::globalContext().defaultGenerator(d).clone();
        g.set_current_seed(seed);
        *out = new at::Generator(std::move(g));
    });
}
PT_API int32_t pt_generator_default(pt_generator* out) {
    return guard([&] { *out = new at::Generator(at::detail::getDefaultCPUGenerator()); });
}
PT_API void pt_generator_free(pt_generator g) { delete static_cast<at::Generator*>(g); }
PT_API int32_t pt_generator_get_state(pt_generator g, pt_tensor* out) {
    return guard([&] {
        std::lock_guard<std::mutex> hold(gen(g).mutex());
        *out = give(gen(g).get_state());
    });
}
PT_API int32_t pt_generator_set_state(pt_generator g, pt_tensor state) {
    return guard([&] {
        std::lock_guard<std::mutex> hold(gen(g).mutex());
        gen(g).set_state(ref(state));
    });
}
PT_API int32_t pt_generator_seed(pt_generator g, int64_t seed) {
    return guard([&] {
        std::lock_guard<std::mutex> hold(gen(g).mutex());
        gen(g).set_current_seed(static_cast<uint64_t>(seed));
    });
}
PT_API int32_t pt_generator_initial_seed(pt_generator g, int64_t* out) {
    return guard([&] { *out = static_cast<int64_t>(gen(g).current_seed()); });
}

PT_API int32_t pt_uniform_(pt_tensor t, double from, double to, pt_generator g) {
    return guard([&] { ref(t).uniform_(from, to, generator(g)); });
}
PT_API int32_t pt_normal_(pt_tensor t, double mean, double std, pt_generator g) {
    return guard([&] { ref(t).normal_(mean, std, generator(g)); });
}
PT_API int32_t pt_bernoulli_(pt_tensor t, double p, pt_generator g) {
    return guard([&] { ref(t).bernoulli_(p, generator(g)); });
}
PT_API int32_t pt_randint(int64_t low, int64_t high, const int64_t* size, int32_t n, pt_spec spec, pt_generator g, pt_tensor* out) {
    return guard([&] { *out = give(finished(at::randint(low, high, ints(size, n), generator(g), options(spec)), spec)); });
}
PT_API int32_t pt_randperm(int64_t n, pt_spec spec, pt_generator g, pt_tensor* out) {
    return guard([&] { *out = give(finished(at::randperm(n, generator(g), options(spec)), spec)); });
}
