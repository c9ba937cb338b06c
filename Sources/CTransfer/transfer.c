#include "CTransfer.h"

#include <string.h>

#if defined(__APPLE__)
#include <TargetConditionals.h>
#endif

#if defined(__APPLE__) && TARGET_OS_IPHONE

// iOS has no libcurl.
CTransferStatus ctransfer_get(const CTransferRequest *request, CTransferResult *result) {
  memset(result, 0, sizeof *result);
  return CTRANSFER_NO_LIBRARY;
}

#else

#include <pthread.h>
#include <signal.h>
#include <stdio.h>

// The macros that check the types of options name the functions themselves, which are not linked.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "library.h"

#undef curl_easy_setopt
#undef curl_easy_getinfo

static struct {
  __typeof__(curl_global_init) *global_init;
  __typeof__(curl_easy_init) *easy_init;
  __typeof__(curl_easy_setopt) *set;
  __typeof__(curl_easy_perform) *perform;
  __typeof__(curl_easy_getinfo) *info;
  __typeof__(curl_easy_strerror) *message;
  __typeof__(curl_easy_cleanup) *cleanup;
} curl;
static bool is_loaded = false;

static void load(void) {
#if defined(__APPLE__)
  static const char *const names[] = {"/usr/lib/libcurl.4.dylib", "libcurl.4.dylib"};
#else
  // Debian has the library with either of two TLS libraries.
  static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};
#endif
  void *library = opened_library(names, sizeof names / sizeof *names);
  is_loaded = library && find_function(library, "curl_global_init", (void **)&curl.global_init) &&
              find_function(library, "curl_easy_init", (void **)&curl.easy_init) &&
              find_function(library, "curl_easy_setopt", (void **)&curl.set) &&
              find_function(library, "curl_easy_perform", (void **)&curl.perform) &&
              find_function(library, "curl_easy_getinfo", (void **)&curl.info) &&
              find_function(library, "curl_easy_strerror", (void **)&curl.message) &&
              find_function(library, "curl_easy_cleanup", (void **)&curl.cleanup) &&
              curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context) {
  const CTransferRequest *request = context;
  request->header(request->context, bytes, size * count);
  return size * count;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context) {
  const CTransferRequest *request = context;
  // Any other number than that of the bytes ends the transfer.
  return request->body(request->context, bytes, size * count) ? size * count : 0;
}

static CTransferStatus status_of(CURLcode code) {
  switch (code) {
    case CURLE_OK: return CTRANSFER_DONE;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY: return CTRANSFER_NO_HOST;
    case CURLE_COULDNT_CONNECT: return CTRANSFER_NO_CONNECTION;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR: return CTRANSFER_UNTRUSTED;
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return CTRANSFER_BROKEN;
    case CURLE_OPERATION_TIMEDOUT: return CTRANSFER_STALLED;
    case CURLE_WRITE_ERROR: return CTRANSFER_STOPPED;
    default: return CTRANSFER_FAILED;
  }
}

// A server that hangs up must not end the program, and the handlers of signals are not ours to change.
static CURLcode perform_without_sigpipe(CURL *handle, CTransferResult *result) {
  sigset_t pipe, before, pending;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  sigpending(&pending);
  bool was_pending = sigismember(&pending, SIGPIPE) == 1;
  pthread_sigmask(SIG_BLOCK, &pipe, &before);
  CURLcode code = curl.perform(handle);
  const char *redirect = NULL;
  if (curl.info(handle, CURLINFO_REDIRECT_URL, &redirect) == CURLE_OK && redirect &&
      strlen(redirect) < sizeof result->redirect) {
    strcpy(result->redirect, redirect);
  }
  curl.cleanup(handle);
  sigpending(&pending);
  int signal;
  if (!was_pending && sigismember(&pending, SIGPIPE) == 1) sigwait(&pipe, &signal);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return code;
}

CTransferStatus ctransfer_get(const CTransferRequest *request, CTransferResult *result) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  memset(result, 0, sizeof *result);
  pthread_once(&once, load);
  if (!is_loaded) return CTRANSFER_NO_LIBRARY;
  CURL *handle = curl.easy_init();
  if (!handle) return CTRANSFER_FAILED;

  char message[CURL_ERROR_SIZE] = "";
  curl.set(handle, CURLOPT_ERRORBUFFER, message);
  curl.set(handle, CURLOPT_URL, request->url);
  // The masks are deprecated since 7.85, but older libraries know nothing else.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
  curl.set(handle, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#pragma clang diagnostic pop
  curl.set(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl.set(handle, CURLOPT_NOSIGNAL, 1L);
  curl.set(handle, CURLOPT_CONNECTTIMEOUT, request->connect_seconds);
  curl.set(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl.set(handle, CURLOPT_LOW_SPEED_TIME, request->stall_seconds);
  curl.set(handle, CURLOPT_USERAGENT, request->agent);
  char range[32];
  if (request->offset > 0) {
    snprintf(range, sizeof range, "%lld-", (long long)request->offset);
    curl.set(handle, CURLOPT_RANGE, range);
  }
  curl.set(handle, CURLOPT_HEADERFUNCTION, take_header);
  curl.set(handle, CURLOPT_HEADERDATA, request);
  curl.set(handle, CURLOPT_WRITEFUNCTION, take_body);
  curl.set(handle, CURLOPT_WRITEDATA, request);

  CURLcode code = perform_without_sigpipe(handle, result);
  snprintf(result->message, sizeof result->message, "%s", message[0] ? message : curl.message(code));
  return status_of(code);
}

#endif
