// What threads need of the kernel: sleeping on a word of memory, and the count of processors.

#if defined(__linux__)
#define _GNU_SOURCE
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#elif defined(__APPLE__)
#include <os/os_sync_wait_on_address.h>
#else
#include <sched.h>
#endif

#include <limits.h>
#include <unistd.h>

#include "CPoseKernels.h"

void pose_wait(void *word, uint32_t value) {
#if defined(__linux__)
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, (void *)0, (void *)0, 0);
#elif defined(__APPLE__)
  os_sync_wait_on_address(word, value, sizeof value, OS_SYNC_WAIT_ON_ADDRESS_NONE);
#else
  (void)word;
  (void)value;
  sched_yield();
#endif
}

void pose_wake(void *word) {
#if defined(__linux__)
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, (void *)0, (void *)0, 0);
#elif defined(__APPLE__)
  os_sync_wake_by_address_all(word, sizeof(uint32_t), OS_SYNC_WAKE_BY_ADDRESS_NONE);
#else
  (void)word;
#endif
}

long pose_processors(void) {
#if defined(__linux__)
  // Containers and taskset leave a process fewer than there are.
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return CPU_COUNT(&allowed);
#endif
  return sysconf(_SC_NPROCESSORS_ONLN);
}
