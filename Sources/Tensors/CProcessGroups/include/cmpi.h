// A C interface over MPI: opened at run time, plain integers, one error slot per thread, no policy.
//
// MPI has no binary interface of its own: Open MPI's handles are addresses of symbols that the library exports, MPICH's
// and those of its kin (Intel MPI, MVAPICH, Cray) are integers. Both are known here, so that nothing of MPI is needed to
// build and one program runs on either.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum CMPIStatus {
  CMPI_OK = 0,
  CMPI_FAILED = 1,
  /// MPI says that another process is gone.
  CMPI_PEER_LOST = 2,
} CMPIStatus;

/// An exchange that was begun. It goes on by itself, on a thread that asks MPI for progress.
typedef struct CMPIRequest CMPIRequest;

/// What MPI said when the last call of this thread failed; valid until the next failure of this thread.
const char *cmpi_last_error(void);

/// Opens the first library of a list of names, separated by spaces, that this machine has.
CMPIStatus cmpi_open(const char *names);

/// Joins the processes that were started together. Once in the life of a process, after cmpi_open.
CMPIStatus cmpi_start(int32_t *rank, int32_t *count);

/// Leaves them. Nothing may be under way.
CMPIStatus cmpi_end(void);

// Each begins an exchange over all processes, which all have to begin in the same order. The memory has to stay where it
// is until cmpi_test says that the exchange is done.

CMPIStatus cmpi_sum_floats(float *values, int32_t count, CMPIRequest **request);
CMPIStatus cmpi_broadcast_bytes(void *bytes, int32_t count, int32_t root, CMPIRequest **request);
/// Of every process `count` bytes, in the order of ranks.
CMPIStatus cmpi_gather_bytes(const void *bytes, void *all, int32_t count, CMPIRequest **request);
CMPIStatus cmpi_barrier(CMPIRequest **request);

// From one process to another.

CMPIStatus cmpi_send_bytes(const void *bytes, int32_t count, int32_t to, CMPIRequest **request);
CMPIStatus cmpi_receive_bytes(void *bytes, int32_t count, int32_t from, CMPIRequest **request);

/// Whether an exchange is done, and how it went.
CMPIStatus cmpi_test(CMPIRequest *request, bool *done);
/// Forgets an exchange that is done.
void cmpi_release(CMPIRequest *request);

#ifdef __cplusplus
}
#endif
