// A C interface over NCCL, NVIDIA's exchanges between GPUs: opened at run time, one error slot per thread, no policy.
//
// Declared by hand after "NCCL API" of NVIDIA's documentation of NCCL 2, whose numbers and structures are stable.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum CNCCLStatus {
  CNCCL_OK = 0,
  CNCCL_FAILED = 1,
  /// NCCL says that another process is gone.
  CNCCL_PEER_LOST = 2,
} CNCCLStatus;

typedef struct CNCCLCommunicator CNCCLCommunicator;

/// By which processes find one another; one process makes it and tells the others.
typedef struct CNCCLIdentity {
  uint8_t bytes[128];
} CNCCLIdentity;

/// What NCCL said when the last call of this thread failed; valid until the next failure of this thread.
const char *cnccl_last_error(void);

CNCCLStatus cnccl_open(const char *name);
/// As 10000 major + 100 minor + patch.
CNCCLStatus cnccl_version(int32_t *version);
CNCCLStatus cnccl_make_identity(CNCCLIdentity *identity);
/// Joins as this rank with the thread's current CUDA device; returns when all have joined.
CNCCLStatus cnccl_join(
    int32_t rank, int32_t count, const CNCCLIdentity *identity, CNCCLCommunicator **communicator);
/// Leaves after everything under way is done.
CNCCLStatus cnccl_leave(CNCCLCommunicator *communicator);
/// Leaves at once and ends what is under way.
void cnccl_abort(CNCCLCommunicator *communicator);
/// Whether anything failed behind the back of the calls.
CNCCLStatus cnccl_check(CNCCLCommunicator *communicator);

// Each puts an exchange on a CUDA stream; all processes do so in the same order. Memory is that of the device.

CNCCLStatus cnccl_sum_floats(CNCCLCommunicator *communicator, float *values, int64_t count, void *stream);
CNCCLStatus cnccl_broadcast_bytes(
    CNCCLCommunicator *communicator, void *bytes, int64_t count, int32_t root, void *stream);
CNCCLStatus cnccl_send_bytes(
    CNCCLCommunicator *communicator, const void *bytes, int64_t count, int32_t to, void *stream);
CNCCLStatus cnccl_receive_bytes(
    CNCCLCommunicator *communicator, void *bytes, int64_t count, int32_t from, void *stream);

#ifdef __cplusplus
}
#endif
