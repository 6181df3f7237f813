#include "ctorch.h"

#include <dlfcn.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <pthread.h>
#include <stdio.h>

#include "ctorch_functions.h"

static const char backend_library[] = "libLibTorchBackend.so";
static pthread_once_t once = PTHREAD_ONCE_INIT;
static const CTorchFunctions *functions;
static char load_error[512];

static void load(void) {
  // A program that links the backend itself has the table already.
  void *table = dlsym(RTLD_DEFAULT, CTORCH_TABLE_NAME);
  if (table == NULL) {
    void *library = dlopen(backend_library, RTLD_NOW | RTLD_GLOBAL);
    if (library != NULL) table = dlsym(library, CTORCH_TABLE_NAME);
  }
  if (table == NULL) {
    const char *reason = dlerror();
    snprintf(load_error, sizeof load_error, "libtorch cannot be loaded: %s", reason == NULL ? "no reason given" : reason);
    return;
  }
  functions = ((CTorchTable)table)();
}

static const CTorchFunctions *loaded(void) {
  pthread_once(&once, load);
  return functions;
}

const char *ctorch_last_error(void) {
  return loaded() == NULL ? load_error : functions->last_error();
}

// libtorch takes the memory of tensors on the CPU from malloc, so this needs nothing of it.
void ctorch_trim_memory(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

#define FORWARD_STATUS(type, name, parameters, arguments) \
  type ctorch_##name parameters { return loaded() == NULL ? CTORCH_FAILED : functions->name arguments; }
#define FORWARD_VALUE(type, name, parameters, arguments) \
  type ctorch_##name parameters { return loaded() == NULL ? (type)0 : functions->name arguments; }
#define FORWARD_VOID(type, name, parameters, arguments) \
  type ctorch_##name parameters { \
    if (loaded() != NULL) functions->name arguments; \
  }

CTORCH_STATUS_FUNCTIONS(FORWARD_STATUS)
CTORCH_VALUE_FUNCTIONS(FORWARD_VALUE)
CTORCH_VOID_FUNCTIONS(FORWARD_VOID)
