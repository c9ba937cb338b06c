#include "CTransfer.h"

#include <stdlib.h>

#if defined(__APPLE__)

#include <CommonCrypto/CommonDigest.h>

struct CTransferDigest {
  CC_SHA256_CTX context;
};

CTransferDigest *ctransfer_digest_make(void) {
  CTransferDigest *digest = malloc(sizeof *digest);
  if (digest) CC_SHA256_Init(&digest->context);
  return digest;
}

bool ctransfer_digest_update(CTransferDigest *digest, const void *bytes, size_t count) {
  const uint8_t *rest = bytes;
  while (count > 0) {
    CC_LONG part = count > (1u << 30) ? (1u << 30) : (CC_LONG)count;
    CC_SHA256_Update(&digest->context, rest, part);
    rest += part;
    count -= part;
  }
  return true;
}

bool ctransfer_digest_finish(CTransferDigest *digest, uint8_t *bytes) {
  CC_SHA256_Final(bytes, &digest->context);
  return true;
}

void ctransfer_digest_free(CTransferDigest *digest) { free(digest); }

#else

#include <pthread.h>

#include "library.h"

// The few functions that OpenSSL has kept since 1.1.0.
static struct {
  void *(*make)(void);
  void (*free)(void *context);
  const void *(*sha256)(void);
  int (*begin)(void *context, const void *type, void *engine);
  int (*update)(void *context, const void *bytes, size_t count);
  int (*finish)(void *context, unsigned char *bytes, unsigned int *count);
} crypto;
static bool is_loaded = false;

static void load(void) {
  static const char *const names[] = {"libcrypto.so.3", "libcrypto.so.4", "libcrypto.so.1.1"};
  void *library = opened_library(names, sizeof names / sizeof *names);
  is_loaded = library && find_function(library, "EVP_MD_CTX_new", (void **)&crypto.make) &&
              find_function(library, "EVP_MD_CTX_free", (void **)&crypto.free) &&
              find_function(library, "EVP_sha256", (void **)&crypto.sha256) &&
              find_function(library, "EVP_DigestInit_ex", (void **)&crypto.begin) &&
              find_function(library, "EVP_DigestUpdate", (void **)&crypto.update) &&
              find_function(library, "EVP_DigestFinal_ex", (void **)&crypto.finish);
}

// The struct itself is OpenSSL's context.
CTransferDigest *ctransfer_digest_make(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  void *context = is_loaded ? crypto.make() : NULL;
  if (context && crypto.begin(context, crypto.sha256(), NULL) != 1) {
    crypto.free(context);
    context = NULL;
  }
  return context;
}

bool ctransfer_digest_update(CTransferDigest *digest, const void *bytes, size_t count) {
  return crypto.update(digest, bytes, count) == 1;
}

bool ctransfer_digest_finish(CTransferDigest *digest, uint8_t *bytes) {
  unsigned int count = 0;
  return crypto.finish(digest, bytes, &count) == 1 && count == 32;
}

void ctransfer_digest_free(CTransferDigest *digest) { crypto.free(digest); }

#endif
