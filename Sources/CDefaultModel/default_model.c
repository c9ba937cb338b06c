#include "CDefaultModel.h"

#if defined(__clang__)
#pragma clang diagnostic ignored "-Wc23-extensions"
#endif

// Compilers before Clang 19 know no #embed: programs then have no default model.
#if defined(__has_embed)
#if __has_embed("../../Models/litehrnet_18_person_256x192.safetensors")
#define HAS_MODEL
#endif
#endif

#if defined(HAS_MODEL)

static const unsigned char model[] = {
#embed "../../Models/litehrnet_18_person_256x192.safetensors"
};

const unsigned char *pose_default_model(size_t *count) {
  *count = sizeof model;
  return model;
}

#else

const unsigned char *pose_default_model(size_t *count) {
  *count = 0;
  return 0;
}

#endif
