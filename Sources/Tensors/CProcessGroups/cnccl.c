#include "cnccl.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

// ncclResult_t, ncclDataType_t and ncclRedOp_t
enum { SUCCESS = 0, REMOTE_ERROR = 6, IN_PROGRESS = 7, TIMEOUT = 8 };
enum { UINT8 = 1, FLOAT32 = 7 };
enum { SUM = 0 };

typedef CNCCLCommunicator *Communicator;

#define FUNCTIONS(F) \
  F(int, GetVersion, (int *version)) \
  F(int, GetUniqueId, (CNCCLIdentity *)) \
  F(int, CommInitRank, (Communicator *, int count, CNCCLIdentity, int rank)) \
  F(int, CommDestroy, (Communicator)) \
  F(int, CommAbort, (Communicator)) \
  F(int, CommGetAsyncError, (Communicator, int *)) \
  F(int, AllReduce, (const void *, void *, size_t, int type, int op, Communicator, void *stream)) \
  F(int, Broadcast, (const void *, void *, size_t, int type, int root, Communicator, void *stream)) \
  F(int, Send, (const void *, size_t, int type, int peer, Communicator, void *stream)) \
  F(int, Recv, (void *, size_t, int type, int peer, Communicator, void *stream)) \
  F(const char *, GetErrorString, (int)) \
  F(const char *, GetLastError, (Communicator))

static struct {
#define MEMBER(type, name, parameters) type(*name) parameters;
  FUNCTIONS(MEMBER)
} nccl;

static _Thread_local char last_error[1024];

const char *cnccl_last_error(void) { return last_error; }

static CNCCLStatus fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(last_error, sizeof last_error, format, arguments);
  va_end(arguments);
  return CNCCL_FAILED;
}

static CNCCLStatus check(Communicator communicator, int result) {
  if (result == SUCCESS || result == IN_PROGRESS) return CNCCL_OK;
  const char *detail = nccl.GetLastError(communicator);
  fail("%s (%s)", nccl.GetErrorString(result), detail == NULL ? "" : detail);
  return result == REMOTE_ERROR || result == TIMEOUT ? CNCCL_PEER_LOST : CNCCL_FAILED;
}

CNCCLStatus cnccl_open(const char *name) {
  void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) return fail("%s", dlerror());
#define FIND(type, name, parameters) \
  nccl.name = (type(*) parameters)dlsym(library, "nccl" #name); \
  if (nccl.name == NULL) return fail("it has no nccl" #name);
  FUNCTIONS(FIND)
  return CNCCL_OK;
}

CNCCLStatus cnccl_version(int32_t *version) { return check(NULL, nccl.GetVersion(version)); }

CNCCLStatus cnccl_make_identity(CNCCLIdentity *identity) { return check(NULL, nccl.GetUniqueId(identity)); }

CNCCLStatus cnccl_join(
    int32_t rank, int32_t count, const CNCCLIdentity *identity, CNCCLCommunicator **communicator) {
  return check(NULL, nccl.CommInitRank(communicator, count, *identity, rank));
}

CNCCLStatus cnccl_leave(CNCCLCommunicator *communicator) { return check(NULL, nccl.CommDestroy(communicator)); }

void cnccl_abort(CNCCLCommunicator *communicator) { nccl.CommAbort(communicator); }

CNCCLStatus cnccl_check(CNCCLCommunicator *communicator) {
  int result = SUCCESS;
  CNCCLStatus status = check(communicator, nccl.CommGetAsyncError(communicator, &result));
  return status == CNCCL_OK ? check(communicator, result) : status;
}

CNCCLStatus cnccl_sum_floats(CNCCLCommunicator *communicator, float *values, int64_t count, void *stream) {
  return check(communicator, nccl.AllReduce(values, values, (size_t)count, FLOAT32, SUM, communicator, stream));
}

CNCCLStatus cnccl_broadcast_bytes(
    CNCCLCommunicator *communicator, void *bytes, int64_t count, int32_t root, void *stream) {
  return check(communicator, nccl.Broadcast(bytes, bytes, (size_t)count, UINT8, root, communicator, stream));
}

CNCCLStatus cnccl_send_bytes(
    CNCCLCommunicator *communicator, const void *bytes, int64_t count, int32_t to, void *stream) {
  return check(communicator, nccl.Send(bytes, (size_t)count, UINT8, to, communicator, stream));
}

CNCCLStatus cnccl_receive_bytes(
    CNCCLCommunicator *communicator, void *bytes, int64_t count, int32_t from, void *stream) {
  return check(communicator, nccl.Recv(bytes, (size_t)count, UINT8, from, communicator, stream));
}
