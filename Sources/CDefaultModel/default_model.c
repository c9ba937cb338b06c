#include "CDefaultModel.h"

#if defined(__clang__)
#pragma clang diagnostic ignored "-Wc23-extensions"
#endif

#define NETWORK "../../Models/wider_naive_litehrnet_18_everyday_256x192.safetensors"
#define DETECTOR "../../Models/rtmdet_nano_person.safetensors"

// Compilers before Clang 19 know no #embed: programs then have no default models.
#if defined(__has_embed)
#if __has_embed(NETWORK) && __has_embed(DETECTOR)
#define HAS_MODELS
#endif
#endif

#if defined(HAS_MODELS)

static const unsigned char network[] = {
#embed NETWORK
};

static const unsigned char detector[] = {
#embed DETECTOR
};

const unsigned char *pose_default_network(size_t *count) {
  *count = sizeof network;
  return network;
}

const unsigned char *pose_default_detector(size_t *count) {
  *count = sizeof detector;
  return detector;
}

#else

const unsigned char *pose_default_network(size_t *count) {
  *count = 0;
  return 0;
}

const unsigned char *pose_default_detector(size_t *count) {
  *count = 0;
  return 0;
}

#endif
