#ifndef CDEFAULT_MODEL_H
#define CDEFAULT_MODEL_H

#include <stddef.h>

// The bytes of the default models' safetensors files, for as long as the program runs; null where it was built without.

/// The network that finds joints.
const unsigned char *pose_default_network(size_t *count);

/// The network that finds people.
const unsigned char *pose_default_detector(size_t *count);

#endif
