// Counts what the calling thread asks of malloc, for tests that something allocates nothing.
#pragma once

// How often this thread has allocated, or -1 where that cannot be counted (other C libraries, sanitizers).
long heap_allocations(void);
