// The flat C interface between Platform.Torch (C#) and libtorch; Interop/Native*.cs repeats it one to one.
//
// Every function returns 0, or -1 after an error; the text is pt_last_error() of the same thread, valid until that
// thread's next failing call, and its kind pt_last_error_kind(). No C++ exception crosses this line. Results come back through `out` parameters as new
// tensors that the caller owns and gives to pt_tensor_free exactly once. In-place operations return nothing.
// A pt_tensor that is documented as optional may be NULL. Sizes, dimensions and indices are int64, flags are int32.
// Functions may be called from any thread; gradient mode, inference mode and autocast belong to the calling thread.
#pragma once
#include <stdint.h>

#define PT_API extern "C" __attribute__((visibility("default")))
#define PT_ABI_VERSION 3

typedef void* pt_tensor;
typedef void* pt_generator;

// kind: 0 absent, 1 integer, 2 real, 3 boolean (in `integer`)
typedef struct { double real; int64_t integer; int64_t kind; } pt_scalar;
// dtype and device_type use libtorch's numbering
typedef struct { int32_t dtype, device_type, device_index, requires_grad; } pt_spec;
// kind: 0 new axis, 1 index (start), 2 ellipsis, 3 boolean (start), 4 tensor, 5 slice; flags: 1 start, 2 stop, 4 step are given
typedef struct { int64_t kind, flags, start, stop, step; pt_tensor tensor; } pt_index_item;

// The order of these lists is part of the interface.
#define PT_UNARY_OPS(X) X(clone) X(detach) X(neg) X(abs) X(square) X(sqrt) X(rsqrt) X(exp) X(expm1) X(log) X(log2) \
    X(log10) X(log1p) X(sigmoid) X(relu) X(tanh) X(sin) X(cos) X(floor) X(ceil) X(round) X(sign) X(reciprocal) X(isnan) \
    X(isinf) X(isfinite) X(logical_not) X(t) X(nonzero) X(min) X(max) X(median) X(erf)
#define PT_UNARY_INPLACE_OPS(X) X(zero_) X(neg_) X(abs_) X(square_) X(sqrt_) X(rsqrt_) X(exp_) X(log_) X(sigmoid_) X(relu_) \
    X(tanh_) X(floor_) X(ceil_) X(round_) X(reciprocal_) X(detach_)
#define PT_BINARY_OPS(X) X(mul) X(div) X(pow) X(maximum) X(minimum) X(eq) X(ne) X(lt) X(le) X(gt) X(ge) X(matmul) X(mm) \
    X(bmm) X(dot) X(logical_and) X(logical_or) X(logical_xor) X(remainder) X(masked_select)
#define PT_BINARY_SCALAR_OPS(X) X(mul) X(div) X(pow) X(eq) X(ne) X(lt) X(le) X(gt) X(ge) X(remainder)
#define PT_BINARY_INPLACE_OPS(X) X(mul_) X(div_) X(pow_)
#define PT_REDUCE_OPS(X) X(sum) X(mean) X(amin) X(amax)

#define PT_ENUM(group, name) PT_##group##_##name,
#define PT_U(n) PT_ENUM(UNARY, n)
#define PT_UI(n) PT_ENUM(UNARY_INPLACE, n)
#define PT_B(n) PT_ENUM(BINARY, n)
#define PT_BS(n) PT_ENUM(BINARY_SCALAR, n)
#define PT_BI(n) PT_ENUM(BINARY_INPLACE, n)
#define PT_R(n) PT_ENUM(REDUCE, n)
enum { PT_UNARY_OPS(PT_U) };
enum { PT_UNARY_INPLACE_OPS(PT_UI) };
enum { PT_BINARY_OPS(PT_B) };
enum { PT_BINARY_SCALAR_OPS(PT_BS) };
enum { PT_BINARY_INPLACE_OPS(PT_BI) };
enum { PT_REDUCE_OPS(PT_R) };
enum { PT_LIKE_empty, PT_LIKE_zeros, PT_LIKE_ones, PT_LIKE_rand, PT_LIKE_randn };
enum { PT_ERROR_other, PT_ERROR_out_of_memory };
enum { PT_FILL_empty, PT_FILL_zeros, PT_FILL_ones, PT_FILL_rand, PT_FILL_randn };

// ---- library (runtime.cpp)
PT_API int32_t pt_abi_version(void);
PT_API const char* pt_last_error(void);
PT_API int32_t pt_last_error_kind(void);             // one of PT_ERROR_*
PT_API const char* pt_torch_version(void);
PT_API int32_t pt_start(void);                       // once, before anything else: allocator
PT_API int32_t pt_set_num_threads(int32_t count);
PT_API int32_t pt_get_num_threads(int32_t* out);
PT_API int32_t pt_set_num_interop_threads(int32_t count);
PT_API int32_t pt_get_num_interop_threads(int32_t* out);
PT_API int32_t pt_grad_mode(int32_t set, int32_t* was);                 // set: -1 only reads
PT_API int32_t pt_inference_mode_enter(int32_t enabled, void** guard);  // leave on the same thread, in reverse order
PT_API int32_t pt_inference_mode_leave(void* guard);
PT_API int32_t pt_inference_mode_enabled(int32_t* out);
PT_API int32_t pt_autocast_enabled(int32_t device_type, int32_t set, int32_t* was);
PT_API int32_t pt_autocast_dtype(int32_t device_type, int32_t set, int32_t* was);
PT_API int32_t pt_autocast_cache(int32_t set, int32_t* was);
PT_API int32_t pt_autocast_nesting(int32_t delta, int32_t* level);      // +1 or -1
PT_API int32_t pt_autocast_clear_cache(void);
PT_API int32_t pt_deconvolution(int32_t set, int32_t* was);             // 0 plain, 1 oneDNN; -1 only reads

// ---- CUDA (cuda.cpp); device -1 is the current one
PT_API int32_t pt_cuda_is_available(int32_t* out);
PT_API int32_t pt_cuda_device_count(int32_t* out);
PT_API int32_t pt_cudnn_is_available(int32_t* out);
PT_API int32_t pt_cuda_synchronize(int64_t device_index);
PT_API int32_t pt_cuda_manual_seed(int64_t seed, int32_t all);
PT_API int32_t pt_cuda_memory(int32_t device_index, int64_t* free, int64_t* total);  // bytes of the whole device; 0 without one
PT_API int32_t pt_cuda_empty_cache(void);            // gives cached memory back to the device; nothing to do without one

// ---- memory (memory.cpp): the caching CPU allocator
PT_API int32_t pt_memory_trim(int64_t idle_ms, int64_t* released);      // frees cached buffers unused for that long
PT_API int32_t pt_memory_stats(int64_t* in_use, int64_t* cached);       // bytes of large buffers

// ---- random numbers (random.cpp)
PT_API int32_t pt_manual_seed(int64_t seed);
PT_API int32_t pt_generator_new(uint64_t seed, int32_t device_type, int32_t device_index, pt_generator* out);
PT_API int32_t pt_generator_default(pt_generator* out);                 // libtorch's own CPU generator
PT_API void pt_generator_free(pt_generator generator);
PT_API int32_t pt_generator_get_state(pt_generator generator, pt_tensor* out);
PT_API int32_t pt_generator_set_state(pt_generator generator, pt_tensor state);
PT_API int32_t pt_generator_seed(pt_generator generator, int64_t seed);
PT_API int32_t pt_generator_initial_seed(pt_generator generator, int64_t* out);
PT_API int32_t pt_uniform_(pt_tensor t, double from, double to, pt_generator optional_generator);
PT_API int32_t pt_normal_(pt_tensor t, double mean, double std, pt_generator optional_generator);
PT_API int32_t pt_bernoulli_(pt_tensor t, double p, pt_generator optional_generator);
PT_API int32_t pt_randint(int64_t low, int64_t high, const int64_t* size, int32_t n, pt_spec spec, pt_generator optional_generator, pt_tensor* out);
PT_API int32_t pt_randperm(int64_t n, pt_spec spec, pt_generator optional_generator, pt_tensor* out);

// ---- tensors (tensor.cpp)
PT_API int32_t pt_fill_new(int32_t what, const int64_t* size, int32_t n, pt_spec spec, pt_generator optional_generator, pt_tensor* out);
PT_API int32_t pt_full(const int64_t* size, int32_t n, pt_scalar value, pt_spec spec, pt_tensor* out);
PT_API int32_t pt_arange(pt_scalar start, pt_scalar stop, pt_scalar step, pt_spec spec, pt_tensor* out);
PT_API int32_t pt_linspace(double start, double end, int64_t steps, pt_spec spec, pt_tensor* out);
PT_API int32_t pt_eye(int64_t rows, int64_t columns, pt_spec spec, pt_tensor* out);
PT_API int32_t pt_like(int32_t what, pt_tensor t, pt_spec spec, pt_tensor* out);
PT_API int32_t pt_from_data(const void* data, int32_t data_dtype, const int64_t* size, int32_t n, pt_spec spec, pt_tensor* out); // copies
// Uses the caller's memory, which must stay where it is until release(context) is called (at the latest here, after an error).
PT_API int32_t pt_from_shared(void* data, int32_t data_dtype, const int64_t* size, int32_t n, void (*release)(void*), void* context, pt_tensor* out);
PT_API void pt_tensor_free(pt_tensor t);
PT_API int32_t pt_reference(pt_tensor t, pt_tensor* out);               // the same tensor, owned once more
PT_API int32_t pt_dim(pt_tensor t, int64_t* out);
PT_API int32_t pt_numel(pt_tensor t, int64_t* out);
PT_API int32_t pt_sizes(pt_tensor t, int64_t* out);                     // out holds pt_dim values
PT_API int32_t pt_strides(pt_tensor t, int64_t* out);
PT_API int32_t pt_info(pt_tensor t, pt_spec* out, int32_t* is_leaf, int32_t* element_size);
PT_API int32_t pt_is_contiguous(pt_tensor t, int32_t* out);
PT_API int32_t pt_data(pt_tensor t, void** out);
PT_API int32_t pt_item_real(pt_tensor t, double* out);
PT_API int32_t pt_item_integer(pt_tensor t, int64_t* out);
PT_API int32_t pt_equal(pt_tensor a, pt_tensor b, int32_t* out);
PT_API int32_t pt_allclose(pt_tensor a, pt_tensor b, double rtol, double atol, int32_t equal_nan, int32_t* out);
PT_API int32_t pt_to(pt_tensor t, int32_t dtype, int32_t device_type, int32_t device_index, int32_t copy, int32_t non_blocking, pt_tensor* out);
PT_API int32_t pt_contiguous(pt_tensor t, int32_t memory_format, pt_tensor* out);
PT_API int32_t pt_to_string(pt_tensor t, char* text, int32_t capacity);  // truncated to capacity, always terminated

// ---- gradients (tensor.cpp)
PT_API int32_t pt_set_requires_grad(pt_tensor t, int32_t on);
PT_API int32_t pt_retain_grad(pt_tensor t);
PT_API int32_t pt_grad(pt_tensor t, pt_tensor* out);                     // NULL where there is none
PT_API int32_t pt_set_grad(pt_tensor t, pt_tensor optional_grad);
PT_API int32_t pt_backward(const pt_tensor* ts, const pt_tensor* optional_grads, int32_t n, int32_t retain_graph, int32_t create_graph, const pt_tensor* inputs, int32_t inputs_n);

// ---- shapes (shape.cpp)
PT_API int32_t pt_reshape(pt_tensor t, const int64_t* size, int32_t n, pt_tensor* out);
PT_API int32_t pt_view(pt_tensor t, const int64_t* size, int32_t n, pt_tensor* out);
PT_API int32_t pt_expand(pt_tensor t, const int64_t* size, int32_t n, int32_t implicit_, pt_tensor* out);
PT_API int32_t pt_repeat(pt_tensor t, const int64_t* repeats, int32_t n, pt_tensor* out);
PT_API int32_t pt_permute(pt_tensor t, const int64_t* dims, int32_t n, pt_tensor* out);
PT_API int32_t pt_flip(pt_tensor t, const int64_t* dims, int32_t n, pt_tensor* out);
PT_API int32_t pt_transpose(pt_tensor t, int64_t dim0, int64_t dim1, pt_tensor* out);
PT_API int32_t pt_flatten(pt_tensor t, int64_t start_dim, int64_t end_dim, pt_tensor* out);
PT_API int32_t pt_unsqueeze(pt_tensor t, int64_t dim, pt_tensor* out);
PT_API int32_t pt_squeeze(pt_tensor t, int64_t dim, int32_t has_dim, pt_tensor* out);
PT_API int32_t pt_narrow(pt_tensor t, int64_t dim, int64_t start, int64_t length, pt_tensor* out);
PT_API int32_t pt_slice(pt_tensor t, int64_t dim, int64_t start, int64_t finish, int64_t step, pt_tensor* out);
PT_API int32_t pt_select(pt_tensor t, int64_t dim, int64_t index, pt_tensor* out);
PT_API int32_t pt_index_select(pt_tensor t, int64_t dim, pt_tensor index, pt_tensor* out);
PT_API int32_t pt_index(pt_tensor t, const pt_index_item* items, int32_t n, pt_tensor* out);
PT_API int32_t pt_index_put_(pt_tensor t, const pt_index_item* items, int32_t n, pt_tensor value);
PT_API int32_t pt_cat(const pt_tensor* ts, int32_t n, int64_t dim, pt_tensor* out);
PT_API int32_t pt_stack(const pt_tensor* ts, int32_t n, int64_t dim, pt_tensor* out);

// ---- arithmetic (ops.cpp)
PT_API int32_t pt_unary(int32_t op, pt_tensor t, pt_tensor* out);
PT_API int32_t pt_unary_(int32_t op, pt_tensor t);
PT_API int32_t pt_binary(int32_t op, pt_tensor a, pt_tensor b, pt_tensor* out);
PT_API int32_t pt_binary_scalar(int32_t op, pt_tensor a, pt_scalar b, pt_tensor* out);
PT_API int32_t pt_binary_(int32_t op, pt_tensor a, pt_tensor b);
PT_API int32_t pt_binary_scalar_(int32_t op, pt_tensor a, pt_scalar b);
PT_API int32_t pt_add(pt_tensor a, pt_tensor b, pt_scalar alpha, pt_tensor* out);       // a + alpha·b
PT_API int32_t pt_add_(pt_tensor a, pt_tensor b, pt_scalar alpha);
PT_API int32_t pt_add_scalar(pt_tensor a, pt_scalar b, pt_scalar alpha, pt_tensor* out);
PT_API int32_t pt_add_scalar_(pt_tensor a, pt_scalar b, pt_scalar alpha);
PT_API int32_t pt_sub(pt_tensor a, pt_tensor b, pt_scalar alpha, pt_tensor* out);       // a − alpha·b
PT_API int32_t pt_sub_(pt_tensor a, pt_tensor b, pt_scalar alpha);
PT_API int32_t pt_sub_scalar(pt_tensor a, pt_scalar b, pt_scalar alpha, pt_tensor* out);
PT_API int32_t pt_sub_scalar_(pt_tensor a, pt_scalar b, pt_scalar alpha);
PT_API int32_t pt_rsub_scalar(pt_tensor a, pt_scalar b, pt_tensor* out);                // b − a
PT_API int32_t pt_addcmul_(pt_tensor t, pt_tensor a, pt_tensor b, pt_scalar value);
PT_API int32_t pt_addcdiv_(pt_tensor t, pt_tensor a, pt_tensor b, pt_scalar value);
PT_API int32_t pt_clamp(pt_tensor t, pt_scalar min, pt_scalar max, pt_tensor* out);     // either may be absent
PT_API int32_t pt_clamp_(pt_tensor t, pt_scalar min, pt_scalar max);
PT_API int32_t pt_fill_(pt_tensor t, pt_scalar value);
PT_API int32_t pt_copy_(pt_tensor t, pt_tensor source, int32_t non_blocking);
PT_API int32_t pt_where(pt_tensor condition, pt_tensor a, pt_tensor b, pt_tensor* out);
// n = -1 reduces over everything; dtype = -1 keeps it
PT_API int32_t pt_reduce(int32_t op, pt_tensor t, const int64_t* dims, int32_t n, int32_t keepdim, int32_t dtype, pt_tensor* out);
PT_API int32_t pt_moment(int32_t standard_deviation, pt_tensor t, const int64_t* dims, int32_t n, int32_t unbiased, int32_t keepdim, pt_tensor* out);
PT_API int32_t pt_extreme(int32_t maximum, pt_tensor t, int64_t dim, int32_t keepdim, pt_tensor* values, pt_tensor* indices);
PT_API int32_t pt_arg_extreme(int32_t maximum, pt_tensor t, int64_t dim, int32_t has_dim, int32_t keepdim, pt_tensor* out);
PT_API int32_t pt_truth(int32_t all, pt_tensor t, int64_t dim, int32_t has_dim, int32_t keepdim, pt_tensor* out);
PT_API int32_t pt_cumsum(pt_tensor t, int64_t dim, int32_t dtype, pt_tensor* out);
PT_API int32_t pt_sort(pt_tensor t, int64_t dim, int32_t descending, int32_t stable, pt_tensor* values, pt_tensor* indices);
PT_API int32_t pt_quantile(pt_tensor t, pt_tensor q, int64_t dim, int32_t has_dim, int32_t keepdim, pt_tensor* out);
PT_API int32_t pt_softmax(pt_tensor t, int64_t dim, int32_t dtype, pt_tensor* out);

// ---- networks (nn.cpp)
PT_API int32_t pt_conv2d(pt_tensor x, pt_tensor w, pt_tensor optional_b, const int64_t* stride, const int64_t* padding, const int64_t* dilation, int64_t groups, pt_tensor* out); // two values each
PT_API int32_t pt_conv_transpose2d(pt_tensor x, pt_tensor w, pt_tensor optional_b, const int64_t* stride, const int64_t* padding, const int64_t* output_padding, const int64_t* dilation, int64_t groups, pt_tensor* out);
PT_API int32_t pt_batch_norm(pt_tensor x, pt_tensor optional_w, pt_tensor optional_b, pt_tensor optional_mean, pt_tensor optional_var, int32_t training, double momentum, double eps, int32_t relu, pt_tensor* out);  // relu: maximum with 0 afterwards
PT_API int32_t pt_linear(pt_tensor x, pt_tensor w, pt_tensor optional_b, pt_tensor* out);
PT_API int32_t pt_pad(pt_tensor x, const int64_t* pad, int32_t n, int32_t mode, double value, pt_tensor* out);  // mode: zeros/constant, reflect, replicate, circular
PT_API int32_t pt_mse_loss(pt_tensor x, pt_tensor target, int32_t reduction, pt_tensor* out);   // none, mean, sum
PT_API int32_t pt_l1_loss(pt_tensor x, pt_tensor target, int32_t reduction, pt_tensor* out);
PT_API int32_t pt_dropout(pt_tensor x, double p, int32_t training, pt_tensor* out);

// ---- optimisers (optim.cpp)
typedef struct { double lr, beta1, beta2, eps, weight_decay; int64_t maximize; } pt_adam_options;
// One Adam step over n parameters that have a gradient; steps holds each parameter's step number, counted from 1.
// max_exp_avg_sq is NULL without amsgrad.
PT_API int32_t pt_adam_step(const pt_tensor* params, const pt_tensor* exp_avg, const pt_tensor* exp_avg_sq, const pt_tensor* max_exp_avg_sq, const int64_t* steps, int32_t n, pt_adam_options options);
// Clears every gradient: drops it, or fills it with zeros.
PT_API int32_t pt_zero_grad(const pt_tensor* params, int32_t n, int32_t set_to_none);
