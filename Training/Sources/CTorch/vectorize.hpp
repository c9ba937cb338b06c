// Loops that the compiler turns into vectors, once for each instruction set; the CPU picks at run time.
#pragma once

#if defined(__x86_64__) && defined(__linux__)
#define VECTORIZED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VECTORIZED __attribute__((noinline))
#endif

// Lets sums run in any order, which vectors need.
#define REASSOCIATE _Pragma("clang fp reassociate(on) contract(fast)")
