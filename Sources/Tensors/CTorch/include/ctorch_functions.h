// The functions of ctorch.h as a table, by which they cross from libtorch's side to the program's.
//
// Loading libtorch takes a third of a second, so the program is not linked to it: CTorch forwards every call
// through this table, which it gets from the backend's shared library at the first call.
#pragma once

#include "ctorch.h"

// F(type, name, (parameters), (arguments)) for each function that may fail.
#define CTORCH_STATUS_FUNCTIONS(F) \
  F(CTorchStatus, find_operator, (const char *name, const char *overload, const CTorchOperator **found), \
    (name, overload, found)) \
  F(CTorchStatus, call, \
    (const CTorchOperator *op, const CTorchArgument *arguments, int64_t argument_count, CTorchTensor **results, \
     int64_t capacity, int64_t *result_count), \
    (op, arguments, argument_count, results, capacity, result_count)) \
  F(CTorchStatus, from_memory, \
    (const void *memory, const int64_t *shape, int64_t rank, int32_t dtype, void (*release)(void *), void *context, \
     CTorchTensor **result), \
    (memory, shape, rank, dtype, release, context, result)) \
  F(CTorchStatus, copy_bytes, (const CTorchTensor *tensor, void *bytes, int64_t byte_count), (tensor, bytes, byte_count)) \
  F(CTorchStatus, set_requires_gradient, (CTorchTensor *tensor, bool required), (tensor, required)) \
  F(CTorchStatus, gradients, \
    (CTorchTensor *const *outputs, CTorchTensor *const *factors, int64_t output_count, CTorchTensor *const *inputs, \
     int64_t input_count, bool keeps_record, CTorchTensor **gradients), \
    (outputs, factors, output_count, inputs, input_count, keeps_record, gradients)) \
  F(CTorchStatus, make_generator, (uint64_t seed, CTorchGenerator **result), (seed, result)) \
  F(CTorchStatus, open_cuda, (const char *library, int32_t *device_count), (library, device_count)) \
  F(CTorchStatus, make_stream, (int32_t device, CTorchStream **result), (device, result)) \
  F(CTorchStatus, fork_stream, (CTorchStream *stream, void **native), (stream, native)) \
  F(CTorchStatus, stream_is_idle, (CTorchStream *stream, bool *idle), (stream, idle)) \
  F(CTorchStatus, join_stream, (CTorchStream *stream), (stream))

// The same for functions with a value, and for those with none.
#define CTORCH_VALUE_FUNCTIONS(F) \
  F(int64_t, rank, (const CTorchTensor *tensor), (tensor)) \
  F(int32_t, dtype, (const CTorchTensor *tensor), (tensor)) \
  F(bool, is_contiguous, (const CTorchTensor *tensor), (tensor)) \
  F(const void *, data, (const CTorchTensor *tensor), (tensor)) \
  F(void *, memory, (const CTorchTensor *tensor), (tensor)) \
  F(bool, shares_memory, (const CTorchTensor *tensor, const CTorchTensor *other), (tensor, other)) \
  F(bool, set_gradients_enabled, (bool enabled), (enabled)) \
  F(bool, requires_gradient, (const CTorchTensor *tensor), (tensor)) \
  F(int32_t, thread_count, (void), ())

#define CTORCH_VOID_FUNCTIONS(F) \
  F(void, release, (CTorchTensor *tensor), (tensor)) \
  F(void, shape, (const CTorchTensor *tensor, int64_t *shape), (tensor, shape)) \
  F(void, device, (const CTorchTensor *tensor, int32_t *type, int32_t *index), (tensor, type, index)) \
  F(void, release_generator, (CTorchGenerator *generator), (generator)) \
  F(void, release_stream, (CTorchStream *stream), (stream)) \
  F(void, set_thread_count, (int32_t count), (count))

typedef struct CTorchFunctions {
#define CTORCH_MEMBER(type, name, parameters, arguments) type(*name) parameters;
  CTORCH_STATUS_FUNCTIONS(CTORCH_MEMBER)
  CTORCH_VALUE_FUNCTIONS(CTORCH_MEMBER)
  CTORCH_VOID_FUNCTIONS(CTORCH_MEMBER)
  const char *(*last_error)(void);
} CTorchFunctions;

/// The one name that the backend's library exports.
#define CTORCH_TABLE_NAME "layered_libtorch_functions"
typedef const CTorchFunctions *(*CTorchTable)(void);
