#ifndef CDEFAULT_MODEL_H
#define CDEFAULT_MODEL_H

#include <stddef.h>

/// The bytes of the default model's safetensors file, for as long as the program runs; null where it was built without.
const unsigned char *pose_default_model(size_t *count);

#endif
