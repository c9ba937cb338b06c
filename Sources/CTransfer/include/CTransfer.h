#ifndef CTRANSFER_H
#define CTRANSFER_H

// HTTP requests by libcurl, and SHA-256 by libcrypto (by CommonCrypto on Apple's systems). Both libraries are loaded when
// they are first used, so that a program that fetches nothing neither needs them nor waits for them when it starts.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  const char *url;
  // The first byte to ask for; 0 for the whole file.
  int64_t offset;
  // How long to wait for a connection, and for the next byte.
  long connect_seconds, stall_seconds;
  // The name by which the program introduces itself.
  const char *agent;
  // Passed to the functions below.
  void *context;
  // Gets each line of the response's headers.
  void (*header)(void *context, const char *bytes, size_t count);
  // Gets the body, piece by piece; false ends the transfer.
  bool (*body)(void *context, const void *bytes, size_t count);
} CTransferRequest;

typedef enum {
  CTRANSFER_DONE,
  // libcurl is not installed.
  CTRANSFER_NO_LIBRARY,
  // The name of the host, or of the proxy, has no address.
  CTRANSFER_NO_HOST,
  CTRANSFER_NO_CONNECTION,
  // The server's certificate is not valid, or no encrypted connection came about.
  CTRANSFER_UNTRUSTED,
  // The connection ended before the response did.
  CTRANSFER_BROKEN,
  // Nothing came for too long.
  CTRANSFER_STALLED,
  // `body` ended the transfer.
  CTRANSFER_STOPPED,
  CTRANSFER_FAILED,
} CTransferStatus;

typedef struct {
  // What libcurl says about a failure.
  char message[256];
  // Where the server refers to, as an absolute address; empty if it does not, or if the address does not fit.
  char redirect[4096];
} CTransferResult;

// Makes one request. Redirects are not followed, and only http and https are spoken. Proxies are those of the usual
// variables of the environment.
CTransferStatus ctransfer_get(const CTransferRequest *request, CTransferResult *result);

typedef struct CTransferDigest CTransferDigest;

// Null if there is no library.
CTransferDigest *ctransfer_digest_make(void);
bool ctransfer_digest_update(CTransferDigest *digest, const void *bytes, size_t count);
// Writes 32 bytes.
bool ctransfer_digest_finish(CTransferDigest *digest, uint8_t *bytes);
void ctransfer_digest_free(CTransferDigest *digest);

#endif
