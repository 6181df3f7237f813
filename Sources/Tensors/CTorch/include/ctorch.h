// A C interface over libtorch: opaque handles, plain integers, one error slot per thread, no policy.
//
// Every function that can fail returns a CTorchStatus; the text of a failure is ctorch_last_error() of the same
// thread. A CTorchTensor * that a function hands out is one owned reference, given back by ctorch_release.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct CTorchTensor CTorchTensor;
typedef struct CTorchOperator CTorchOperator;
typedef struct CTorchGenerator CTorchGenerator;

typedef enum CTorchStatus {
  CTORCH_OK = 0,
  CTORCH_FAILED = 1,
  CTORCH_OUT_OF_MEMORY = 2,
} CTorchStatus;

/// What libtorch said when the last call of this thread failed; valid until the next failure of this thread.
const char *ctorch_last_error(void);

// Operators

typedef enum CTorchTag {
  CTORCH_DEFAULT,    // the default value that the operator's schema names
  CTORCH_NONE,       // None
  CTORCH_TENSOR,     // pointer: CTorchTensor *
  CTORCH_INTEGER,    // integer
  CTORCH_REAL,       // real
  CTORCH_FLAG,       // integer, 0 or 1
  CTORCH_INTEGERS,   // pointer: const int64_t *, count
  CTORCH_REALS,      // pointer: const double *, count
  CTORCH_TENSORS,    // pointer: CTorchTensor *const *, count
  CTORCH_TEXT,       // pointer: const char *, zero-terminated
  CTORCH_DEVICE,     // integer: a device type of c10, count: its index
  CTORCH_GENERATOR,  // pointer: CTorchGenerator *
} CTorchTag;

typedef struct CTorchArgument {
  CTorchTag tag;
  int64_t integer;
  double real;
  const void *pointer;
  int64_t count;
} CTorchArgument;

/// Finds an operator such as ("aten::add", "Tensor"). It lives as long as the process.
CTorchStatus ctorch_find_operator(const char *name, const char *overload, const CTorchOperator **found);

/// Calls an operator through the dispatcher, so that autograd and every device take part. Arguments that are left out
/// at the end take the defaults of the schema. Writes at most `capacity` tensors and their number.
CTorchStatus ctorch_call(
    const CTorchOperator *op, const CTorchArgument *arguments, int64_t argument_count,
    CTorchTensor **results, int64_t capacity, int64_t *result_count);

// Tensors

/// Wraps memory that the caller keeps alive until `release(context)` is called, once, from any thread.
CTorchStatus ctorch_from_memory(
    const void *memory, const int64_t *shape, int64_t rank, int32_t dtype, void (*release)(void *), void *context,
    CTorchTensor **result);

void ctorch_release(CTorchTensor *tensor);
int64_t ctorch_rank(const CTorchTensor *tensor);
void ctorch_shape(const CTorchTensor *tensor, int64_t *shape);
/// The data type as a number of c10::ScalarType.
int32_t ctorch_dtype(const CTorchTensor *tensor);
void ctorch_device(const CTorchTensor *tensor, int32_t *type, int32_t *index);
bool ctorch_is_contiguous(const CTorchTensor *tensor);
/// Copies the elements of a tensor on the CPU, in row-major order, without conversion, to `bytes` of exactly its size.
CTorchStatus ctorch_copy_bytes(const CTorchTensor *tensor, void *bytes, int64_t byte_count);
/// The address of the first element of a contiguous tensor on the CPU, or null.
const void *ctorch_data(const CTorchTensor *tensor);
/// Whether both tensors lie over the same memory, on whatever device.
bool ctorch_shares_memory(const CTorchTensor *tensor, const CTorchTensor *other);
/// The address of the first element of a contiguous tensor on whatever device, or null. What is written there is seen by
/// all tensors over that memory.
void *ctorch_memory(const CTorchTensor *tensor);

// Autograd

/// Turns the recording of gradients on or off for this thread; returns what it was.
bool ctorch_set_gradients_enabled(bool enabled);
bool ctorch_requires_gradient(const CTorchTensor *tensor);
CTorchStatus ctorch_set_requires_gradient(CTorchTensor *tensor, bool required);
/// The gradients of the sum of `outputs` with respect to `inputs`; null where an input took no part. Every element of an
/// output counts by the element of `factors` at its place; a null there stands for 1 and an output of one element. What was
/// recorded is gone afterwards unless it is kept.
CTorchStatus ctorch_gradients(
    CTorchTensor *const *outputs, CTorchTensor *const *factors, int64_t output_count, CTorchTensor *const *inputs,
    int64_t input_count, bool keeps_record, CTorchTensor **gradients);

// Random numbers

CTorchStatus ctorch_make_generator(uint64_t seed, CTorchGenerator **result);
void ctorch_release_generator(CTorchGenerator *generator);

// Devices, memory and threads

/// Opens libtorch_cuda.so, which registers the CUDA kernels, and tells how many devices there are.
CTorchStatus ctorch_open_cuda(const char *library, int32_t *device_count);
/// Gives main memory that was freed, but that the allocator keeps, back to the system.
void ctorch_trim_memory(void);
void ctorch_set_thread_count(int32_t count);
int32_t ctorch_thread_count(void);

// Streams of CUDA: work on one goes on beside work on another

typedef struct CTorchStream CTorchStream;

/// Takes a stream of the device that its computation does not use.
CTorchStatus ctorch_make_stream(int32_t device, CTorchStream **result);
void ctorch_release_stream(CTorchStream *stream);
/// Has what the stream is given from now on begin behind what the computation was given so far; makes its device the
/// thread's current one and tells the cudaStream_t.
CTorchStatus ctorch_fork_stream(CTorchStream *stream, void **native);
/// Whether all that the stream was given is done.
CTorchStatus ctorch_stream_is_idle(CTorchStream *stream, bool *idle);
/// Has what the computation is given from now on begin behind what the stream was given so far.
CTorchStatus ctorch_join_stream(CTorchStream *stream);

#ifdef __cplusplus
}
#endif
