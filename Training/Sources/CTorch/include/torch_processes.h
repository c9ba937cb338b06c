// The processes that train one network together, on one machine or several: LibTorch's c10d behind plain C.
//
// All call the same functions in the same order. A function fails where a process was lost or the time is up; its error
// says on which rank and who was lost, and the processes are of no more use then.
#pragma once

#include "torch_tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct torch_processes_impl *torch_processes;

// Waits for all others, at a host's port or at a file that all see (else null). Rank 0 holds what is at the port, unless
// the launcher does. `run` keeps runs at one place apart. No later call waits longer than `seconds` either.
torch_processes torch_join(const char *host, int port, const char *file, bool launcher_holds_store, const char *run,
                           int rank, int size, double seconds);
void torch_leave(torch_processes processes);
// After a failure, the ranks that no longer answer; `ranks` has room for all.
bool torch_lost_ranks(torch_processes processes, long *ranks, long *count);

// In place: the sum or the greatest of all processes' numbers.
bool torch_all_reduce(torch_processes processes, torch_tensor tensor, bool takes_greatest);
bool torch_broadcast(torch_processes processes, const torch_tensor *tensors, long count, int from);
bool torch_barrier(torch_processes processes);
// Every process's bytes one after the other, as many as `counts` says (room for all ranks), on rank `to`, or with -1 on
// all; null elsewhere. Give them back with torch_free.
bool torch_gather_bytes(torch_processes processes, const void *bytes, long count, int to, void **all, long *counts);

// Averages gradients over the processes, bucket by bucket, each while the way back goes on.
typedef struct torch_reducer_impl *torch_reducer;
torch_reducer torch_make_reducer(torch_processes processes, const torch_tensor *parameters, long count, long bucket_bytes);
void torch_free_reducer(torch_reducer reducer);
// The gradients that come from now on are the last before an update.
void torch_expect_gradients(torch_reducer reducer);
// Every gradient is the mean of all processes' when it returns.
bool torch_finish_gradients(torch_reducer reducer);

// Batch normalisation by the statistics of all processes' batches.
torch_tensor torch_sync_batch_norm(torch_processes processes, torch_tensor x, torch_tensor weight, torch_tensor bias,
                                   torch_tensor mean, torch_tensor variance, double momentum, double epsilon);

#ifdef __cplusplus
}
#endif
