// The side of CTorch that is linked to libtorch: a shared library that the program opens when it first needs a tensor.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

struct CTorchFunctions;

/// The functions of ctorch.h over libtorch; the table lives as long as the process.
const struct CTorchFunctions *layered_libtorch_functions(void);

#ifdef __cplusplus
}
#endif
