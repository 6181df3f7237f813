#include "libtorch_backend.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/Event.h>
#include <c10/core/Stream.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Exception.h>
#include <ctorch_functions.h>
#include <dlfcn.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/variable.h>

#include <cstring>
#include <new>
#include <string>
#include <vector>

namespace {

thread_local std::string last_error;

CTorchStatus fail(const char *text, bool out_of_memory = false) {
  last_error = text;
  return out_of_memory ? CTORCH_OUT_OF_MEMORY : CTORCH_FAILED;
}

// Runs the body and turns what it throws into a status and a text.
template <typename Body>
CTorchStatus guarded(Body body) {
  try {
    body();
    return CTORCH_OK;
  } catch (const c10::OutOfMemoryError &error) {
    return fail(error.what_without_backtrace(), true);
  } catch (const c10::Error &error) {
    // The CPU allocator has no error class of its own; its text is the only sign.
    const char *text = error.what_without_backtrace();
    return fail(text, std::strstr(text, "DefaultCPUAllocator: can't allocate memory") != nullptr);
  } catch (const std::bad_alloc &error) {
    return fail(error.what(), true);
  } catch (const std::exception &error) {
    return fail(error.what());
  } catch (...) {
    return fail("an exception of unknown type");
  }
}

// A handle is the address of the TensorImpl itself, holding one reference.
CTorchTensor *hand_out(at::Tensor tensor) {
  return reinterpret_cast<CTorchTensor *>(tensor.unsafeReleaseTensorImpl());
}

at::TensorImpl *implementation(const CTorchTensor *handle) {
  return reinterpret_cast<at::TensorImpl *>(const_cast<CTorchTensor *>(handle));
}

at::Tensor borrow(const CTorchTensor *handle) {
  return at::Tensor(c10::intrusive_ptr<at::TensorImpl, at::UndefinedTensorImpl>::reclaim_copy(implementation(handle)));
}

c10::IValue value(const CTorchArgument &argument, const c10::Argument &declared) {
  switch (argument.tag) {
    case CTORCH_DEFAULT:
      TORCH_CHECK(declared.default_value().has_value(), "argument '", declared.name(), "' has no default");
      return *declared.default_value();
    case CTORCH_NONE:
      return c10::IValue();
    case CTORCH_TENSOR:
      return borrow(static_cast<const CTorchTensor *>(argument.pointer));
    case CTORCH_INTEGER:
      return argument.integer;
    case CTORCH_REAL:
      return argument.real;
    case CTORCH_FLAG:
      return argument.integer != 0;
    case CTORCH_INTEGERS: {
      auto first = static_cast<const int64_t *>(argument.pointer);
      return c10::List<int64_t>(c10::ArrayRef<int64_t>(first, argument.count));
    }
    case CTORCH_REALS: {
      auto first = static_cast<const double *>(argument.pointer);
      return c10::List<double>(c10::ArrayRef<double>(first, argument.count));
    }
    case CTORCH_TENSORS: {
      c10::List<at::Tensor> list;
      list.reserve(argument.count);
      for (int64_t i = 0; i < argument.count; ++i) {
        list.push_back(borrow(static_cast<const CTorchTensor *const *>(argument.pointer)[i]));
      }
      return list;
    }
    case CTORCH_TEXT:
      return std::string(static_cast<const char *>(argument.pointer));
    case CTORCH_DEVICE:
      return c10::Device(static_cast<c10::DeviceType>(argument.integer), static_cast<c10::DeviceIndex>(argument.count));
    case CTORCH_GENERATOR:
      return *static_cast<const at::Generator *>(argument.pointer);
  }
  TORCH_CHECK(false, "unknown argument tag ", static_cast<int>(argument.tag));
}

CTorchStatus find_operator(const char *name, const char *overload, const CTorchOperator **found) {
  return guarded([&] {
    auto handle = c10::Dispatcher::singleton().findSchemaOrThrow(name, overload);
    *found = reinterpret_cast<const CTorchOperator *>(new c10::OperatorHandle(handle));
  });
}

CTorchStatus call(
    const CTorchOperator *op, const CTorchArgument *arguments, int64_t argument_count, CTorchTensor **results,
    int64_t capacity, int64_t *result_count) {
  return guarded([&] {
    const auto &handle = *reinterpret_cast<const c10::OperatorHandle *>(op);
    const auto &declared = handle.schema().arguments();
    TORCH_CHECK(
        argument_count <= static_cast<int64_t>(declared.size()), handle.schema().name(), " takes ", declared.size(),
        " arguments, not ", argument_count);
    torch::jit::Stack stack;
    stack.reserve(declared.size());
    const CTorchArgument left_out{CTORCH_DEFAULT, 0, 0, nullptr, 0};
    for (size_t i = 0; i < declared.size(); ++i) {
      stack.push_back(value(static_cast<int64_t>(i) < argument_count ? arguments[i] : left_out, declared[i]));
    }
    handle.callBoxed(stack);
    std::vector<at::Tensor> tensors;
    for (auto &result : stack) {
      if (result.isTensor()) {
        tensors.push_back(std::move(result).toTensor());
      } else if (result.isTensorList()) {
        for (auto &tensor : result.toTensorVector()) tensors.push_back(std::move(tensor));
      }
    }
    const auto count = static_cast<int64_t>(tensors.size());
    TORCH_CHECK(count <= capacity, handle.schema().name(), " gave ", count, " tensors, more than ", capacity);
    for (int64_t i = 0; i < count; ++i) results[i] = hand_out(std::move(tensors[i]));
    *result_count = count;
  });
}

CTorchStatus from_memory(
    const void *memory, const int64_t *shape, int64_t rank, int32_t dtype, void (*release)(void *), void *context,
    CTorchTensor **result) {
  auto status = guarded([&] {
    auto options = at::TensorOptions().dtype(static_cast<c10::ScalarType>(dtype));
    *result = hand_out(at::from_blob(
        const_cast<void *>(memory), c10::IntArrayRef(shape, rank), [release, context](void *) { release(context); },
        options));
  });
  return status;
}

void release(CTorchTensor *tensor) {
  c10::intrusive_ptr<at::TensorImpl, at::UndefinedTensorImpl>::reclaim(implementation(tensor));
}

int64_t rank(const CTorchTensor *tensor) { return implementation(tensor)->dim(); }

void shape(const CTorchTensor *tensor, int64_t *shape) {
  auto sizes = implementation(tensor)->sizes();
  std::copy(sizes.begin(), sizes.end(), shape);
}

int32_t dtype(const CTorchTensor *tensor) {
  return static_cast<int32_t>(c10::typeMetaToScalarType(implementation(tensor)->dtype()));
}

void device(const CTorchTensor *tensor, int32_t *type, int32_t *index) {
  auto device = implementation(tensor)->device();
  *type = static_cast<int32_t>(device.type());
  *index = device.index();
}

bool is_contiguous(const CTorchTensor *tensor) { return implementation(tensor)->is_contiguous(); }

CTorchStatus copy_bytes(const CTorchTensor *tensor, void *bytes, int64_t byte_count) {
  return guarded([&] {
    auto source = borrow(tensor).detach().contiguous();
    TORCH_CHECK(source.device().is_cpu(), "the tensor is on ", source.device(), ", not on the CPU");
    TORCH_CHECK(
        static_cast<int64_t>(source.nbytes()) == byte_count, "the tensor has ", source.nbytes(), " bytes, not ",
        byte_count);
    if (byte_count > 0) std::memcpy(bytes, source.const_data_ptr(), byte_count);
  });
}

const void *data(const CTorchTensor *tensor) {
  auto impl = implementation(tensor);
  if (!impl->device().is_cpu() || !impl->is_contiguous() || impl->numel() == 0) return nullptr;
  return impl->data();
}

void *memory(const CTorchTensor *tensor) {
  auto impl = implementation(tensor);
  return impl->is_contiguous() && impl->numel() > 0 ? impl->mutable_data() : nullptr;
}

bool shares_memory(const CTorchTensor *tensor, const CTorchTensor *other) {
  return implementation(tensor)->storage().is_alias_of(implementation(other)->storage());
}

bool set_gradients_enabled(bool enabled) {
  bool before = at::GradMode::is_enabled();
  at::GradMode::set_enabled(enabled);
  return before;
}

bool requires_gradient(const CTorchTensor *tensor) { return implementation(tensor)->requires_grad(); }

CTorchStatus set_requires_gradient(CTorchTensor *tensor, bool required) {
  return guarded([&] { borrow(tensor).set_requires_grad(required); });
}

CTorchStatus gradients(
    CTorchTensor *const *outputs, CTorchTensor *const *factors, int64_t output_count, CTorchTensor *const *inputs,
    int64_t input_count, bool keeps_record, CTorchTensor **gradients) {
  return guarded([&] {
    torch::autograd::variable_list from, by, to;
    for (int64_t i = 0; i < output_count; ++i) {
      from.push_back(borrow(outputs[i]));
      by.push_back(factors[i] ? borrow(factors[i]) : at::Tensor());
    }
    for (int64_t i = 0; i < input_count; ++i) to.push_back(borrow(inputs[i]));
    auto found = torch::autograd::grad(from, to, by, keeps_record, false, true);
    for (int64_t i = 0; i < input_count; ++i) {
      gradients[i] = found[i].defined() ? hand_out(std::move(found[i])) : nullptr;
    }
  });
}

CTorchStatus make_generator(uint64_t seed, CTorchGenerator **result) {
  return guarded([&] {
    *result = reinterpret_cast<CTorchGenerator *>(new at::Generator(at::detail::createCPUGenerator(seed)));
  });
}

void release_generator(CTorchGenerator *generator) { delete reinterpret_cast<at::Generator *>(generator); }

CTorchStatus open_cuda(const char *library, int32_t *device_count) {
  return guarded([&] {
    TORCH_CHECK(dlopen(library, RTLD_NOW | RTLD_GLOBAL) != nullptr, dlerror());
    TORCH_CHECK(at::hasCUDA(), "libtorch_cuda.so registered no CUDA device");
    *device_count = at::detail::getCUDAHooks().deviceCount();
  });
}

c10::Stream &stream_of(CTorchStream *handle) { return *reinterpret_cast<c10::Stream *>(handle); }

CTorchStatus make_stream(int32_t device, CTorchStream **result) {
  return guarded([&] {
    c10::impl::VirtualGuardImpl cuda(c10::DeviceType::CUDA);
    c10::Device place(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(device));
    *result = reinterpret_cast<CTorchStream *>(new c10::Stream(cuda.getStreamFromGlobalPool(place)));
  });
}

void release_stream(CTorchStream *stream) { delete &stream_of(stream); }

// Has all that `later` is given from now on wait for what `earlier` was given so far.
void put_behind(const c10::Stream &earlier, const c10::Stream &later) {
  c10::Event reached(c10::DeviceType::CUDA);
  reached.record(earlier);
  reached.block(later);
}

c10::Stream computation_beside(const c10::Stream &stream) {
  return c10::impl::VirtualGuardImpl(c10::DeviceType::CUDA).getStream(stream.device());
}

CTorchStatus fork_stream(CTorchStream *stream, void **native) {
  return guarded([&] {
    c10::impl::VirtualGuardImpl(c10::DeviceType::CUDA).setDevice(stream_of(stream).device());
    put_behind(computation_beside(stream_of(stream)), stream_of(stream));
    *native = stream_of(stream).native_handle();
  });
}

CTorchStatus stream_is_idle(CTorchStream *stream, bool *idle) {
  return guarded([&] { *idle = stream_of(stream).query(); });
}

CTorchStatus join_stream(CTorchStream *stream) {
  return guarded([&] { put_behind(stream_of(stream), computation_beside(stream_of(stream))); });
}

void set_thread_count(int32_t count) { at::set_num_threads(count); }

int32_t thread_count(void) { return at::get_num_threads(); }

}  // namespace

extern "C" const CTorchFunctions *layered_libtorch_functions(void) {
#define MEMBER(type, name, parameters, arguments) name,
  static const CTorchFunctions functions = {
      CTORCH_STATUS_FUNCTIONS(MEMBER) CTORCH_VALUE_FUNCTIONS(MEMBER) CTORCH_VOID_FUNCTIONS(MEMBER)
      [] { return last_error.c_str(); },
  };
  return &functions;
}
