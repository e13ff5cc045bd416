#include "internal.h"
#include <ATen/TensorIndexing.h>

using namespace pt;

PT_API int32_t pt_reshape(pt_tensor t, const int64_t* size, int32_t n, pt_tensor* out) {
    return guard([&] { *out = give(ref(t).reshape(ints(size, n))); });
}
PT_API int32_t pt_view(pt_tensor t, const int64_t* size, int32_t n, pt_tensor* out) {
    return guard([&] { *out = give(ref(t).view(ints(size, n))); });
}
PT_API int32_t pt_expand(pt_tensor t, const int64_t* size, int32_t n, int32_t implicit_, pt_tensor* out) {
    return guard([&] { *out = give(ref(t).expand(ints(size, n), implicit_ != 0)); });
}
PT_API int32_t pt_repeat(pt_tensor t, const int64_t* repeats, int32_t n, pt_tensor* out) {
    return guard([&] { *out = give(ref(t).repeat(ints(repeats, n))); });
}
PT_API int32_t pt_permute(pt_tensor t, const int64_t* dims, int32_t n, pt_tensor* out) {
    return guard([&] { *out = give(ref(t).permute(ints(dims, n))); });
}
PT_API int32_t pt_flip(pt_tensor t, const int64_t* dims, int32_t n, pt_tensor* out) {
    return guard([&] { *out = give(ref(t).flip(ints(dims, n))); });
}
PT_API int32_t pt_transpose(pt_tensor t, int64_t dim0, int64_t dim1, pt_tensor* out) {
    return guard([&] { *out = give(ref(t).transpose(dim0, dim1)); });
}
PT_API int32_t pt_flatten(pt_tensor t, int64_t start_dim, int64_t end_dim, pt_tensor* out) {
    return guard([&] { *out = give(ref(t).flatten(start_dim, end_dim)); });
}
PT_API int32_t pt_unsqueeze(pt_tensor t, int64_t dim, pt_tensor* out) { return guard([&] { *out = give(ref(t).unsqueeze(dim)); }); }
PT_API int32_t pt_squeeze(pt_tensor t, int64_t dim, int32_t has_dim, pt_tensor* out) {
    return guard([&] { *out = give(has_dim ? ref(t).squeeze(dim) : ref(t).squeeze()); });
}
PT_API int32_t pt_narrow(pt_tensor t, int64_t dim, int64_t start, int64_t length, pt_tensor* out) {
    return guard([&] { *out = give(ref(t).narrow(dim, start, length)); });
}
PT_API int32_t pt_slice(pt_tensor t, int64_t dim, int64_t start, int64_t finish, int64_t step, pt_tensor* out) {
    return guard([&] { *out = give(ref(t).slice(dim, start, finish, step)); });
}
PT_API int32_t pt_select(pt_tensor t, int64_t dim, int64_t index, pt_tensor* out) {
    return guard([&] { *out = give(ref(t).select(dim, index)); });
}
PT_API int32_t pt_index_select(pt_tensor t, int64_t dim, pt_tensor index, pt_tensor* out) {
    return guard([&] { *out = give(ref(t).index_select(dim, ref(index))); });
}

namespace {
#if PT_TORCH_AT_LEAST(2, 0)
using Bound = c10::SymInt;
#else
using Bound = int64_t;
#endif

std::vector<at::indexing::TensorIndex> indices(const pt_index_item* items, int32_t n) {
    std::vector<at::indexing::TensorIndex> all;
    for (int32_t i = 0; i < n; i++) {
        auto& item = items[i];
        auto given = [&](int64_t flag, int64_t value) { return item.flags & flag ? optional<Bound>(Bound(value)) : optional<Bound>(); };
        switch (item.kind) {
            case 0: all.emplace_back(at::indexing::None); break;
            case 1: all.emplace_back(item.start); break;
            case 2: all.emplace_back(at::indexing::Ellipsis); break;
            case 3: all.emplace_back(item.start != 0); break;
            case 4: all.emplace_back(ref(item.tensor)); break;
            case 5: all.emplace_back(at::indexing::Slice(given(1, item.start), given(2, item.stop), given(4, item.step))); break;
            default: TORCH_CHECK(false, "unknown kind of index: ", item.kind);
        }
    }
    return all;
}
}  // namespace

PT_API int32_t pt_index(pt_tensor t, const pt_index_item* items, int32_t n, pt_tensor* out) {
    return guard([&] { *out = give(ref(t).index(indices(items, n))); });
}
PT_API int32_t pt_index_put_(pt_tensor t, const pt_index_item* items, int32_t n, pt_tensor value) {
    return guard([&] { ref(t).index_put_(indices(items, n), ref(value)); });
}
PT_API int32_t pt_cat(const pt_tensor* ts, int32_t n, int64_t dim, pt_tensor* out) {
    return guard([&] { *out = give(at::cat(list(ts, n), dim)); });
}
PT_API int32_t pt_stack(const pt_tensor* ts, int32_t n, int64_t dim, pt_tensor* out) {
    return guard([&] { *out = give(at::stack(list(ts, n), dim)); });
}
