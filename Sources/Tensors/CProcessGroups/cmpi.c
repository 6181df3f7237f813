#define _GNU_SOURCE
#include "cmpi.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// An address in Open MPI, an int in MPICH. Both travel in the same register, of which a callee that takes an int reads
// the lower half (System V ABI for x86-64; AAPCS64).
typedef uintptr_t Handle;

// Larger than any library's MPI_Status (24 bytes in Open MPI, 20 in MPICH).
typedef struct Status {
  uint64_t words[16];
} Status;

#define FUNCTIONS(F) \
  F(Init_thread, (int *, char ***, int required, int *provided)) \
  F(Initialized, (int *flag)) \
  F(Finalize, (void)) \
  F(Comm_rank, (Handle, int *)) \
  F(Comm_size, (Handle, int *)) \
  F(Comm_set_errhandler, (Handle, Handle)) \
  F(Error_class, (int code, int *)) \
  F(Error_string, (int code, char *, int *length)) \
  F(Iallreduce, (const void *, void *, int, Handle type, Handle op, Handle, Handle *request)) \
  F(Ibcast, (void *, int, Handle type, int root, Handle, Handle *request)) \
  F(Iallgather, (const void *, int, Handle type, void *, int, Handle, Handle, Handle *request)) \
  F(Ibarrier, (Handle, Handle *request)) \
  F(Isend, (const void *, int, Handle type, int to, int tag, Handle, Handle *request)) \
  F(Irecv, (void *, int, Handle type, int from, int tag, Handle, Handle *request)) \
  F(Test, (Handle * request, int *flag, Status *))

static struct {
#define MEMBER(name, parameters) int(*name) parameters;
  FUNCTIONS(MEMBER)
  Handle world, floats, bytes, sum, errors_return;
  void *in_place;
  int process_failed, revoked;
} mpi;

// Standard in both families.
enum { SUCCESS = 0, THREAD_SERIALIZED = 2, TAG = 7 };

static _Thread_local char last_error[2048];

const char *cmpi_last_error(void) { return last_error; }

static CMPIStatus fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(last_error, sizeof last_error, format, arguments);
  va_end(arguments);
  return CMPI_FAILED;
}

static CMPIStatus check(int code) {
  if (code == SUCCESS) return CMPI_OK;
  int class = 0, length = 0;
  if (mpi.Error_string(code, last_error, &length) != SUCCESS) fail("MPI's error %d", code);
  mpi.Error_class(code, &class);
  return class == mpi.process_failed || class == mpi.revoked ? CMPI_PEER_LOST : CMPI_FAILED;
}

// Opening

static CMPIStatus find_functions(void *library) {
#define FIND(name, parameters) \
  mpi.name = (int(*) parameters)dlsym(library, "MPI_" #name); \
  if (mpi.name == NULL) return fail("it has no MPI_" #name);
  FUNCTIONS(FIND)
  return CMPI_OK;
}

static CMPIStatus find_handles(void *library) {
  if (dlsym(library, "ompi_mpi_comm_world") != NULL) {
    mpi.world = (Handle)dlsym(library, "ompi_mpi_comm_world");
    mpi.floats = (Handle)dlsym(library, "ompi_mpi_float");
    mpi.bytes = (Handle)dlsym(library, "ompi_mpi_byte");
    mpi.sum = (Handle)dlsym(library, "ompi_mpi_op_sum");
    mpi.errors_return = (Handle)dlsym(library, "ompi_mpi_errors_return");
    mpi.in_place = (void *)1;
    mpi.process_failed = 75;
    mpi.revoked = 76;
    if (mpi.floats == 0 || mpi.bytes == 0 || mpi.sum == 0 || mpi.errors_return == 0) {
      return fail("it is an Open MPI of another kind than known here");
    }
    return CMPI_OK;
  }
  // Exported by MPICH and what is made of it.
  if (dlsym(library, "MPIX_Comm_agree") != NULL || dlsym(library, "MPIR_Err_create_code") != NULL) {
    mpi.world = 0x44000000;
    mpi.floats = 0x4c00040a;
    mpi.bytes = 0x4c00010d;
    mpi.sum = 0x58000003;
    mpi.errors_return = 0x54000001;
    mpi.in_place = (void *)-1;
    mpi.process_failed = 101;
    mpi.revoked = 102;
    return CMPI_OK;
  }
  return fail("it is neither Open MPI nor of MPICH's family");
}

CMPIStatus cmpi_open(const char *names) {
  char list[512];
  snprintf(list, sizeof list, "%s", names);
  char *rest = NULL;
  CMPIStatus status = fail("no library is named");
  for (char *name = strtok_r(list, " ", &rest); name != NULL; name = strtok_r(NULL, " ", &rest)) {
    // Open MPI's plugins look for its symbols among the global ones.
    void *library = dlopen(name, RTLD_NOW | RTLD_GLOBAL);
    if (library == NULL) {
      status = fail("%s", dlerror());
      continue;
    }
    status = find_functions(library);
    if (status == CMPI_OK) status = find_handles(library);
    if (status == CMPI_OK) return CMPI_OK;
  }
  return status;
}

// The thread that joins, keeps exchanges going, and leaves

struct CMPIRequest {
  Handle handle;
  int code;
  bool done;
  CMPIRequest *next;
};

typedef enum Phase { JOINING, JOINED, NOT_JOINED, LEAVING, LEFT } Phase;

// At most one thread is in MPI at a time, which every library's MPI_THREAD_SERIALIZED allows.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_t worker;
static Phase phase;
static atomic_bool exiting;
static int own_rank, process_count;
static CMPIStatus worker_status;
static char worker_error[sizeof last_error];
static CMPIRequest *outstanding;

// Between two questions of the worker, which share the processor with the computation.
static const useconds_t nap = 100;

static CMPIStatus join(void) {
  int already = 0, provided = 0;
  if (mpi.Initialized(&already) == SUCCESS && already) return fail("MPI is at work in this process already");
  CMPIStatus status = check(mpi.Init_thread(NULL, NULL, THREAD_SERIALIZED, &provided));
  if (status == CMPI_OK) status = check(mpi.Comm_set_errhandler(mpi.world, mpi.errors_return));
  if (status == CMPI_OK) status = check(mpi.Comm_rank(mpi.world, &own_rank));
  if (status == CMPI_OK) status = check(mpi.Comm_size(mpi.world, &process_count));
  if (status == CMPI_OK && provided < THREAD_SERIALIZED) {
    status = fail("this MPI was built without support for threads");
  }
  return status;
}

// The caller holds the lock.
static void test_all(void) {
  for (CMPIRequest **place = &outstanding; *place != NULL;) {
    CMPIRequest *request = *place;
    int flag = 0;
    Status status;
    request->code = mpi.Test(&request->handle, &flag, &status);
    request->done = flag || request->code != SUCCESS;
    if (request->done) {
      *place = request->next;
    } else {
      place = &request->next;
    }
  }
}

// MPI wants to be ended by the thread that began it, and the computation may move from thread to thread.
static void *work(void *unused) {
  (void)unused;
  pthread_mutex_lock(&lock);
  worker_status = join();
  memcpy(worker_error, last_error, sizeof worker_error);
  phase = worker_status == CMPI_OK ? JOINED : NOT_JOINED;
  pthread_cond_broadcast(&changed);
  while (phase == JOINED && !exiting) {
    if (outstanding == NULL) {
      pthread_cond_wait(&changed, &lock);
    } else {
      test_all();
      pthread_mutex_unlock(&lock);
      usleep(nap);
      pthread_mutex_lock(&lock);
    }
  }
  if (phase == LEAVING && !exiting) {
    worker_status = check(mpi.Finalize());
    memcpy(worker_error, last_error, sizeof worker_error);
    phase = LEFT;
    pthread_cond_broadcast(&changed);
  }
  pthread_mutex_unlock(&lock);
  return NULL;
}

// Libraries are torn down next, so nobody may be inside MPI. A process that ends without having left ends the others too.
static void stop_worker(void) {
  exiting = true;
  if (pthread_equal(pthread_self(), worker)) return;
  pthread_cond_broadcast(&changed);
  struct timespec limit;
  clock_gettime(CLOCK_REALTIME, &limit);
  limit.tv_sec += 1;
  pthread_timedjoin_np(worker, NULL, &limit);
}

static CMPIStatus worker_outcome(void) {
  if (worker_status != CMPI_OK) memcpy(last_error, worker_error, sizeof last_error);
  return worker_status;
}

CMPIStatus cmpi_start(int32_t *rank, int32_t *count) {
  static bool started;
  pthread_mutex_lock(&lock);
  CMPIStatus status = CMPI_OK;
  if (started) {
    status = fail("MPI can be joined once only");
  } else if (pthread_create(&worker, NULL, work, NULL) != 0) {
    status = fail("no thread can be started");
  } else {
    started = true;
    atexit(stop_worker);
    while (phase == JOINING) pthread_cond_wait(&changed, &lock);
    status = worker_outcome();
    *rank = own_rank;
    *count = process_count;
  }
  pthread_mutex_unlock(&lock);
  return status;
}

CMPIStatus cmpi_end(void) {
  pthread_mutex_lock(&lock);
  CMPIStatus status = CMPI_OK;
  if (phase != JOINED) {
    status = fail("MPI is not at work");
  } else if (outstanding != NULL) {
    status = fail("an exchange is still under way");
  } else {
    phase = LEAVING;
    pthread_cond_broadcast(&changed);
    while (phase != LEFT) pthread_cond_wait(&changed, &lock);
    status = worker_outcome();
  }
  pthread_mutex_unlock(&lock);
  return status;
}

// Exchanges

#define BEGIN(call) \
  CMPIRequest *begun = calloc(1, sizeof *begun); \
  if (begun == NULL) return fail("out of memory"); \
  pthread_mutex_lock(&lock); \
  CMPIStatus status = phase == JOINED ? check(call) : fail("MPI is not at work"); \
  if (status == CMPI_OK) { \
    /* The oldest come first: they are what the others wait for. */ \
    CMPIRequest **end = &outstanding; \
    while (*end != NULL) end = &(*end)->next; \
    *end = begun; \
    *request = begun; \
    pthread_cond_broadcast(&changed); \
  } else { \
    free(begun); \
  } \
  pthread_mutex_unlock(&lock); \
  return status;

CMPIStatus cmpi_sum_floats(float *values, int32_t count, CMPIRequest **request) {
  BEGIN(mpi.Iallreduce(mpi.in_place, values, count, mpi.floats, mpi.sum, mpi.world, &begun->handle))
}

CMPIStatus cmpi_broadcast_bytes(void *bytes, int32_t count, int32_t root, CMPIRequest **request) {
  BEGIN(mpi.Ibcast(bytes, count, mpi.bytes, root, mpi.world, &begun->handle))
}

CMPIStatus cmpi_gather_bytes(const void *bytes, void *all, int32_t count, CMPIRequest **request) {
  BEGIN(mpi.Iallgather(bytes, count, mpi.bytes, all, count, mpi.bytes, mpi.world, &begun->handle))
}

CMPIStatus cmpi_barrier(CMPIRequest **request) { BEGIN(mpi.Ibarrier(mpi.world, &begun->handle)) }

CMPIStatus cmpi_send_bytes(const void *bytes, int32_t count, int32_t to, CMPIRequest **request) {
  BEGIN(mpi.Isend(bytes, count, mpi.bytes, to, TAG, mpi.world, &begun->handle))
}

CMPIStatus cmpi_receive_bytes(void *bytes, int32_t count, int32_t from, CMPIRequest **request) {
  BEGIN(mpi.Irecv(bytes, count, mpi.bytes, from, TAG, mpi.world, &begun->handle))
}

CMPIStatus cmpi_test(CMPIRequest *request, bool *done) {
  pthread_mutex_lock(&lock);
  if (!request->done) test_all();
  *done = request->done;
  CMPIStatus status = request->done ? check(request->code) : CMPI_OK;
  pthread_mutex_unlock(&lock);
  return status;
}

void cmpi_release(CMPIRequest *request) { free(request); }
