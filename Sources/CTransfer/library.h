#ifndef CTRANSFER_LIBRARY_H
#define CTRANSFER_LIBRARY_H

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>

// The first of the libraries that is installed; null if none is.
static inline void *opened_library(const char *const *names, size_t count) {
  for (size_t index = 0; index < count; index++) {
    void *library = dlopen(names[index], RTLD_NOW | RTLD_LOCAL);
    if (library) return library;
  }
  return NULL;
}

// Looks up a function of a library, of whatever type the variable has.
static inline bool find_function(void *library, const char *name, void **function) {
  *function = dlsym(library, name);
  return *function != NULL;
}

#endif
